"""Answers that were changed on the way, and writes that a crash would undo, do not pass."""

from __future__ import annotations

import http.client
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from blocks.object_store import CosBucket, LocalFolder, S3Bucket
from qorum.errors import StorageUnfit
from tests.contracts.s3_server import S3Server


class Proxy(ThreadingHTTPServer):
    """Forwards to a server, and spoils as many answers that bring an object as `flips` says."""

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Forward)
        self.behind = behind.removeprefix("http://")
        self.flips = 0


class _Forward(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection(self.server.behind, timeout=30)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        data, brings = answer.read(), self.command == "GET" and "?" not in self.path
        if brings and self.server.flips and data:
            self.server.flips -= 1
            data = bytes([data[0] ^ 1]) + data[1:]
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                self.send_header(name, value)
        length = answer.getheader("Content-Length") if self.command == "HEAD" else str(len(data))
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _forward  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def proxy_to(server: S3Server) -> Iterator[Proxy]:
    with Proxy(server.endpoint) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, daemon=True)
        thread.start()
        yield proxy
        proxy.shutdown()


def buckets(server: S3Server, proxy: Proxy) -> list[S3Bucket | CosBucket]:
    endpoint = f"http://127.0.0.1:{proxy.server_port}"
    keys = server.access_key_id, server.secret_access_key
    return [
        S3Bucket(
            bucket=server.bucket,
            prefix="s3",
            endpoint_url=endpoint,
            region="default",
            access_key_id=keys[0],
            secret_access_key=keys[1],
        ),
        CosBucket(
            bucket=server.bucket,
            prefix="cos",
            endpoint_url=endpoint,
            hmac_access_key_id=keys[0],
            hmac_secret_access_key=keys[1],
        ),
    ]


@pytest.mark.server
def test_changed_bytes_are_read_again_and_told_if_they_stay(s3_server: S3Server):
    with proxy_to(s3_server) as proxy:
        for store in buckets(s3_server, proxy):
            items = {f"sealed/{number}": bytes([number]) * 100 for number in range(8)}
            store.put_many(items)
            assert store.create_only("sealed/once", b"only")
            proxy.flips = 5
            assert store.get_many([*items, "sealed/once"]) == items | {"sealed/once": b"only"}
            assert proxy.flips == 0
            proxy.flips = 1_000
            with pytest.raises(StorageUnfit, match="other bytes than were stored"):
                store.get("sealed/3")
            proxy.flips = 0


@pytest.mark.server
def test_another_object_does_not_pass_for_the_one_asked_for(s3_server: S3Server):
    with proxy_to(s3_server) as proxy:
        for store in buckets(s3_server, proxy):
            store.put_many({"sealed/a": b"mine", "sealed/b": b"theirs"})
            source = f"{s3_server.bucket}/{store.prefix}/sealed/b"
            where = {"Bucket": s3_server.bucket, "Key": f"{store.prefix}/sealed/a"}
            copied = {**where, "CopySource": source, "MetadataDirective": "COPY"}
            store._results([("copy_object", copied)])
            with pytest.raises(StorageUnfit, match="sealed/a came back with other bytes"):
                store.get("sealed/a")
            store._results([("put_object", {**where, "Body": b"a user's own"})])
            assert store.get("sealed/a") == b"a user's own"


@pytest.mark.parametrize("verb", ["put", "put_many", "create_only"])
def test_what_is_stored_is_on_disk_with_every_folder_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str
):
    """A crash keeps only what was flushed: of a file its bytes, of a folder the names in it."""
    flushed: list[Path] = []
    real = os.fsync

    def noting(descriptor: int) -> None:
        flushed.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    root = tmp_path / "store"
    store = LocalFolder(path=root)
    if verb == "put_many":
        store.put_many({"deep/er/key": b"data"})
    else:
        getattr(store, verb)("deep/er/key", b"data")
    written = [place for place, file in enumerate(flushed) if root / ".unfinished" in file.parents]
    named = [place for place, file in enumerate(flushed) if file == root / "deep" / "er"]
    assert written, "its bytes"
    assert named, "its name"
    assert written[0] < named[-1], "bytes before the name"
    for folder in (tmp_path, root, root / "deep"):
        assert folder in flushed, f"the folders in {folder} are new"
