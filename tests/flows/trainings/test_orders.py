"""What is told of an order to move: after it is done or refused, as one state, and to who gave it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from blocks.object_store import open_store
from blocks.training_loop import Loop
from blocks.trainings import SILENT_SECONDS, MoveOrder, Orders, Outcome
from flows.migrate_training import migrate_training
from flows.train_vqe import train_vqe
from qorum.errors import BackendFailed, QorumError, TrainingHalted
from tasks.migrate import await_move
from tests.failing_backends import ENTERED, LEAVE
from tests.flows.trainings.asked import ADAM, opened

SLOW = "failing?fault=waits"
BROKEN = "failing?fault=breaks"


@contextmanager
def going_on(training_id: str) -> Iterator[Loop]:
    """A process that goes on with a training for long."""
    loop = opened(training_id)
    loop.training.max_steps = 10**6

    def run() -> None:
        with pytest.raises(TrainingHalted, match="asked to end"):
            loop.run()

    thread = Thread(target=run)
    loop.beat()
    thread.start()
    try:
        yield loop
    finally:
        loop.stop.set()
        LEAVE.set()
        thread.join()


async def endless(training_id: str) -> None:
    """A training that has begun and never converges."""
    optimizer = "adam?learning_rate=1e-4&value_tolerance=0&gradient_tolerance=0"
    await train_vqe(**{**ADAM, "optimizer": optimizer}, training_id=training_id, max_steps=2)


async def test_a_sign_of_life_in_the_middle_of_a_move_tells_of_no_part_of_it(home: Path):
    await endless("one")
    orders = Orders(open_store(), "one")
    with going_on("one") as loop:
        number = orders.give(MoveOrder(backend=SLOW, reason="a test"))
        waiting = asyncio.create_task(await_move("one", number, SLOW, 60, open_store()))
        assert await asyncio.to_thread(ENTERED.wait, 30)
        loop.beat()
        beat = orders.last_beat()
        assert beat is not None
        assert (beat.backend, beat.orders, orders.outcome(number)) == ("torch", number, None)
        await asyncio.sleep(1.2)  # the one who waits has seen that sign
        assert not waiting.done()
        LEAVE.set()
        outcome = await waiting
        assert outcome is not None
        assert (outcome.backend, outcome.refusal) == (SLOW, "")
        beat = orders.last_beat()
        assert beat is not None
        assert (beat.backend, beat.orders) == (SLOW, number + 1)


async def test_of_orders_in_quick_succession_each_is_told_its_own_outcome(home: Path):
    await endless("one")
    store = open_store()
    orders = Orders(store, "one")
    targets = (SLOW, BROKEN, "torch", "aer")
    with going_on("one"):
        numbers = [orders.give(MoveOrder(backend=name, reason="a test")) for name in targets]
        assert await asyncio.to_thread(ENTERED.wait, 30)
        waiting = [
            await_move("one", number, name, 60, store) for number, name in zip(numbers, targets, strict=True)
        ]
        LEAVE.set()
        told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [one.backend for one in told if isinstance(one, Outcome)] == [SLOW, "torch", "aer"]
    [refused] = [one for one in told if isinstance(one, BaseException)]
    assert isinstance(refused, QorumError)
    assert str(refused).startswith(f"one stays on {SLOW}: ")
    assert "out of order since batch 0" in str(refused)


async def test_a_refused_order_stays_refused_and_one_that_cannot_be_read_harms_nobody(home: Path):
    await endless("one")
    store = open_store()
    orders = Orders(store, "one")
    with going_on("one"):
        refused = orders.give(MoveOrder(backend=BROKEN, reason="a test"))
        with pytest.raises(QorumError, match="one stays on torch"):
            await await_move("one", refused, BROKEN, 60, store)
        store.put("checkpoints/one/moves/0001.json", b"{")
        with pytest.raises(QorumError, match=r"one stays on torch: .*moves/0001\.json"):
            await await_move("one", 1, "torch", 60, store)
    # As after a kill -9: the process after starts before the orders, and would move if it tried again.
    early = opened("one")
    early.course.orders = 0
    assert early._ordered.next() is None
    assert early.course.orders == 2


async def test_an_order_that_was_carried_out_by_a_process_that_died_before_telling_is_told_later(home: Path):
    await endless("one")
    orders = Orders(open_store(), "one")
    number = orders.give(MoveOrder(backend="aer", reason="a test"))
    with going_on("one"):
        await await_move("one", number, "aer", 60, open_store())
    [told] = (home / "store/checkpoints/one/outcomes").iterdir()
    first = json.loads(told.read_text())
    told.unlink()
    with going_on("one"):
        outcome = await await_move("one", number, "aer", 60, open_store())
    assert outcome is not None
    assert (outcome.backend, outcome.refusal) == (first["backend"], "")


async def test_who_goes_on_with_a_training_carries_out_all_orders_that_are_open(home: Path):
    await endless("one")
    for backend in ("aer", "torch"):
        assert (await migrate_training("one", backend, go_on=False))["moved"] == "ordered"
    moved = await migrate_training("one", "aer")
    assert moved["moved"] == "resumed"
    assert [one["target"] for one in moved["report"]["moves"]] == ["aer", "torch", "aer"]


async def test_a_process_that_died_without_a_word_is_waited_for_until_it_has_been_silent_for_long(home: Path):
    await endless("one")
    orders = Orders(open_store(), "one")
    beat = orders.last_beat()
    assert beat is not None
    dead = {"status": "running", "at": time.time() - SILENT_SECONDS + 12}
    orders.beat(beat.model_copy(update=dead))
    with pytest.raises(QorumError, match="or the process has died, which shows after 30 s; the order stands"):
        await migrate_training("one", "aer", wait_seconds=1)
    moved = await migrate_training("one", "aer", wait_seconds=60)
    assert moved["moved"] == "resumed"
    assert [one["target"] for one in moved["report"]["moves"]] == ["aer"]


async def test_a_training_is_not_gone_on_with_elsewhere_than_it_was_ordered_to(home: Path):
    await endless("one")
    with pytest.raises(BackendFailed, match="out of order"):
        await migrate_training("one", BROKEN)
    report = json.loads((home / "store/results/one/report.json").read_text())
    assert report["backend"] == "torch"
    assert report["steps"] == 2
    assert "out of order" in report["reason"]
