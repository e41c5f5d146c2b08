"""Checkpoints survive damage; few objects hold a long history."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.object_store import LocalFolder
from blocks.trainings._chain import KEPT
from qorum.training.checkpoints import FORMAT, Manifest
from qorum.training.history import History
from tests.blocks.trainings.stored import begun, grow, manifests, newest, spoil, written


@pytest.mark.parametrize(
    ("how", "part", "reason"),
    [
        ("missing", "state.npz", "found none"),
        ("truncated", "state.npz", "bytes expected"),
        ("flipped", "state.npz", "sha256"),
        ("flipped", "history.npz", "sha256"),
        ("missing", "history.npz", "found none"),
        ("truncated", "manifest.json", "JSON expected"),
        ("flipped", "manifest.json", "expected"),
        ("empty", "manifest.json", "JSON expected"),
        (json.dumps({"format": FORMAT, "version": [3, 0]}), "manifest.json", "the release that wrote it"),
        ('{"format": "tar"}', "manifest.json", "another one"),
    ],
)
def test_a_damaged_checkpoint_is_refused_with_its_reason_and_the_one_before_is_used(
    store: LocalFolder, how: str, part: str, reason: str
) -> None:
    written(store, 5)
    assert newest(store) == (5, [])
    spoil(store, f"checkpoints/t/0000000005-000001/{part}", how)
    found, reasons = newest(store)
    assert found == 4
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_where_all_are_damaged_none_is_good_and_each_has_its_reason(store: LocalFolder) -> None:
    written(store, 5)
    for key in manifests(store):
        spoil(store, key, "truncated")
    found, reasons = newest(store)
    assert found == 0
    assert len(reasons) == KEPT
    assert all("JSON expected" in reason for reason in reasons)


def test_checkpoints_of_another_training_or_definition_are_refused(store: LocalFolder) -> None:
    written(store, 2)
    for key in store.list("checkpoints/t/"):
        store.put(key.replace("checkpoints/t/", "checkpoints/other/"), store.get(key))
    found, reasons = newest(store, "other")
    assert (found, len(reasons)) == (0, 2)
    assert all("training other expected, found t" in reason for reason in reasons)
    found, reasons = newest(store, "t", "e" * 64)
    assert found == 0
    assert all("another training of this name" in reason for reason in reasons)


def test_a_sealed_manifest_with_a_gap_in_its_history_is_refused(store: LocalFolder) -> None:
    written(store, 7)
    key = manifests(store)[-1]
    whole = Manifest.from_bytes(key, store.get(key))
    assert len(whole.history) > 1
    for history in (whole.history[1:], whole.history[:-1], whole.history[::-1]):
        store.put(key, whole.model_copy(update={"history": history}).to_bytes())
        found, reasons = newest(store)
        assert found == 6
        assert "expected, found" in reasons[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=25))
def test_segments_are_few_nothing_is_lost_and_old_checkpoints_go(
    tmp_path_factory: pytest.TempPathFactory, intervals: list[int]
) -> None:
    store = LocalFolder(path=tmp_path_factory.mktemp("s"))
    chain, history = begun(store), History()
    for interval in intervals:
        grow(history, interval)
        assert chain.write({"at": len(history)}, history, 0)
        assert not chain.write({"at": len(history)}, history, 0), "nothing new"
        key = manifests(store)[-1]
        segments = Manifest.from_bytes(key, store.get(key)).history
        assert len(segments) <= math.log2(len(history) + 1)
    assert len(manifests(store)) == min(KEPT, len(intervals))
    for place, key in enumerate(reversed(manifests(store))):
        assert newest(store) == (sum(intervals[: len(intervals) - place]), [])
        store.delete(key)


def test_checkpoints_at_equal_intervals_leave_a_segment_for_each_power_of_two(store: LocalFolder) -> None:
    chain, history = begun(store), History()
    for count in range(1, 65):
        chain.write({"at": len(grow(history, 3))}, history, 0)
        key = manifests(store)[-1]
        assert len(Manifest.from_bytes(key, store.get(key)).history) == count.bit_count()


def test_a_checkpoint_names_the_one_before_by_its_hash(store: LocalFolder) -> None:
    chain = written(store, 2)
    first, second = manifests(store)
    previous = Manifest.from_bytes(second, store.get(second)).previous
    assert previous is not None
    assert previous.key == first
    previous.verified(store.get(first))
    assert chain.epoch == 1
