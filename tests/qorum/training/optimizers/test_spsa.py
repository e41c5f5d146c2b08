"""SPSA: Spall's gains, calibrated steps, and descent through noise."""

from itertools import pairwise

import numpy as np
import pytest

from qorum.training.objective import Answer, Landscape
from qorum.training.optimizers import make_optimizer

from .objectives import START, Energy, Noisy, Waves, begin, train, value_at

ENERGY = Energy()


def slope_of(optimizer, gradient):
    request = optimizer.ask()
    values = request.points @ gradient
    return request, Answer(values, np.zeros(len(values)))


def test_gains_fall_as_spall_has_them():
    reference = "spsa?learning_rate=0.3&perturbation=0.1&stability=5&alpha=0.602&gamma=0.101"
    optimizer = make_optimizer(reference, np.zeros(1), Landscape(1), 3)
    for step in range(30):
        before = optimizer.point.copy()
        request, answer = slope_of(optimizer, np.array([2.0]))
        assert len(request.points) == 2
        np.testing.assert_allclose(np.abs(request.points - before), 0.1 / (step + 1) ** 0.101)
        optimizer.tell(answer)
        # In one dimension the slope is exact whatever the direction.
        np.testing.assert_allclose(before - optimizer.point, 2.0 * 0.3 / (step + 6) ** 0.602)


def test_calibration_is_one_request_and_sets_the_first_step():
    optimizer = make_optimizer("spsa?target_step=0.3&calibration_pairs=6", np.zeros(1), Landscape(1), 3)
    request, answer = slope_of(optimizer, np.array([-50.0]))
    assert len(request.points) == 12
    optimizer.tell(answer)
    assert optimizer.steps == 0
    assert optimizer.point.tolist() == [0.0]
    optimizer.tell(slope_of(optimizer, np.array([-50.0]))[1])
    np.testing.assert_allclose(optimizer.point, 0.3)


def test_no_calibrated_step_is_longer_than_the_first_was_meant_to_be():
    for reference, longest in (("spsa?target_step=0.3", 0.3), ("spsa?learning_rate=0.3", 50.0)):
        optimizer = make_optimizer(reference, np.zeros(2), Landscape(2), 3)
        if "target" in reference:
            optimizer.tell(slope_of(optimizer, np.array([0.01, 0.0]))[1])
        before = optimizer.point
        optimizer.tell(slope_of(optimizer, np.array([1000.0, 0.0]))[1])
        moved = np.abs(optimizer.point - before).max()
        assert moved > 50 if longest == 50.0 else moved == pytest.approx(0.3)


def test_a_plateau_at_the_start_gives_finite_gains():
    optimizer = make_optimizer("spsa", np.zeros(3), Landscape(3), 3)
    for _ in range(3):
        optimizer.tell(slope_of(optimizer, np.zeros(3))[1])
    assert optimizer.point.tolist() == [0.0, 0.0, 0.0]
    assert np.isfinite(optimizer.state()["gain"])


def test_directions_are_signs_that_differ_with_step_and_seed():
    def directions(seed):
        optimizer = make_optimizer("spsa?learning_rate=0.1", np.zeros(30), Landscape(30), seed)
        found = []
        for _ in range(4):
            request, answer = slope_of(optimizer, np.zeros(30))
            found.append(np.sign(request.points[0]))
            optimizer.tell(answer)
        return found

    found = directions(1) + directions(2)
    assert len({signs.tobytes() for signs in found}) == 8
    assert all(set(signs) == {-1.0, 1.0} for signs in found)


def test_resampled_directions_are_asked_for_together_and_averaged():
    optimizer = make_optimizer("spsa?learning_rate=1&resamplings=500", np.zeros(3), Landscape(3), 3)
    gradient = np.array([1.0, -2.0, 0.5])
    request, answer = slope_of(optimizer, gradient)
    assert len(request.points) == 1000
    optimizer.tell(answer)
    np.testing.assert_allclose(-optimizer.point * 11**0.602, gradient, atol=0.3)


@pytest.mark.parametrize("seed", range(6))
def test_noise_does_not_keep_it_from_the_minimum(seed):
    noisy = Noisy(ENERGY, 0.1)
    optimizer = begin("spsa", noisy, seed=seed)
    start = value_at(ENERGY, START)
    train(optimizer, noisy, 300)
    assert start - ENERGY.least > 1
    assert value_at(ENERGY, optimizer.point) - ENERGY.least < 0.12


def test_a_dozen_parameters_descend_through_noise():
    waves = Waves(((1.0,),) * 12)
    noisy = Noisy(waves, 0.2)
    optimizer = begin("spsa", noisy, start=np.zeros(12))
    start = value_at(waves, optimizer.point)
    train(optimizer, noisy, 400)
    assert start - value_at(waves, optimizer.point) > 8


def test_a_blocking_step_never_raises_an_exact_objective():
    optimizer = begin("spsa?blocking=true&target_step=1.5", ENERGY)
    values, asked, refused = [value_at(ENERGY, optimizer.point)], [], 0
    for _ in range(80):
        steps, point = optimizer.steps, optimizer.point
        told = train(optimizer, ENERGY, 1)
        asked.append(len(told[0][0].points))
        values.append(value_at(ENERGY, optimizer.point))
        refused += optimizer.steps > steps and optimizer.point.tobytes() == point.tobytes()
    assert asked == [20] + [2] * 79
    assert all(after <= before + 1e-12 for before, after in pairwise(values))
    assert 0 < refused < 39
    assert values[-1] < values[0] - 1


def test_it_is_over_only_when_told_by_which_tolerance():
    assert len(train(begin("spsa", ENERGY), ENERGY, 400)) == 400
    optimizer = begin("spsa?value_tolerance=0.01&window=10", ENERGY)
    assert len(train(optimizer, ENERGY, 400)) < 400
    assert value_at(ENERGY, optimizer.point) - ENERGY.least < 0.1
