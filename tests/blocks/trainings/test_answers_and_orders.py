"""Answers that are not asked for twice, orders, and signs of life."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from blocks.object_store import LocalFolder
from blocks.trainings import Journal, MoveOrder, Orders, Outcome
from qorum.errors import CheckpointCorrupt
from tests.blocks.trainings.stored import ANSWER, REQUEST, beat, spoil


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


def test_what_came_of_an_order_is_told_once_and_orders_go_on_being_counted(store: LocalFolder) -> None:
    orders = Orders(store, "t")
    assert orders.give(MoveOrder(backend="aer", reason="why")) == 0
    assert orders.outcome(0) is None
    orders.settle(0, Outcome(backend="aer", evaluations=7))
    orders.settle(0, Outcome(backend="torch", evaluations=9, refusal="another process said so later"))
    assert orders.outcome(0) == Outcome(backend="aer", evaluations=7)
    assert orders.give(MoveOrder(backend="torch", reason="why")) == 1
    assert orders.outcome(1) is None
    store.put("checkpoints/t/outcomes/0001.json", b"{")
    with pytest.raises(CheckpointCorrupt, match=r"outcomes/0001\.json: an outcome of this release expected"):
        orders.outcome(1)


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
