"""What a user writes to get a store, and what a store says that cannot be used."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness
from pydantic import ValidationError

from blocks.object_store import CosBucket, LocalFolder, S3Bucket, open_store
from qorum.errors import StorageUnfit
from tests.contracts.s3_server import S3Server, free_ports
from tests.work import at_most

SECRET = "an-unguessable-secret"


class ForgetfulService(BaseHTTPRequestHandler):
    """S3's protocol as far as one PUT, GET and DELETE go, deaf to `If-None-Match`; also IBM's IAM."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    authorizations: list[str]

    def do_PUT(self) -> None:
        self.authorizations.append(self.headers["Authorization"])
        self.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(self.objects[self.path])

    def do_DELETE(self) -> None:
        del self.objects[self.path]
        self._answer(b"")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        expires = int(time.time()) + 3600
        token = {"access_token": "a-token", "refresh_token": "r", "expires_in": 3600, "expiration": expires}
        self._answer(json.dumps(token | {"token_type": "Bearer"}).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def forgetful_service() -> Iterator[tuple[str, type[ForgetfulService]]]:
    """The address of a service that overwrites whatever it is asked to create only once."""
    handler = type("Handler", (ForgetfulService,), {"objects": {}, "authorizations": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join()


def s3_bucket(endpoint: str, bucket: str = "lab", secret: str = SECRET, key: str = "AKIAEXAMPLE") -> S3Bucket:
    return S3Bucket(
        bucket=bucket, endpoint_url=endpoint, region="default", access_key_id=key, secret_access_key=secret
    )


def test_a_store_that_ignores_the_condition_is_refused_as_ledger_and_left_clean() -> None:
    with forgetful_service() as (endpoint, handler):
        cos = CosBucket(
            bucket="lab", endpoint_url=endpoint, hmac_access_key_id="k", hmac_secret_access_key=SECRET
        )
        for store in (s3_bucket(endpoint), cos):
            with pytest.raises(StorageUnfit, match="overwrites an object that was to be created only once"):
                store.probe()
            assert len(handler.authorizations) in (2, 4)
        assert handler.objects == {}


def test_cos_with_an_api_key_signs_with_a_token_of_iam() -> None:
    with forgetful_service() as (endpoint, handler):
        store = CosBucket(
            bucket="lab",
            endpoint_url=endpoint,
            api_key=SECRET,
            instance_id="crn:v1:x",
            auth_endpoint=f"{endpoint}/identity/token",
        )
        store.put("a", b"1")
        assert handler.objects == {"/lab/a": b"1"}
        assert handler.authorizations == ["Bearer a-token"]


@pytest.mark.timeout(60)  # with the retries of the libraries it takes minutes
def test_an_endpoint_where_nobody_listens_is_named() -> None:
    (port,) = free_ports(1)
    endpoint = f"http://127.0.0.1:{port}"
    cos = CosBucket(
        bucket="lab", endpoint_url=endpoint, hmac_access_key_id="k", hmac_secret_access_key=SECRET
    )
    for store in (s3_bucket(endpoint), cos):
        with pytest.raises(StorageUnfit, match="check the endpoint") as caught:
            store.probe()
        assert endpoint in str(caught.value)
        assert SECRET not in str(caught.value)


@pytest.mark.timeout(60)  # by the libraries' own timeouts, after minutes
def test_an_endpoint_that_never_answers_is_given_up() -> None:
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        # The queue of waiting connections is full: further ones get no answer at all.
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(deaf.getsockname())
        with pytest.raises(StorageUnfit, match="check the endpoint"):
            s3_bucket(f"http://127.0.0.1:{deaf.getsockname()[1]}").probe()


def test_a_missing_bucket_and_wrong_credentials_are_told_apart(s3_server: S3Server) -> None:
    endpoint, key, secret = s3_server.endpoint, s3_server.access_key_id, s3_server.secret_access_key
    wrong = {
        "create the bucket": s3_bucket(endpoint, "no-such-bucket", secret, key),
        "check the secret": s3_bucket(endpoint, s3_server.bucket, SECRET, key),
        "check the access key id": s3_bucket(endpoint, s3_server.bucket, SECRET, "NOBODY"),
    }
    for advice, store in wrong.items():
        for verb in (
            store.probe,
            lambda store=store: store.put("a", b""),
            lambda store=store: store.get("a"),
        ):
            with pytest.raises(StorageUnfit, match=advice) as caught:
                verb()
            assert SECRET not in str(caught.value)
            assert secret not in str(caught.value)


def test_settings_that_contradict_each_other_do_not_show_their_secrets() -> None:
    with pytest.raises(ValidationError, match="HMAC") as caught:
        CosBucket(
            bucket="lab", endpoint_url="https://cos.example.org", hmac_access_key_id=SECRET, api_key=SECRET
        )
    assert SECRET not in str(caught.value)
    with pytest.raises(ValidationError, match="without credentials") as caught:
        S3Bucket(bucket="lab", endpoint_url=f"https://me:{SECRET}@s3.example.org")
    assert SECRET not in str(caught.value)


def test_the_default_store_lies_in_qorum_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QORUM_STORE", raising=False)
    monkeypatch.setenv("QORUM_HOME", str(tmp_path / "home"))
    assert open_store() == LocalFolder(path=tmp_path / "home" / "store")
    monkeypatch.delenv("QORUM_HOME")
    monkeypatch.chdir(tmp_path)
    assert open_store() == LocalFolder(path=tmp_path / ".qorum" / "store")
    monkeypatch.setenv("QORUM_STORE", "s3://lab/qorum")
    assert open_store().url == "s3://lab/qorum"


@pytest.mark.parametrize(
    "address",
    [
        f"AKIA:{SECRET}@s3.example.org/lab",
        f"me:{SECRET}@host",
        f"s3://lab/x?token={SECRET}",
        f"s3://AKIA:{SECRET}@lab/x",
        f"file:///folder?key={SECRET}",
    ],
)
def test_an_address_with_credentials_is_refused_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StorageUnfit, match="without credentials") as caught:
        open_store(address)
    assert SECRET not in str(caught.value)
    assert not list(tmp_path.iterdir()), "no folder of that name"


@pytest.mark.parametrize("spelling", ["{}", "file://{}", "file://localhost{}"])
def test_a_folder_is_spelt_as_a_path_or_a_url(tmp_path: Path, spelling: str) -> None:
    store = open_store(spelling.format(tmp_path))
    assert store == LocalFolder(path=tmp_path)
    assert open_store(store.url) == store


def test_s3_takes_endpoint_and_credentials_from_the_usual_variables(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    store = open_store(f"s3://{s3_server.bucket}/from environment/ü")
    store.probe()
    assert open_store(store.url) == store
    assert s3_server.secret_access_key not in repr(store)


def test_cos_takes_its_settings_from_its_variables(
    s3_server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StorageUnfit, match="set COS_ENDPOINT"):
        open_store(f"cos://{s3_server.bucket}/x")
    monkeypatch.setenv("COS_ENDPOINT", s3_server.endpoint)
    with pytest.raises(StorageUnfit, match="HMAC"):
        open_store(f"cos://{s3_server.bucket}/x")
    monkeypatch.setenv("COS_HMAC_ACCESS_KEY_ID", s3_server.access_key_id)
    monkeypatch.setenv("COS_HMAC_SECRET_ACCESS_KEY", s3_server.secret_access_key)
    open_store(f"cos://{s3_server.bucket}/x").probe()


@pytest.mark.parametrize(
    "url", ["gs://lab/x", f"s3://me:{SECRET}@lab/x", "s3:///x", "file://host/x", "block:nothing"]
)
def test_what_names_no_store_is_refused_with_what_was_expected(url: str) -> None:
    with pytest.raises(StorageUnfit, match="was expected") as caught:
        open_store(url)
    assert SECRET not in str(caught.value)


@pytest.mark.server
def test_a_saved_block_is_opened_by_its_name(tmp_path: Path) -> None:
    with prefect_test_harness(server_startup_timeout=120):
        LocalFolder(path=tmp_path).save("mine", _sync=True)
        assert open_store("block:local-object-store/mine").url == tmp_path.as_uri()
        with pytest.raises(StorageUnfit, match="no such block"):
            open_store("block:local-object-store/yours")


def test_a_key_of_a_local_store_cannot_also_be_a_folder(tmp_path: Path) -> None:
    store = LocalFolder(path=tmp_path)
    store.put("a", b"1")
    with pytest.raises(StorageUnfit, match="cannot also be the folder of others"):
        store.put("a/b", b"2")
    store.put("c/d", b"3")
    with pytest.raises(StorageUnfit, match="cannot also be the folder of others"):
        store.put("c", b"4")
    assert store.get_many(["a", "a/b", "c", "c/d"]) == {"a": b"1", "c/d": b"3"}


def test_a_writer_killed_half_way_leaves_no_object(tmp_path: Path) -> None:
    store = LocalFolder(path=tmp_path)
    store.put("a", b"1")
    (tmp_path / ".unfinished" / "left-by-a-crash").write_bytes(b"half")
    assert store.list() == ["a"]
    with pytest.raises(ValueError, match="keeps"):
        store.get(".unfinished/left-by-a-crash")


def test_of_a_thousand_small_objects_the_folder_is_made_and_kept_once(tmp_path: Path) -> None:
    store = LocalFolder(path=tmp_path)
    with at_most(calls=330 * 1_000):
        store.put_many({f"results/{index}": b"x" * 500 for index in range(1_000)})
    assert len(store.list("results/")) == 1_000
