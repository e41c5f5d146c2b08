"""An HTTP server on loopback that can be told to misbehave: the ground of all imitated vendors.

    with Server(vendor) as server:
        server.fault("POST", "/jobs$", "drop")

A vendor is a function from a request to an `Answer`. Faults, each for the next `times` requests that fit:

    refuse    nothing is carried out; `status` (and Retry-After) is answered    401, 429, 503
    error     the request is carried out, then `status` is answered             500 after accepting
    drop      it is carried out, then the connection is closed                  a lost answer
    hang      it is carried out, the answer comes `seconds` late                a read time-out
    truncate  it is carried out; half of the body, then the connection closes   a cut answer
    corrupt   it is carried out; `body` is sent instead of the answer's         a broken proxy
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qsl, urlsplit

Kind = Literal["refuse", "error", "drop", "hang", "truncate", "corrupt"]


@dataclass(frozen=True)
class Request:
    """What came in; names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read as JSON; an empty one is an empty object."""
        return json.loads(self.body or b"{}")


@dataclass(frozen=True)
class Answer:
    """What goes out: `body` as JSON, bytes as they are, None as nothing."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """The body as it is sent."""
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Fault:
    """See the module; `path` is a regular expression that is searched for in the request's path."""

    method: str
    path: str
    kind: Kind
    times: int = 1
    status: int = 500
    retry_after: str = ""
    seconds: float = 0.0
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One request as it came in, what was done to it, and the status that was meant to go out."""

    request: Request
    fault: Kind | None
    status: int


class Server:
    """Serves one vendor on a free port of 127.0.0.1 while the `with` lasts.

    Attributes:
        recorded: every request, in order.
        port: where it listens.
    """

    def __init__(self, vendor: Callable[[Request], Answer]) -> None:
        self.recorded: list[Call] = []
        self._vendor, self._faults = vendor, list[Fault]()
        self._lock, self._stopped = threading.RLock(), threading.Event()

    def __enter__(self) -> Self:
        self._http = _Http(("127.0.0.1", 0), _handler(self))
        self.port: int = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    def serve(self, connection: socket.socket, address: object) -> None:
        """Serve a connection that somebody else has taken, until it is closed."""
        _handler(self)(connection, address, None)  # type: ignore[arg-type]

    @property
    def connections(self) -> int:
        """How many it serves now; one that a client keeps open counts, too."""
        return self._http.open

    def fault(self, method: str, path: str, kind: Kind, **settings: Any) -> None:
        """Misbehave so at the next request that fits; `settings` are those of `Fault`."""
        with self._lock:
            self._faults.append(Fault(method, path, kind, **settings))

    def heal(self) -> None:
        """Forget all faults that are left."""
        with self._lock:
            self._faults.clear()

    def calls(self, method: str = "", path: str = "") -> list[Call]:
        """Recorded requests of this method (all if empty) whose path fits the regular expression."""
        with self._lock:
            return [
                call
                for call in self.recorded
                if method in ("", call.request.method) and re.search(path, call.request.path)
            ]

    def answer(self, request: Request) -> tuple[Answer, Fault | None]:
        """What is to go out for a request, and what is to be done to it on the way."""
        with self._lock:  # vendors need not be safe against threads
            fault = self.next_fault(request)
            answer = self._answer(request, fault)
            self.recorded.append(Call(request, fault.kind if fault else None, answer.status))
        return answer, fault

    def next_fault(self, request: Request) -> Fault | None:
        """What is to be done to this request; others may draw it."""
        return next((one for one in self._faults if one.times and _fits(one, request)), None)

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than the server lives."""
        self._stopped.wait(seconds)

    def _answer(self, request: Request, fault: Fault | None) -> Answer:
        if fault is None:
            return self._vendor(request)
        fault.times -= 1
        told = {**fault.headers, **({"Retry-After": fault.retry_after} if fault.retry_after else {})}
        body = fault.body or {"message": f"told to {fault.kind}"}
        if fault.kind == "refuse":
            return Answer(fault.status, body, told)
        done = self._vendor(request)
        if fault.kind == "error":
            return Answer(fault.status, body, told)
        return Answer(done.status, fault.body, told) if fault.kind == "corrupt" else done


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.open, self._counts = 0, threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._counts:
            self.open += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._counts:
                self.open -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that is gone, or dead, is nobody's fault
            super().handle_error(request, client_address)


def _fits(fault: Fault, request: Request) -> bool:
    return fault.method == request.method and re.search(fault.path, request.path) is not None


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: what came in is recorded."""

        def serve(self) -> None:
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query, keep_blank_values=True))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer, fault = server.answer(Request(self.command, url.path, query, headers, self._body()))
            kind = fault.kind if fault else None
            if fault and kind == "hang":
                server.wait(fault.seconds)
            if kind == "drop":
                return self._hang_up()
            try:
                self._send(answer, cut=kind == "truncate")
            except OSError:  # the client gave up, as it should after a time-out
                self.close_connection = True
            return None

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding") != "chunked":
                length = int(self.headers.get("Content-Length") or 0)
                if len(body := self.rfile.read(length)) < length:
                    raise ConnectionAbortedError("the client is gone before it has sent all")
                return body
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _send(self, answer: Answer, *, cut: bool) -> None:
            data = answer.data
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                self._hang_up()

        def _hang_up(self) -> None:
            self.close_connection = True
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"):
        setattr(Handler, f"do_{method}", Handler.serve)
    return Handler
