"""Of the processes that run one training, the latest goes on, and none destroys what another needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.object_store import LocalFolder
from blocks.trainings import CheckpointChain
from blocks.trainings._chain import KEPT
from qorum.errors import TrainingHalted
from qorum.training.history import History
from tests.blocks.trainings.stored import DIGEST, begun, grow, manifests, newest, written


def test_who_takes_over_goes_on_and_the_earlier_process_stops_with_nothing_lost(store: LocalFolder) -> None:
    early = written(store, 4)
    late = CheckpointChain(store, "t", DIGEST)
    snapshot, _ = late.take_over()
    assert snapshot is not None
    assert (early.epoch, late.epoch) == (1, 2)
    history = grow(History(), 5)
    with pytest.raises(TrainingHalted, match="run 2 of it, this one is run 1"):
        early.refuse_superseded()
    with pytest.raises(TrainingHalted, match="another process goes on with it"):
        early.write({"at": 5}, history, 5)
    assert late.write({"at": 5}, grow(snapshot.history), 5)
    assert newest(store) == (5, [])


def test_the_later_epoch_wins_even_with_fewer_evaluations(store: LocalFolder) -> None:
    late = CheckpointChain(store, "t", DIGEST)
    early = written(store, 3)
    for key in store.list("checkpoints/t/runners/"):
        store.delete(key)  # a process that stalled before it was superseded
    snapshot, _ = late.take_over()
    assert snapshot is not None
    store.create_only("checkpoints/t/runners/000007.json", b"")
    later = CheckpointChain(store, "t", DIGEST)
    taken, _ = later.take_over()
    assert taken is not None
    assert later.epoch == 8
    later.write({"at": 4}, grow(taken.history), 4)
    early.write({"at": 9}, grow(History(), 9), 9)
    assert newest(store) == (4, [])


class Overtaken(LocalFolder):
    """A store in which another process takes over just as a manifest is written."""

    _block_type_name = "Overtaken store"
    _block_type_slug = "overtaken-store"

    def create_only(self, key: str, data: bytes) -> bool:
        if key.endswith("/manifest.json"):
            super().create_only(f"{key.rsplit('/', 2)[0]}/runners/000002.json", b"{}")
        return super().create_only(key, data)


def test_a_process_that_is_overtaken_while_it_writes_prunes_nothing(tmp_path: Path) -> None:
    calm = LocalFolder(path=tmp_path)
    chain, history = begun(calm), History()
    for _ in range(KEPT):
        chain.write({"at": len(grow(history))}, history, 0)
    before = manifests(calm)
    chain._store = Overtaken(path=tmp_path)
    with pytest.raises(TrainingHalted):
        chain.write({"at": len(grow(history))}, history, 0)
    assert set(before) < set(manifests(calm)), "the later process may go on from any of them"
    assert newest(calm) == (KEPT + 1, [])


def test_a_later_process_leaves_the_checkpoints_of_earlier_ones_whole(store: LocalFolder) -> None:
    written(store, 6)
    chain = CheckpointChain(store, "t", DIGEST)
    snapshot, _ = chain.take_over()
    assert snapshot is not None
    for _ in range(2 * KEPT):
        chain.write({"at": len(grow(snapshot.history))}, snapshot.history, 0)
    for key in manifests(store):
        if "-000002/" in key:
            store.delete(key)
    assert newest(store) == (6, [])


def test_two_processes_never_share_an_epoch(store: LocalFolder) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        epochs = list(pool.map(lambda _: begun(store).epoch, range(16)))
    assert sorted(epochs) == list(range(1, 17))
