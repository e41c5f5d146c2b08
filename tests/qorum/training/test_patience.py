"""Trainings end once nothing improves, and keep what did best on data set aside."""

from __future__ import annotations

import numpy as np
import pytest

from qorum.training.objective import Answer
from qorum.training.patience import Patience


def answer(value: float, aside: float | None = None) -> Answer:
    return Answer(np.array([value]), np.zeros(1), aside=aside)


def test_a_training_ends_after_so_many_steps_without_an_improvement() -> None:
    patience = Patience(3, tolerance=0.1)
    for step, value in enumerate((1.0, 0.95, 0.8, 0.75, 0.72)):
        patience.note(np.zeros(1), answer(value), step)
    # 0.8 at step 2 was the last that was better by more than 0.1.
    assert [patience.is_over(step) for step in (4, 5)] == [False, True]
    assert patience.words.endswith("the energy has not improved in 3 steps")
    assert patience.kept is None


def test_the_best_point_on_data_set_aside_is_kept_and_restored() -> None:
    patience = Patience(2)
    for step, (value, aside) in enumerate(((0.9, 0.5), (0.7, 0.4), (0.3, 0.6))):
        patience.note(np.array([float(step)]), answer(value, aside), step)
    other = Patience(2)
    other.restore(patience.state())
    for one in (patience, other):
        assert one.kept is not None
        assert one.kept[0] == 0.7, "the training's own value where the loss aside is least"
        assert one.kept[1].tolist() == [1.0]
        assert [one.is_over(step) for step in (2, 3)] == [False, True]
        assert one.words.endswith("the loss on data set aside has not improved in 2 steps")
    other.restore(None)
    assert other.kept is None
    assert not other.is_over(1)


def test_without_patience_nothing_ends() -> None:
    patience = Patience()
    patience.note(np.zeros(1), answer(1.0), 0)
    assert not patience.is_over(10_000)


@pytest.mark.parametrize("gradient", [None, np.array([0.1, -1e-17])])
def test_an_answer_is_read_back_bit_for_bit(gradient: np.ndarray | None) -> None:
    given = Answer(np.array([0.1 + 0.2]), np.array([1e-300]), gradient, shots=7, aside=0.3, cost_usd=0.01)
    numbers = given.to_numbers()
    found = Answer.from_numbers(numbers)
    assert found.values.tobytes() == given.values.tobytes()
    assert found.variances.tobytes() == given.variances.tobytes()
    assert (found.gradient is None) == (gradient is None)
    assert gradient is None or (found.gradient is not None and found.gradient.tobytes() == gradient.tobytes())
    assert (found.metric, found.shots, found.aside, found.cost_usd) == (None, 7, 0.3, 0.01)
