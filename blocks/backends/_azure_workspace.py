"""A workspace of Azure Quantum as a connection string names it, its REST interface and its store of files.

Source: azure-quantum 3.13 as of 2026-08-17 (github.com/microsoft/azure-quantum-python): the generated client
in `azure/quantum/_client`, and `_workspace_connection_params.py` for the connection string.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import BaseModel, ConfigDict

from blocks.backends._http import HttpApi, is_loopback
from blocks.backends._remote import Answered, NotSent, checked_key

VARIABLE = "AZURE_QUANTUM_CONNECTION_STRING"
"""Of Microsoft's own tools."""

HOW = f"set {VARIABLE}, or connection_string in a saved block; the Azure portal shows it under Access keys"

API_VERSION = "2026-01-15-preview"

KEY_HEADER = "x-ms-quantum-api-key"

STORE_VERSION = "2023-11-03"
"""Of the interface of Azure's blob store."""

READ_SECONDS = 60.0
"""Of silence, after which an answer counts as lost."""

UPLOAD_SECONDS = 15.0
"""Likewise, before a job is submitted: what is not uploaded by then is uploaded later."""

SLACK_SECONDS = 60.0
"""In which a job that was accepted can surely be looked up; Microsoft promises nothing."""

PARTS = {
    "subscriptionid": ("SubscriptionId", r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
    "resourcegroupname": ("ResourceGroupName", r"[^\s;/?#]{1,90}"),
    "workspacename": ("WorkspaceName", r"[0-9A-Za-z-]+"),
    "apikey": ("ApiKey", r"[^\s;]+"),
    "quantumendpoint": ("QuantumEndpoint", r"[^\s;]+"),
}
"""What a connection string consists of, by name in lower case, as it is written and may be."""

SERVICE = re.compile(r"https://[a-z0-9]+(-v2)?\.quantum\.azure\.com", re.IGNORECASE)
STORE = re.compile(r"https://[a-z0-9]+(\.z[0-9]+)?\.blob\.(core\.windows|storage\.azure)\.net", re.IGNORECASE)


class Quiet(BaseModel):
    """What the service sends. Errors quote none of it: the cut end of a signed link still opens it."""

    model_config = ConfigDict(hide_input_in_errors=True)


class SasUri(Quiet):
    """`POST storage/sasUri`: a link that opens a container or a blob of the store to whoever has it."""

    sasUri: str  # noqa: N815 - as it is written


@dataclass(frozen=True)
class Link:
    """A signed link, taken apart.

    Attributes:
        url: without what opens it.
        query: what opens it: a secret.
    """

    url: str
    query: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, text: str, loopback: bool) -> Link:
        """
        Args:
            text: as the workspace sent it.
            loopback: whether the workspace is on this machine, where its store may be, too.

        Raises:
            ValueError: it leads elsewhere than to Azure's blob store.
        """
        parts = urlsplit(text)
        host = f"{parts.scheme}://{parts.netloc}"
        if not (STORE.fullmatch(host) or (loopback and is_loopback(host))):
            raise ValueError(f"a link to Azure's blob store expected, found one to {parts.hostname}")
        return cls(f"{host}{parts.path}", dict(parse_qsl(parts.query, keep_blank_values=True)))

    @property
    def signed(self) -> str:
        """The link as it opens things: a secret, sent to nobody but the workspace."""
        return f"{self.url}?" + "&".join(
            f"{name}={quote(value, safe='')}" for name, value in self.query.items()
        )


@dataclass(frozen=True)
class Workspace:
    """Where jobs are sent to, and the key.

    Attributes:
        endpoint: address of the service, without a slash at its end.
        path: of the workspace there.
        key: is sent there alone.
    """

    endpoint: str
    path: str
    key: str = field(repr=False)

    @classmethod
    def of(cls, connection_string: str) -> Workspace:
        """
        Raises:
            NotSent: it is no connection string; what is wrong is told without what stands in it.
        """
        if not connection_string.strip():
            raise NotSent(f"no connection string: {HOW}", None)
        found = _parts(connection_string)
        for name, (written, form) in PARTS.items():
            if not re.fullmatch(form, found.get(name, "")):
                what = "lacks" if not found.get(name) else "has no proper"
                raise NotSent(
                    f"the connection string {what} {written}: copy it again, as a whole; {HOW}", None
                )
        endpoint = found["quantumendpoint"].rstrip("/")
        if not (SERVICE.fullmatch(endpoint) or (is_loopback(endpoint) and not urlsplit(endpoint).path)):
            host = "https://REGION.quantum.azure.com/"
            raise NotSent(f"a connection string whose QuantumEndpoint is {host} expected; {HOW}", None)
        place = [
            quote(found[name], safe="") for name in ("subscriptionid", "resourcegroupname", "workspacename")
        ]
        path = "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Quantum/workspaces/{}".format(*place)
        return cls(endpoint, path, checked_key(found["apikey"], HOW))

    @property
    def url(self) -> str:
        """Address of the workspace, without a secret."""
        return f"{self.endpoint}{self.path}"

    def send(self, method: str, path: str, body: object = None, seconds: float | None = None) -> bytes:
        """One request to the workspace, with so many seconds of silence; see `HttpApi.send`."""
        api = HttpApi(self.url, {KEY_HEADER: self.key}, read_seconds=seconds or READ_SECONDS)
        return api.send(method, path, query={"api-version": API_VERSION}, body=body)

    def link(self, container: str, blob: str = "") -> Link:
        """A signed link to a container of the workspace's store, or to a blob in it.

        Raises: as `HttpApi.send`; ValueError: the answer is no link to the store.
        """
        asked = {"containerName": container, **({"blobName": blob} if blob else {})}
        answer = SasUri.model_validate_json(self.send("POST", "/storage/sasUri", asked, UPLOAD_SECONDS))
        return Link.of(answer.sasUri, is_loopback(self.endpoint))


def keys_of(connection_string: str) -> tuple[str, ...]:
    """What of a connection string, be it a good one or not, must not be told."""
    key = _parts(connection_string).get("apikey", "")
    return (key,) if key else ()


def upload(container: Link, blob: str, content: bytes, content_type: str) -> None:
    """Put a blob into a container, which is made if need be; a blob of that name is replaced.

    Raises: as `HttpApi.send`.
    """
    told = {"x-ms-blob-type": "BlockBlob", "x-ms-version": STORE_VERSION, "Content-Type": content_type}
    api = HttpApi(container.url, told, UPLOAD_SECONDS)
    try:
        api.send("PUT", f"/{blob}", query=container.query, content=content)
    except Answered as error:
        if error.status != 404:
            raise
        # Microsoft's client says that the service makes containers, and makes them itself all the same.
        try:
            api.send("PUT", "", query={**container.query, "restype": "container"})
        except Answered as answer:
            if answer.status != 409:  # another worker was faster
                raise
        api.send("PUT", f"/{blob}", query=container.query, content=content)


def download(blob: Link) -> bytes:
    """What a blob holds. See `HttpApi.send`."""
    return HttpApi(blob.url, {"x-ms-version": STORE_VERSION}, READ_SECONDS).get("", blob.query)


def _parts(connection_string: str) -> dict[str, str]:
    """By name in lower case; a key may hold equals signs."""
    pairs = (part.partition("=") for part in connection_string.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
