"""What every object store promises, shown on each of them."""

from __future__ import annotations

import asyncio
import pickle
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from prefect.blocks.core import Block

from blocks.object_store import CosBucket, LocalFolder, ObjectStore, S3Bucket
from tests.contracts.s3_server import S3Server

ODD_KEYS = [
    "results/a b+c%20&d=e?f#g.json",
    "results/ü€😀/x",
    "results/~'\"(x)[y]{z}<w>|^`@!$,;:",
    "x?versionId=3",
    "results/..hidden...",
]


@pytest.fixture(params=["local", "s3", "cos"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "local":
        return LocalFolder(path=tmp_path / "store")
    server: S3Server = request.getfixturevalue("s3_server")
    prefix = f"tests/{uuid.uuid4().hex}"
    return s3_bucket(server, prefix) if request.param == "s3" else cos_bucket(server, prefix)


def s3_bucket(server: S3Server, prefix: str = "") -> S3Bucket:
    return S3Bucket(
        bucket=server.bucket,
        prefix=prefix,
        endpoint_url=server.endpoint,
        region="default",
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
    )


def cos_bucket(server: S3Server, prefix: str = "") -> CosBucket:
    return CosBucket(
        bucket=server.bucket,
        prefix=prefix,
        endpoint_url=server.endpoint,
        hmac_access_key_id=server.access_key_id,
        hmac_secret_access_key=server.secret_access_key,
    )


def test_it_is_fit_for_the_ledger_and_the_probe_leaves_nothing(store: ObjectStore) -> None:
    store.probe()
    assert store.list() == []


@pytest.mark.parametrize("data", [b"", bytes(range(256)) * 4, b"\r\n\x00\xff" * 300_000])
def test_bytes_come_back_as_they_went(store: ObjectStore, data: bytes) -> None:
    store.put("checkpoints/1/part", data)
    assert store.get("checkpoints/1/part") == data


def test_put_replaces(store: ObjectStore) -> None:
    store.put("a", b"old and longer")
    store.put("a", b"new")
    assert store.get("a") == b"new"


def test_create_only_never_replaces(store: ObjectStore) -> None:
    assert store.create_only("ledger/1/INTENT", b"mine") is True
    assert store.create_only("ledger/1/INTENT", b"yours") is False
    assert store.get("ledger/1/INTENT") == b"mine"


def test_of_sixteen_racing_writers_exactly_one_wins(store: ObjectStore) -> None:
    for race in range(5):
        start = Barrier(16)

        def write(writer: int, key: str = f"ledger/{race}", start: Barrier = start) -> bool:
            start.wait()
            return store.create_only(key, b"%d" % writer)

        with ThreadPoolExecutor(16) as pool:
            won = list(pool.map(write, range(16)))
        assert won.count(True) == 1
        assert store.get(f"ledger/{race}") == b"%d" % won.index(True)


def test_a_missing_object_is_a_key_error_and_deleting_it_is_fine(store: ObjectStore) -> None:
    with pytest.raises(KeyError, match="nowhere/1"):
        store.get("nowhere/1")
    store.delete("nowhere/1")
    assert not store.exists("nowhere/1")


def test_a_deleted_object_is_gone_from_every_verb(store: ObjectStore) -> None:
    store.put("a/b", b"1")
    assert store.exists("a/b")
    store.delete("a/b")
    assert not store.exists("a/b")
    assert store.list("a") == []
    assert store.get_many(["a/b"]) == {}
    assert store.create_only("a/b", b"2")


def test_a_listing_is_fresh_sorted_and_goes_by_the_text_of_the_prefix(store: ObjectStore) -> None:
    keys = ["a/1", "a/10", "a/2", "a-b", "ab/c", "b"]
    store.put_many(dict.fromkeys(keys, b"x"))
    assert store.list() == sorted(keys)
    assert store.list("a/") == ["a/1", "a/10", "a/2"]
    assert store.list("a/1") == ["a/1", "a/10"]
    assert store.list("a") == ["a-b", "a/1", "a/10", "a/2", "ab/c"]
    assert store.list("nothing/here") == []
    store.put("a/3", b"x")
    assert store.list("a/") == ["a/1", "a/10", "a/2", "a/3"]


def test_more_objects_than_a_page_of_a_listing_holds(store: ObjectStore) -> None:
    items = {f"compiled/{index:04}": b"%d" % index for index in range(1_100)}
    store.put_many(items)
    assert store.list("compiled/") == list(items)
    found = store.get_many([*items, "compiled/missing"])
    assert found == items
    assert list(found) == list(items)


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_are_kept_apart_and_spelt_as_given(store: ObjectStore, key: str) -> None:
    assert store.create_only(key, key.encode())
    assert not store.create_only(key, b"")
    assert store.list() == [key]
    assert store.get(key) == key.encode()
    store.delete(key)
    assert store.list() == []


@pytest.mark.parametrize(
    "key", ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\nb", "\x7f", "\ud800", "k" * 256]
)
def test_what_is_no_key_is_refused_before_anything_is_touched(store: ObjectStore, key: str) -> None:
    for verb in (store.get, store.exists, store.delete, lambda key: store.put(key, b"")):
        with pytest.raises(ValueError, match="expected"):
            verb(key)
    with pytest.raises(ValueError, match="expected"):
        store.put_many({"good": b"", key: b""})
    assert store.list() == []


def test_a_copy_of_the_block_reaches_the_same_objects(store: ObjectStore) -> None:
    store.put("a", b"1")
    copy = pickle.loads(pickle.dumps(store))  # noqa: S301 -- as Prefect hands blocks to its workers
    assert copy.get("a") == b"1"
    assert copy.url == store.url


async def test_it_can_be_used_from_coroutines(store: ObjectStore) -> None:
    await asyncio.gather(*(asyncio.to_thread(store.put, f"a/{index}", b"x") for index in range(20)))
    assert len(await asyncio.to_thread(store.list, "a/")) == 20


def test_secrets_are_not_shown(store: ObjectStore, s3_server: S3Server) -> None:
    for text in (repr(store), str(store), store.url, store.model_dump_json()):
        assert s3_server.secret_access_key not in text


def test_the_store_is_a_block_with_a_described_form(store: ObjectStore) -> None:
    assert isinstance(store, Block)
    for name, field in type(store).model_fields.items():
        assert field.title, name
        assert field.description, name
