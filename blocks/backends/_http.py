"""Requests to a vendor's REST interface: each is sent once, to one host, and ends in bounded time."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from ipaddress import ip_address
from ssl import SSLContext
from urllib.parse import urlsplit

import httpx

from blocks.backends._remote import Answered, NotSent

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
"""Of silence, after which an answer counts as lost."""

LONGEST_SECONDS = 120.0
"""Of a body that trickles in."""

MOST_BYTES = 128 * 2**20
"""Of an answer."""

MOST_WORDS = 64 * 2**10
"""Bytes of a refusal that are read for its reason."""

SIGNATURE = "sig"
"""Parameter of a signed link: who has the link has what it leads to."""

BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""Of these alone it is certain that no byte of the request left."""


@dataclass(frozen=True)
class HttpApi:
    """One vendor's interface.

    Attributes:
        url: without a slash at its end; requests go nowhere else: redirects are not followed.
        headers: of every request, credentials among them.
        read_seconds: of silence, after which an answer counts as lost.
        most_bytes: that are read of an answer.
        auth: signs each request as it is sent, where the vendor wants that.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    read_seconds: float = READ_SECONDS
    most_bytes: int = MOST_BYTES
    auth: httpx.Auth | None = field(default=None, repr=False)

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> bytes:
        """See `send`."""
        return self.send("GET", path, query=query)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: object = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> bytes:
        """The body of a successful answer.

        Args:
            method: of HTTP.
            path: from `url` on, quoted.
            query: parameters.
            body: what is sent as JSON; None: nothing.
            form: what is sent as a form instead.
            content: what is sent as it is, instead of `body`.

        Raises:
            NotSent: nothing left this machine.
            Answered: with a status that is no success, redirects among them.
            httpx.HTTPError: the request was sent, or part of it; the answer is lost.
            ValueError: the answer is too long.
        """
        with self._client() as client:
            try:
                address = self.url + path
                with client.stream(
                    method, address, params=query, json=body, data=form, content=content
                ) as answer:
                    if not answer.is_success:
                        waits = _seconds(answer.headers.get("Retry-After", ""))
                        raise Answered(answer.status_code, _words(answer), waits)
                    return _read(answer, self.most_bytes)
            except BEFORE_SENDING as error:
                raise NotSent(f"no connection to {self.url}: {error or type(error).__name__}") from None

    def _client(self) -> httpx.Client:
        """One for each request: a connection kept open may be closed by the vendor while we send."""
        try:
            return httpx.Client(
                headers=self.headers,
                auth=self.auth,
                timeout=httpx.Timeout(self.read_seconds, connect=min(CONNECT_SECONDS, self.read_seconds)),
                follow_redirects=False,
                verify=_certificates(),
                # A proxy of the environment would read what goes to loopback, where there is no TLS.
                trust_env=not is_loopback(self.url),
            )
        except (ValueError, OSError) as error:  # a proxy's address or a certificate file that cannot be read
            raise NotSent(f"the environment's proxy or certificates cannot be used: {error}", None) from None


def is_loopback(url: str) -> bool:
    """Whether the address is of this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class _NoSignedLinks(logging.Filter):
    """httpx writes the address of every request into its log; of a signed link the query is left out."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(map(_public, record.args))
        return True


def _public(argument: object) -> object:
    if isinstance(argument, httpx.URL) and SIGNATURE in argument.params:
        return argument.copy_with(query=None)
    return argument


logging.getLogger("httpx").addFilter(_NoSignedLinks())


@cache
def _certificates() -> SSLContext:
    """Read once: it takes longer than most requests."""
    return httpx.create_ssl_context()


def _read(answer: httpx.Response, most: int) -> bytes:
    body, end = bytearray(), time.monotonic() + LONGEST_SECONDS
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > most:
            raise ValueError(f"an answer of at most {most} bytes expected, found more")
        if time.monotonic() > end:
            raise httpx.ReadTimeout(
                f"the answer took more than {LONGEST_SECONDS:g} s", request=answer.request
            )
    return bytes(body)


def _words(answer: httpx.Response) -> str:
    """Why, in the vendor's words; the status is known already, so that a cut body costs only these."""
    with suppress(httpx.HTTPError, ValueError):
        body = _read(answer, MOST_WORDS)
        with suppress(ValueError):
            match json.loads(body):
                case (
                    {"message": str(words)}
                    | {"errorMessage": str(words)}
                    | {"error": {"message": str(words)}}
                    | {"errors": [{"message": str(words)}, *_]}
                ):
                    return words
                case _:
                    pass
        return body.decode("utf-8", errors="replace")
    return ""


def _seconds(text: str) -> float | None:
    """`Retry-After`: seconds, or a date (RFC 9110, 10.2.3); None where it is neither."""
    with suppress(ValueError):
        seconds = float(text)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    with suppress(ValueError, TypeError):  # TypeError: a date without a zone
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    return None
