"""What is asked for next of a circuit: whom, for how many shots, and when nothing more."""

from __future__ import annotations

import pytest

from qorum.ledger.jobs import Failure
from qorum.parameters import MAX_SHOTS
from qorum.results.verdict import Advice
from qorum.runs.circuit_progress import MAX_BACKENDS, CircuitProgress
from tests.qorum.runs.progress import DIGEST, advised, progress

BROKE = Failure("broke")


def asked(known: CircuitProgress, reserve: list[str], wanted: int = 3) -> dict[str, int]:
    orders = known.next_orders(reserve, wanted)
    assert all(order.digest == DIGEST for order in orders)
    return {order.backend: order.shots for order in orders}


def test_failed_backends_are_replaced_from_the_reserve_in_its_order():
    known = progress(100, failures={"bad": BROKE}, verdict=advised("none"))
    assert asked(known, ["bad", "b0", "x", "y", "z"]) == {"x": 100, "y": 100}
    assert asked(known, ["x", "y", "z"], wanted=2) == {"x": 100}


def test_backends_that_are_too_dear_are_replaced_too():
    known = progress(100, 100).with_refusal("dear", "costs too much")
    assert known.refused == {"dear": "costs too much"}
    assert asked(known, ["dear", "x", "y"]) == {"x": 100}


def test_only_failures_are_replaced_not_replicas_that_there_never_were():
    assert asked(progress(100, verdict=advised("none")), ["x", "y"]) == {}


def test_a_failure_where_enough_others_answered_is_not_replaced():
    known = progress(100, 100, 100, failures={"bad": BROKE}, verdict=advised("none"))
    assert asked(known, ["x"]) == {}


def test_where_nobody_can_replace_a_failure_the_advice_is_followed():
    known = progress(100, 100, failures={"bad": BROKE}, verdict=advised("more_shots", 50))
    assert asked(known, ["bad"]) == {"b0": 50, "b1": 50}


def test_a_circuit_without_a_verdict_or_advice_asks_for_nothing():
    assert asked(progress(100, 100, 100), ["x"]) == {}
    assert asked(progress(100, 100, 100, verdict=advised("none")), ["x"]) == {}


def test_another_backend_is_one_and_samples_as_much_as_those_before():
    known = progress(100, 700, 400, verdict=advised("another_backend"))
    assert asked(known, ["b1", "x", "y"]) == {"x": 700}
    assert asked(known, ["b1"]) == {}


def test_before_anything_came_shots_are_those_asked_for():
    assert asked(progress(failures={"bad": BROKE}), ["x"]) == {"x": 100}


@pytest.mark.parametrize("advice", ["another_backend", "more_shots"])
def test_never_more_than_five_backends_are_asked_about_a_circuit(advice: Advice):
    assert MAX_BACKENDS == 5
    four = progress(*[100] * 4, verdict=advised(advice))
    assert asked(four, ["x", "y"], wanted=5) == {"x": 100}
    assert asked(progress(*[100] * 5, verdict=advised(advice)), ["x", "y"], wanted=5) == {}
    failing = progress(100, 100, failures={"bad": BROKE}, verdict=advised(advice))
    assert asked(failing, ["u", "v", "w", "x", "y"], wanted=9) == {"u": 100, "v": 100, "w": 100}


def test_more_shots_are_asked_of_everyone_who_can_be_paid():
    known = progress(100, 100, 100, verdict=advised("more_shots", 300), refused={"b1": "costs too much"})
    assert asked(known, []) == {"b0": 300, "b2": 300}


def test_more_shots_stop_at_the_most_that_a_circuit_may_have_and_another_backend_is_next():
    known = progress(MAX_SHOTS - 10, 50, verdict=advised("more_shots", 300))
    assert asked(known, ["x"]) == {"b0": 10, "b1": 10}
    assert asked(progress(MAX_SHOTS - 1, verdict=advised("more_shots", 300)), ["x"]) == {"b0": 1}
    full = progress(MAX_SHOTS, 50, verdict=advised("more_shots", 300))
    assert asked(full, ["x"]) == {"x": MAX_SHOTS}


def test_two_against_one_is_a_dispute_once_nobody_else_can_be_asked():
    contested = progress(100, 100, 100, verdict=advised("another_backend", contested=True))
    closed = contested.closed().verdict
    assert closed is not None
    assert (closed.status, closed.merged) == ("disputed", {})
    settled = progress(100, verdict=advised("none"))
    assert settled.closed() is settled
    assert progress(100).closed() == progress(100)
