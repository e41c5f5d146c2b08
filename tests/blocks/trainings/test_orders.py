"""Answers that are not asked for twice, orders, and signs of life."""

from __future__ import annotations

import time

import pytest

from blocks.object_store import LocalFolder
from blocks.trainings import MoveOrder, Orders, Outcome
from qorum.errors import CheckpointCorrupt
from tests.blocks.trainings.stored import beat


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
