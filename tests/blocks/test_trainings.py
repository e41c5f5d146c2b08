"""Trainings in a store: checkpoints that survive damage and rivals, answers, orders, cleaning."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocks.object_store import LocalFolder, ObjectStore
from blocks.trainings import (
    Beat,
    CheckpointChain,
    Journal,
    MoveOrder,
    Orders,
    clean,
    find_definition,
    known_trainings,
    store_definition,
)
from blocks.trainings._chain import KEPT
from qorum.checkpoints import FORMAT, Manifest
from qorum.errors import CheckpointCorrupt, QorumError, TrainingHalted
from qorum.training.definitions import TrainingDefinition
from qorum.training.history import History, Row
from qorum.training.objective import Answer, Request

DIGEST = "d" * 64


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    return LocalFolder(path=tmp_path)


def grow(history: History, count: int = 1) -> History:
    """More evaluations, each told apart by its energy."""
    for index in range(len(history), len(history) + count):
        history.rows.append(Row(index, float(index), 0.0, math.nan, np.array([float(index)]), 0, 1, "torch"))
    return history


def begun(store: ObjectStore, training_id: str = "t", digest: str = DIGEST) -> CheckpointChain:
    chain = CheckpointChain(store, training_id, digest)
    chain.take_over()
    return chain


def written(store: ObjectStore, count: int, training_id: str = "t") -> CheckpointChain:
    """A chain with `count` checkpoints, one evaluation each."""
    chain, history = begun(store, training_id), History()
    for _ in range(count):
        assert chain.write({"at": len(grow(history))}, history, len(history))
    return chain


def newest(store: ObjectStore, training_id: str = "t", digest: str = DIGEST) -> tuple[int, list[str]]:
    """Evaluations of the newest good checkpoint, 0 for none; and why others were refused."""
    snapshot, refused = CheckpointChain(store, training_id, digest).newest_good()
    if snapshot is None:
        return 0, [error.reason for error in refused]
    energies = snapshot.history.column("energy").tolist()
    assert energies == [float(index) for index in range(len(energies))], "nothing is lost"
    assert snapshot.state == {"at": len(energies)}
    return len(energies), [error.reason for error in refused]


def manifests(store: ObjectStore, training_id: str = "t") -> list[str]:
    return [key for key in store.list(f"checkpoints/{training_id}/") if key.endswith("/manifest.json")]


def spoil(store: ObjectStore, key: str, how: str) -> None:
    data = store.get(key)
    match how:
        case "missing":
            store.delete(key)
        case "truncated":
            store.put(key, data[: len(data) // 2])
        case "flipped":
            store.put(key, data[:-9] + bytes([data[-9] ^ 4]) + data[-8:])
        case "empty":
            store.put(key, b"")
        case _:
            store.put(key, how.encode())


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
        (json.dumps({"format": FORMAT, "version": [2, 0]}), "manifest.json", "the release that wrote it"),
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


REQUEST = Request(np.array([[0.1, -0.0], [1.0, 2.0]]), gradient=True)
ANSWER = Answer(
    np.array([1.5, math.pi]), np.array([0.0, 0.1]), np.array([-0.0, 1e-300]), None, shots=7, circuits=3
)


def test_the_journal_answers_the_very_same_request_alone(store: LocalFolder) -> None:
    Journal(store, "t").write(4, REQUEST, 11, "aer", ANSWER)
    journal = Journal(store, "t")
    found = journal.find(4, REQUEST, 11, "aer")
    assert found is not None
    for name, value in vars(ANSWER).items():
        assert np.array(getattr(found, name)).tobytes() == np.array(value).tobytes()
    nearby = replace(REQUEST, points=np.nextafter(REQUEST.points, 9.0))
    for asked in (
        (5, REQUEST, 11, "aer"),
        (4, REQUEST, 12, "aer"),
        (4, REQUEST, 11, "torch"),
        (4, replace(REQUEST, gradient=False), 11, "aer"),
        (4, replace(REQUEST, metric=True), 11, "aer"),
        (4, nearby, 11, "aer"),
        (4, replace(REQUEST, points=REQUEST.points.reshape(1, 4)), 11, "aer"),
    ):
        assert journal.find(*asked) is None
    assert Journal(store, "other").find(4, REQUEST, 11, "aer") is None


@pytest.mark.parametrize("how", ["missing", "truncated", "flipped", "empty"])
def test_a_damaged_answer_counts_as_missing(store: LocalFolder, how: str) -> None:
    journal = Journal(store, "t")
    journal.write(4, REQUEST, 11, "aer", ANSWER)
    [key] = store.list("checkpoints/t/journal/")
    spoil(store, key, how)
    assert journal.find(4, REQUEST, 11, "aer") is None


def test_answers_are_kept_until_a_checkpoint_holds_them(store: LocalFolder) -> None:
    journal = Journal(store, "t")
    for index in range(5):
        journal.write(index, REQUEST, 11, "aer", ANSWER)
    journal.forget_before(3)
    assert [journal.find(index, REQUEST, 11, "aer") is not None for index in range(5)] == [False] * 3 + [
        True
    ] * 2
    assert len(store.list("checkpoints/t/journal/")) == 2


def beat(epoch: int = 1, at: float | None = None, **changed: Any) -> Beat:
    values = {"status": "ended", "flow_run_id": "f", "evaluations": 0, "backend": "torch", "orders": 0}
    return Beat.model_validate({"epoch": epoch, "at": time.time() if at is None else at} | values | changed)


def test_orders_are_numbered_and_found_one_after_the_other(store: LocalFolder) -> None:
    orders = Orders(store, "t")
    assert orders.next(0) is None
    assert [orders.give(MoveOrder(backend=name, reason="why")) for name in ("aer", "torch")] == [0, 1]
    assert [found.backend for place in (0, 1) if (found := orders.next(place))] == ["aer", "torch"]
    assert orders.next(2) is None
    assert Orders(store, "other").next(0) is None


def test_an_order_that_cannot_be_read_says_so(store: LocalFolder) -> None:
    store.put("checkpoints/t/moves/0000.json", b"{}")
    with pytest.raises(CheckpointCorrupt, match=r"moves/0000\.json: an order of this release expected"):
        Orders(store, "t").next(0)


def test_a_training_that_says_nothing_for_half_a_minute_does_not_live(store: LocalFolder) -> None:
    orders = Orders(store, "t")
    assert orders.last_beat() is None
    for sign, live in (
        (beat(status="running"), True),
        (beat(status="running", at=time.time() - 31), False),
        (beat(status="ended"), False),
    ):
        orders.beat(sign)
        assert orders.last_beat() == sign
        assert sign.is_live is live
    store.put("checkpoints/t/beat.json", b"damaged")
    assert orders.last_beat() is None


def test_a_process_that_was_superseded_does_not_tell_that_the_training_has_ended(store: LocalFolder) -> None:
    orders = Orders(store, "t")
    orders.beat(beat(2, status="running"))
    orders.beat(beat(1, status="ended"))
    last = orders.last_beat()
    assert last is not None
    assert (last.epoch, last.is_live) == (2, True)


def definition(training_id: str = "t", **changed: Any) -> TrainingDefinition:
    values = {
        "kind": "vqe",
        "name": "one",
        "problem": {"num_qubits": 1, "terms": [["Z", 1.0]]},
        "model": "hardware-efficient",
        "optimizer": "adam",
        "shots": 0,
        "seed": 0,
        "max_steps": 5,
        "backend": "torch",
    }
    return TrainingDefinition.model_validate({"training_id": training_id} | values | changed)


def test_an_id_stands_for_one_training_and_others_are_refused_with_the_differences(
    store: LocalFolder,
) -> None:
    assert store_definition(definition(), store)
    allowed = {"max_steps": 9, "backend": "aer", "backup_backends": ("torch",), "max_cost_usd": 1.0}
    assert not store_definition(definition(**allowed), store)
    with pytest.raises(QorumError, match="seed 0 is stored, 1 asked"):
        store_definition(definition(seed=1), store)
    with pytest.raises(QorumError, match=r"another problem; optimizer adam is stored, spsa asked"):
        store_definition(
            definition(problem={"num_qubits": 1, "terms": [["X", 1.0]]}, optimizer="spsa"), store
        )
    assert find_definition("t", store) == definition(**allowed), "how far and where may change"


def test_an_unknown_training_is_refused_with_the_known_ones(store: LocalFolder) -> None:
    store_definition(definition("b"), store)
    store_definition(definition("a"), store)
    assert known_trainings(store) == ["a", "b"]
    with pytest.raises(QorumError, match="no training 'c'; known: a, b"):
        find_definition("c", store)
    store.put("checkpoints/a/definition.json", b"{}")
    with pytest.raises(CheckpointCorrupt, match="a definition of this release expected"):
        find_definition("a", store)


LONG_AGO = time.time() - 10 * 86400
WEEK_AGO = datetime.now(UTC) - timedelta(days=7)


def old_training(store: ObjectStore, count: int = 6, at: float = LONG_AGO) -> None:
    """With checkpoints of two processes, and an answer that no checkpoint holds."""
    one = definition()
    store_definition(one, store)
    for _ in range(2):
        chain = CheckpointChain(store, "t", one.digest)
        snapshot, _ = chain.take_over()
        history = History() if snapshot is None else snapshot.history
        for _ in range(count):
            chain.write({"at": len(grow(history))}, history, 0)
    Journal(store, "t").write(2 * count, REQUEST, 1, "torch", ANSWER)
    Orders(store, "t").give(MoveOrder(backend="aer", reason=""))
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
    others = [
        key for key in before if key.split("/")[2] in ("runners", "moves", "definition.json", "journal")
    ]
    assert set(others) <= set(left)
    assert Journal(store, "t").find(12, REQUEST, 1, "torch") is not None, "it may have been paid for"
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
