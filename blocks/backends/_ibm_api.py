"""IBM Quantum's REST interface and who may be sent what: the API key to IBM Cloud's token service alone.

By `HttpApi`, not the session of qiskit-ibm-runtime: version 0.51 of that sends a submission six times where
the answers are of the 500s, so that six jobs may be paid for, and sends the key itself to the runtime where
the token service fails. Source: quantum.cloud.ibm.com/docs/api/qiskit-runtime-rest; the token service:
cloud.ibm.com/apidocs/iam-identity-token-api.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from blocks.backends._http import HttpApi, is_loopback
from blocks.backends._remote import Answered, NotSent

TOKENS = "https://iam.cloud.ibm.com"
INSTANCE_VARIABLE = "QISKIT_IBM_INSTANCE"
"""Of qiskit-ibm-runtime."""

RUNTIME = "quantum.cloud.ibm.com/api/v1"
HOME_REGION = "us-east"
"""Whose host has no region in its name."""

Query = Mapping[str, str | int] | None

API_VERSION = "2026-04-15"
"""Which qiskit-ibm-runtime 0.51 speaks."""

GRANT = "urn:ibm:params:oauth:grant-type:apikey"

LIFE_SHARE = 0.8
"""Of an access token's life, after which another one is fetched."""

CRN = re.compile(
    r"crn:v1:bluemix:public:quantum-computing:(?P<region>[a-z]{2}-[a-z]{2,16}):a/[0-9A-Za-z]+:[0-9A-Za-z-]+::"
)
"""Name of an instance of IBM Quantum."""


def own_host(url: str) -> str:
    """The address of an imitation on this machine, or none: the key and all else go to IBM otherwise.

    Raises:
        ValueError: it is of another machine.
    """
    if url and not is_loopback(url):
        raise ValueError("no address, for IBM's own, or one of this machine expected")
    return url.rstrip("/")


def runtime_url(instance: str, url: str) -> str:
    """Where an instance is asked.

    Args:
        instance: its CRN.
        url: see `own_host`.

    Raises:
        NotSent: the CRN is none.
    """
    if not instance:
        raise NotSent(f"no instance: set {INSTANCE_VARIABLE} to its CRN, or instance=crn:v1:…", None)
    named = CRN.fullmatch(instance)
    if not named:
        raise NotSent(
            "the CRN of an instance expected (crn:v1:bluemix:public:quantum-computing:…::, on the page of"
            " instances of quantum.cloud.ibm.com), found something else",
            None,
        )
    if url:
        return f"{url}/api/v1"
    region = named["region"]
    return f"https://{RUNTIME}" if region == HOME_REGION else f"https://{region}.{RUNTIME}"


class AccessToken(BaseModel):
    """What the token service answers."""

    model_config = ConfigDict(hide_input_in_errors=True)

    access_token: str = Field(min_length=1, repr=False)
    expires_in: float = Field(default=3600.0, gt=0, allow_inf_nan=False)


@dataclass(frozen=True)
class IbmApi:
    """An instance of IBM Quantum.

    Attributes:
        url: see `runtime_url`.
        tokens: address of the token service.
        instance: CRN.
        key: an API key of IBM Cloud.
        read_seconds: of silence, after which an answer counts as lost.
    """

    url: str
    tokens: str
    instance: str
    key: str = field(repr=False)
    read_seconds: float

    def opened(self) -> HttpApi:
        """The runtime, with an access token that lasts for some minutes at least.

        Raises:
            NotSent: the token service cannot be reached.
            Answered: it refuses the key.
        """
        headers = {
            "Authorization": f"Bearer {_tokens.of(self.tokens, self.key, self.read_seconds)}",
            "Service-CRN": self.instance,
            "IBM-API-Version": API_VERSION,
            "Accept": "application/json",
        }
        return HttpApi(self.url, headers, read_seconds=self.read_seconds)

    def get(self, path: str, query: Query = None) -> bytes:
        """See `HttpApi.get`."""
        return self.send("GET", path, query)

    def send(self, method: str, path: str, query: Query = None) -> bytes:
        """See `HttpApi.send`; a token that is refused is not used again."""
        try:
            return self.opened().send(method, path, query=query)
        except Answered as error:
            if error.status == 401:
                _tokens.forget(self.tokens, self.key)
            raise


class _Tokens:
    """Access tokens of this process, by token service and hash of the key; kept nowhere else."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, float]] = {}
        self._lock = threading.Lock()

    def of(self, url: str, key: str, read_seconds: float) -> str:
        with self._lock:
            token, until = self._known.get(_name(url, key), ("", 0.0))
            if time.monotonic() < until:
                return token
            began = time.monotonic()
            told = _fetched(url, key, read_seconds)
            self._known[_name(url, key)] = (told.access_token, began + LIFE_SHARE * told.expires_in)
            return told.access_token

    def known(self, url: str, key: str) -> str:
        """The last one, to hide it where it is quoted; empty if there is none."""
        return self._known.get(_name(url, key), ("", 0.0))[0]

    def forget(self, url: str, key: str) -> None:
        with self._lock:
            token, _ = self._known.get(_name(url, key), ("", 0.0))
            self._known[_name(url, key)] = (token, 0.0)


_tokens = _Tokens()


class Secrets(Collection[str]):
    """All that must not be told: a key, and the access token that stands for it, the latest one."""

    def __init__(self, url: str, key: str) -> None:
        self._url, self._key = url, key

    def __iter__(self) -> Iterator[str]:
        return iter((self._key, self._key.strip(), _tokens.known(self._url, self._key.strip())))

    def __len__(self) -> int:
        return 3

    def __contains__(self, text: object) -> bool:
        return text in tuple(self)


def _name(url: str, key: str) -> tuple[str, str]:
    return url, hashlib.sha256(key.encode()).hexdigest()


def _fetched(url: str, key: str, read_seconds: float) -> AccessToken:
    service = HttpApi(url, {"Accept": "application/json"}, read_seconds=read_seconds)
    form = {"grant_type": GRANT, "apikey": key, "response_type": "cloud_iam"}
    try:
        told = AccessToken.model_validate_json(service.send("POST", "/identity/token", form=form))
    except Answered as error:
        reason = f"of IBM Cloud's token service: {error.reason}"
        raise Answered(error.status, reason, error.retry_after, of_credentials=True) from None
    if not (told.access_token.isascii() and told.access_token.isprintable()):
        raise ValueError("an access token expected, found something else")
    return told
