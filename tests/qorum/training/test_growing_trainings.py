"""A training whose ansatz grows."""

from __future__ import annotations

import pytest

from qorum.training.phases import Phase
from tests.qorum.training.trainings import H2, adapt, advance, reopened, run


def test_an_ansatz_grows_to_the_ground_state_and_says_when_it_is_complete() -> None:
    one = adapt()
    assert one.phase == Phase((), probing=True)
    assert one.ask().points.shape == (1, len(one._growth.pool))  # type: ignore[union-attr]
    widths = []
    while not one.finished:
        advance(one)
        widths.append(one.point.size)
    assert one.finished.startswith("converged: the pool's gradient is")
    assert widths == sorted(widths)
    assert 1 <= widths[-1] == len(one.phase.operators) <= 3
    assert H2.reference is not None
    assert one.result[0] == pytest.approx(H2.reference, abs=1e-6)
    assert one.result[1].size == widths[-1]


def test_a_growing_training_restored_after_any_evaluation_goes_on_with_the_same_bits() -> None:
    whole = adapt()
    expected = run(whole)
    for place in range(len(expected)):
        before = adapt()
        told = run(before, place)
        after = reopened(before, adapt())
        assert after.phase == before.phase
        assert told + run(after) == expected, place
        assert after.finished == whole.finished
        assert after.steps == whole.steps


def test_a_growing_training_moves_while_it_probes_and_before_it_has_a_parameter() -> None:
    one = adapt()
    answer = one.incumbent_objective().evaluate(one.incumbent, one.incumbent_seed)
    move = one.arrive(one._source, answer, "a", "b", "early")
    assert move.energy is None
    run(one)
    assert H2.reference is not None
    assert one.result[0] == pytest.approx(H2.reference, abs=1e-6)


def test_steps_count_over_all_sets_of_operators() -> None:
    one, steps = adapt(steps=3, optimizer="adam?learning_rate=0.01"), 0
    while not one.finished:
        advance(one)
        assert one.steps >= steps
        steps = one.steps
    assert (one.finished, steps) == ("3 steps are done", 3)
