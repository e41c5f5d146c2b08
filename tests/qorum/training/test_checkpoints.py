"""Checkpoints as bytes: the same bits come back, and whatever was changed is refused."""

from __future__ import annotations

import hashlib
import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from pydantic import ValidationError

from qorum.errors import CheckpointCorrupt
from qorum.training.checkpoints import Manifest, Part, Segment, decode, encode

ARRAYS = npst.arrays(
    dtype=st.sampled_from([np.float64, np.float32, np.int64, np.bool_, np.complex128, np.uint8]),
    shape=npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True, allow_infinity=True), st.text(), ARRAYS
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(), inner, max_size=4)),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Whether two trees have the same types and bits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, float):
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or struct.pack("d", one) == struct.pack("d", other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def manifest(**changed: Any) -> Manifest:
    values = {
        "training_id": "one",
        "definition": "d" * 64,
        "epoch": 1,
        "evaluations": 7,
        "steps": 5,
        "state": Part.of("state", b"state"),
        "history": (Segment(**Part.of("history", b"history").model_dump(), start=0, end=7),),
        "previous": None,
    }
    return Manifest.model_validate(values | changed)


@settings(max_examples=150, deadline=None)
@given(TREES)
@example([math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308])
@example({"a": {"b": [np.zeros((0, 3)), np.array(math.nan), np.array([-0.0, math.inf])]}, "": []})
def test_a_tree_comes_back_with_the_same_bits(tree: Any) -> None:
    if isinstance(tree, dict) and tree.keys() == {"$array"}:
        return
    written = encode(tree)
    assert same(decode("k", written), tree)
    assert encode(tree) == written


def test_tuples_come_back_as_lists_and_scalars_of_numpy_as_numbers() -> None:
    assert decode("k", encode({"a": (1, (2.0,)), "b": np.float64(0.1), "c": np.int64(3)})) == {
        "a": [1, [2.0]],
        "b": 0.1,
        "c": 3,
    }


@pytest.mark.parametrize("tree", [np.array([object()]), {"$array": 1}, [{"$array": "a0"}]])
def test_what_would_not_come_back_is_not_written(tree: Any) -> None:
    with pytest.raises(ValueError, match=r"allow_pickle|array"):
        encode(tree)


def test_an_archive_with_any_byte_changed_or_cut_off_never_ends_in_another_error() -> None:
    tree = {"x": np.arange(5.0), "y": [1, 2.5, "z"]}
    data = encode(tree)
    refused = 0
    for place in range(len(data)):
        for changed in (data[:place], data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]):
            try:
                found = decode("k", changed)
            except CheckpointCorrupt:
                refused += 1
            else:  # a date in a header, e.g.; contents have a checksum
                assert same(found, tree)
    assert refused > len(data)


def test_a_part_is_refused_if_it_is_missing_cut_off_or_changed_with_the_reason() -> None:
    part = Part.of("p", b"content")
    assert part.verified(b"content") == b"content"
    for data, reason in ((None, "found none"), (b"conten", "7 bytes"), (b"Content", "sha256")):
        with pytest.raises(CheckpointCorrupt, match=reason):
            part.verified(data)


def test_a_manifest_comes_back_and_every_flipped_bit_of_it_is_refused() -> None:
    data = manifest(previous=Part.of("before", b"x")).to_bytes()
    assert Manifest.from_bytes("k", data) == manifest(previous=Part.of("before", b"x"))
    for place in range(len(data)):
        for bit in (0, 3, 6):
            flipped = data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
            # the minor version stands outside of the seal: all minor versions are read
            if json_or_none(flipped) == json_or_none(data) or minor_alone(flipped, data):
                continue
            with pytest.raises(CheckpointCorrupt):
                Manifest.from_bytes("k", flipped)


def json_or_none(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def minor_alone(one: bytes, other: bytes) -> bool:
    """Whether two manifests differ in nothing but the minor version or in a name that is not read."""
    left, right = json_or_none(one), json_or_none(other)
    if not isinstance(left, dict):
        return False
    version = left.get("version")
    return (
        isinstance(version, list)
        and version[:1] == [2]
        and {**left, "version": None} == {**right, "version": None}
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "JSON expected"),
        (b"\xff\xfe", "JSON expected"),
        (b"[" * 100_000, "JSON expected"),
        (b"[]", "another one"),
        (b'{"format": "else"}', "another one"),
        (b'{"format": "qorum-checkpoint"}', "version 2.x expected, found None"),
        (b'{"format": "qorum-checkpoint", "version": [3, 0], "sha256": "", "body": {}}', "the release that"),
        (b'{"format": "qorum-checkpoint", "version": [2, 0], "sha256": "", "body": {"a": NaN}}', "sha256"),
    ],
)
def test_what_is_no_manifest_of_this_major_version_is_refused_with_the_reason(
    data: bytes, reason: str
) -> None:
    with pytest.raises(CheckpointCorrupt, match=reason):
        Manifest.from_bytes("k", data)


def resealed(body: dict[str, Any], version: list[int]) -> bytes:
    from qorum.training.checkpoints import _seal

    envelope = {"format": "qorum-checkpoint", "version": version, "sha256": _seal(body), "body": body}
    return json.dumps(envelope).encode()


def test_later_minor_versions_are_read_though_they_tell_more() -> None:
    body = manifest().model_dump(mode="json")
    body["mood"] = "good"
    body["state"]["compressed"] = "zstd"
    body["history"][0]["compressed"] = "zstd"
    assert Manifest.from_bytes("k", resealed(body, [2, 7])) == manifest()


def test_a_manifest_that_lacks_a_field_is_refused_by_its_name() -> None:
    body = manifest().model_dump(mode="json")
    del body["state"]
    with pytest.raises(CheckpointCorrupt, match="state"):
        Manifest.from_bytes("k", resealed(body, [2, 0]))


def test_manifests_of_other_trainings_are_refused_with_both_names() -> None:
    manifest().refuse_foreign("k", "one", "d" * 64)
    with pytest.raises(CheckpointCorrupt, match="training two expected, found one"):
        manifest().refuse_foreign("k", "two", "d" * 64)
    with pytest.raises(CheckpointCorrupt, match="another training of this name"):
        manifest().refuse_foreign("k", "one", "e" * 64)


def test_a_segment_knows_how_many_evaluations_it_holds() -> None:
    part = Part.of("history", b"history").model_dump()
    assert Segment(**part, start=3, end=7).rows == 4
    assert Segment(**part, start=0, end=0).rows == 0


@pytest.mark.parametrize(("record", "field"), [(manifest(), "steps"), (manifest().state, "size")])
def test_what_was_written_is_not_changed_afterwards(record: Manifest | Part, field: str) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(record, field, 9)


def test_a_manifest_stays_the_same_across_releases() -> None:
    assert hashlib.sha256(manifest().to_bytes()).hexdigest() == (
        "0cf9c5a7b6b9e616c9cc1e117f89d30f23f8444a10d1c46b9400178a1d20d562"
    )
