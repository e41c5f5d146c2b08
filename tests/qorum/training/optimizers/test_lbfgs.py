"""L-BFGS: gradients of 1e-8, in about as many evaluations as SciPy's, and an end where lines fail."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qorum.training.objective import Answer, Landscape, Request

from .objectives import Energy, Noisy, Waves, begin, train, value_at

STRICT = "lbfgs?gradient_tolerance=1e-8&value_tolerance=0"


class Rosenbrock:
    """Σ 100 (x₂ - x₁²)² + (1 - x₁)²: a curved valley to (1, …, 1)."""

    landscape = Landscape(10)

    def evaluate(self, request: Request, seed: int) -> Answer:
        points = request.points
        values = (100 * (points[:, 1:] - points[:, :-1] ** 2) ** 2 + (1 - points[:, :-1]) ** 2).sum(axis=1)
        x, gradient = points[0], np.zeros(10)
        gradient[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
        gradient[1:] += 200 * (x[1:] - x[:-1] ** 2)
        return Answer(values, np.zeros(len(values)), gradient)


class SinglePrecision(Energy):
    """Values and gradients as float32 leaves them."""

    def evaluate(self, request: Request, seed: int) -> Answer:
        answer = super().evaluate(request, seed)
        rounded = answer.values.astype(np.float32).astype(np.float64)
        return replace(answer, values=rounded, gradient=answer.gradient.astype(np.float32).astype(np.float64))


class WrongSlope(Energy):
    """Its gradient points uphill: no line search can succeed."""

    def evaluate(self, request: Request, seed: int) -> Answer:
        answer = super().evaluate(request, seed)
        return replace(answer, gradient=-answer.gradient)


def gradient_norm(objective, point) -> float:
    return float(np.linalg.norm(objective.evaluate(Request(point[None], gradient=True), 0).gradient))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), start=st.lists(st.floats(-3, 3), min_size=6, max_size=6))
def test_gradients_of_trigonometric_polynomials_fall_to_1e_8(seed, start):
    waves = Waves(((1.0, 2.0), (1.0,), (1.0, 3.0)) * 2, seed=seed)
    optimizer = begin(STRICT, waves, start=start)
    before = value_at(waves, optimizer.point)
    train(optimizer, waves, 300)
    assert optimizer.converged
    assert gradient_norm(waves, optimizer.point) <= 1e-8
    assert value_at(waves, optimizer.point) <= before + 1e-12


def test_an_energy_is_reached_in_few_evaluations():
    energy = Energy()
    optimizer = begin(STRICT, energy)
    told = train(optimizer, energy, 100)
    assert gradient_norm(energy, optimizer.point) <= 1e-8
    assert len(told) <= 40


def test_rosenbrocks_valley_is_followed_to_its_end():
    rosenbrock = Rosenbrock()
    optimizer = begin(STRICT, rosenbrock, start=[-1.2, 1.0] * 5)
    told = train(optimizer, rosenbrock, 400)
    assert optimizer.converged
    assert np.abs(optimizer.point - 1).max() < 1e-7 or gradient_norm(rosenbrock, optimizer.point) <= 1e-8
    assert len(told) < 200


def test_values_never_rise_over_steps():
    rosenbrock = Rosenbrock()
    optimizer = begin(STRICT, rosenbrock, start=[-1.2, 1.0] * 5)
    values = [value_at(rosenbrock, optimizer.point)]
    while not optimizer.converged:
        train(optimizer, rosenbrock, 1)
        values.append(value_at(rosenbrock, optimizer.point))
    assert all(after <= before + 1e-12 for before, after in pairwise(values))


def test_single_precision_ends_it_close_to_the_minimum():
    single = SinglePrecision()
    optimizer = begin(STRICT, single)
    train(optimizer, single, 300)
    assert optimizer.converged
    assert value_at(Energy(), optimizer.point) - Energy().least < 1e-6


def test_a_line_that_cannot_be_searched_ends_it_at_the_start():
    wrong = WrongSlope()
    optimizer = begin(STRICT, wrong)
    told = train(optimizer, wrong, 300)
    assert optimizer.converged
    assert len(told) <= 25
    assert optimizer.point.tobytes() == told[0][0].points[0].tobytes()


def test_a_stationary_start_is_recognised():
    waves = Waves(((),) * 3, coupling=1.0)
    optimizer = begin(STRICT, waves, start=[0.0, 0.0, 0.0])
    assert len(train(optimizer, waves, 10)) == 1
    assert optimizer.converged


@pytest.mark.parametrize("deviation", [0.001, 0.05, 1.0])
def test_noise_neither_stops_it_nor_stalls_its_steps(deviation):
    noisy = Noisy(Energy(), deviation)
    optimizer = begin(STRICT, noisy)
    assert len(train(optimizer, noisy, 300)) == 300
    assert optimizer.steps > 10
