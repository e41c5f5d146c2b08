"""Cleaning keeps what a training needs to go on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from blocks.object_store import LocalFolder, ObjectStore
from blocks.trainings import (
    Beat,
    CheckpointChain,
    MoveOrder,
    Orders,
    Outcome,
    clean,
    store_definition,
)
from qorum.training.checkpoints import FORMAT
from qorum.training.history import History
from tests.blocks.trainings.stored import beat, definition, grow, manifests, newest, spoil

LONG_AGO = time.time() - 10 * 86400


WEEK_AGO = datetime.now(UTC) - timedelta(days=7)


def old_training(store: ObjectStore, count: int = 6, at: float = LONG_AGO) -> None:
    """With checkpoints of two processes."""
    one = definition()
    store_definition(one, store)
    for _ in range(2):
        chain = CheckpointChain(store, "t", one.digest)
        snapshot, _ = chain.take_over()
        history = History() if snapshot is None else snapshot.history
        for _ in range(count):
            chain.write({"at": len(grow(history))}, history, 0)
    Orders(store, "t").give(MoveOrder(backend="aer", reason=""))
    Orders(store, "t").settle(0, Outcome(backend="aer", evaluations=3))
    Orders(store, "t").beat(beat(2, at))


def test_cleaning_keeps_the_newest_checkpoint_with_all_it_refers_to_and_the_training_goes_on(
    store: LocalFolder,
) -> None:
    old_training(store)
    before = store.list("checkpoints/t/")
    [told] = clean(store, WEEK_AGO, dry_run=True)
    assert store.list("checkpoints/t/") == before, "a dry run deletes nothing"
    [done] = clean(store, WEEK_AGO)
    assert done == told
    left = store.list("checkpoints/t/")
    assert done.removed == len(before) - len(left) > 0
    assert len(manifests(store)) == 1
    assert newest(store, digest=definition().digest) == (12, [])
    kept = ("runners", "moves", "outcomes", "definition.json")
    others = [key for key in before if key.split("/")[2] in kept]
    assert set(others) <= set(left)
    chain = CheckpointChain(store, "t", definition().digest)
    snapshot, _ = chain.take_over()
    assert snapshot is not None
    assert chain.write({"at": 13}, grow(snapshot.history), 0)
    assert newest(store, digest=definition().digest) == (13, [])
    assert [again.removed for again in clean(store, datetime.now(UTC) - timedelta(days=30))] == [0]


class GoneOnWith(LocalFolder):
    """A store in which a training is gone on with just as its last sign of life is read."""

    _block_type_name = "Gone-on-with store"
    _block_type_slug = "gone-on-with-store"

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        wanted = list(keys)
        found = super().get_many(wanted)
        if wanted[0].endswith("/manifest.json") and not super().exists("checkpoints/t/runners/000003.json"):
            chain = CheckpointChain(LocalFolder(path=self.path), "t", definition().digest)
            snapshot, _ = chain.take_over()
            assert snapshot is not None
            chain.write({"at": 13}, grow(snapshot.history), 0)
        return found


def test_cleaning_removes_nothing_of_a_training_that_goes_on_meanwhile(tmp_path: Path) -> None:
    calm = LocalFolder(path=tmp_path)
    old_training(calm)
    [done] = clean(GoneOnWith(path=tmp_path), WEEK_AGO)
    assert done.removed > 0
    assert newest(calm, digest=definition().digest) == (13, [])


@pytest.mark.parametrize(
    "sign", [beat(2, time.time() - 86400), beat(2, status="running"), None], ids=["younger", "live", "silent"]
)
def test_cleaning_leaves_trainings_alone_that_are_young_or_live(
    store: LocalFolder, sign: Beat | None
) -> None:
    old_training(store)
    store.delete("checkpoints/t/beat.json")
    if sign is not None:
        Orders(store, "t").beat(sign)
    before = store.list()
    [done] = clean(store, WEEK_AGO)
    assert (done.removed, done.note) == (0, "younger")
    assert store.list() == before


def test_cleaning_leaves_what_a_newer_release_has_written_since(store: LocalFolder) -> None:
    old_training(store)
    newer = [key for key in store.list("checkpoints/t/") if "-000002/" in key]
    for key in manifests(store):
        if key in newer:
            spoil(store, key, json.dumps({"format": FORMAT, "version": [2, 0]}))
    contents = {key: store.get(key) for key in newer}
    [done] = clean(store, WEEK_AGO)
    assert done.removed > 0
    assert {key: store.get(key) for key in newer} == contents
    assert newest(store, digest=definition().digest)[0] == 6


def test_cleaning_leaves_a_training_alone_that_has_no_good_checkpoint(store: LocalFolder) -> None:
    old_training(store)
    for key in manifests(store):
        spoil(store, key, "truncated")
    before = store.list()
    [done] = clean(store, WEEK_AGO)
    assert (done.removed, done.note) == (0, "left alone: no good checkpoint to keep")
    assert store.list() == before
