"""Rotosolve: exact along each parameter, with as few evaluations as its frequencies need."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qorum.errors import InputRejected
from qorum.training.objective import Landscape, Request
from qorum.training.optimizers import make_optimizer
from qorum.training.optimizers._trigonometric import fit_for, minimize

from .objectives import START, Energy, Waves, begin, train, value_at


@st.composite
def polynomials(draw):
    frequencies = tuple(
        sorted(draw(st.sets(st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]), min_size=1, max_size=5)))
    )
    numbers = st.floats(-2, 2, allow_nan=False)
    coefficients = draw(st.lists(numbers, min_size=2 * len(frequencies), max_size=2 * len(frequencies)))
    return frequencies, np.array(coefficients), draw(numbers)


def polynomial(frequencies, coefficients, constant, shifts):
    angles = np.outer(shifts, frequencies)
    waves = np.concatenate([np.cos(angles), np.sin(angles)], axis=1)
    return constant + waves @ coefficients


@settings(max_examples=150, deadline=None)
@given(polynomials())
def test_a_polynomial_is_minimized_globally(drawn):
    frequencies, coefficients, constant = drawn
    fit = fit_for(frequencies)
    assert len(fit.shifts) == 2 * len(frequencies) + 1
    assert fit.shifts[0] == 0
    shift, value = minimize(fit, polynomial(frequencies, coefficients, constant, fit.shifts))
    everywhere = polynomial(frequencies, coefficients, constant, np.linspace(-2 * np.pi, 2 * np.pi, 20_001))
    assert value <= everywhere.min() + 1e-9
    assert polynomial(frequencies, coefficients, constant, np.array([shift]))[0] == pytest.approx(
        value, abs=1e-9
    )


@pytest.mark.parametrize("frequencies", [(1.0, 1.37), (0.3, 1.0, 2.2), (1.0, 2.0**0.5, 3.0**0.5)])
def test_frequencies_without_a_period_are_fitted(frequencies):
    rng = np.random.default_rng(3)
    coefficients = rng.normal(size=2 * len(frequencies))
    fit = fit_for(frequencies)
    shift, value = minimize(fit, polynomial(frequencies, coefficients, 0.5, fit.shifts))
    reach = np.linspace(-fit.period / 2, fit.period / 2, 50_001)
    assert value <= polynomial(frequencies, coefficients, 0.5, reach).min() + 1e-9
    assert polynomial(frequencies, coefficients, 0.5, np.array([shift]))[0] == pytest.approx(value, abs=1e-9)


def test_forty_frequencies_are_fitted_and_one_more_is_refused():
    frequencies = tuple(np.arange(1.0, 41.0).tolist())
    coefficients = np.random.default_rng(1).normal(size=80)
    fit = fit_for(frequencies)
    _, value = minimize(fit, polynomial(frequencies, coefficients, 0.0, fit.shifts))
    everywhere = polynomial(frequencies, coefficients, 0.0, np.linspace(-np.pi, np.pi, 100_001))
    assert value == pytest.approx(everywhere.min(), abs=1e-4)
    assert value <= everywhere.min() + 1e-9
    with pytest.raises(InputRejected, match="1 to 40 frequencies of each parameter expected, found 41"):
        begin("rotosolve", Waves((tuple(np.arange(1.0, 42.0).tolist()),)), start=[0.1])


def test_it_stays_where_the_objective_is_constant():
    fit = fit_for((1.0, 2.0))
    assert minimize(fit, np.full(5, 0.7)) == (0.0, 0.7)


def test_parameters_of_two_frequencies_reach_a_coordinatewise_global_minimum():
    waves = Waves(((1.0, 2.0),) * 3, seed=5)
    optimizer = begin("rotosolve?value_tolerance=1e-13", waves, start=[0.4, -1.0, 2.0])
    train(optimizer, waves, 400)
    assert optimizer.converged
    least = value_at(waves, optimizer.point)
    for coordinate in range(3):
        line = np.repeat(optimizer.point[None], 2001, axis=0)
        line[:, coordinate] = np.linspace(-np.pi, np.pi, 2001)
        assert waves.evaluate(Request(line), 0).values.min() >= least - 1e-9


def test_a_sweep_asks_for_the_incumbent_once_and_for_two_points_a_frequency():
    waves = Waves(((1.0, 2.0), (1.0,), (1.0, 3.0, 2.0)))
    optimizer = begin("rotosolve", waves, start=[0.1, 0.2, 0.3])
    told = train(optimizer, waves, 6)
    assert [len(request.points) for request, _ in told] == [5, 2, 6, 5, 2, 6]
    assert told[0][0].points[0].tolist() == [0.1, 0.2, 0.3]
    assert optimizer.steps == 2


def test_no_sweep_makes_it_worse():
    energy = Energy()
    optimizer = begin("rotosolve", energy)
    values = [value_at(energy, START)]
    for _ in range(12):
        optimizer.tell(energy.evaluate(optimizer.ask(), 0))
        values.append(value_at(energy, optimizer.point))
    assert all(after <= before + 1e-12 for before, after in pairwise(values))


def test_parameters_that_do_not_matter_are_left_alone():
    optimizer = make_optimizer("rotosolve", np.array([0.5, 0.6]), Landscape(2, ((), (1.0,))), 1)
    assert optimizer.ask().points[:, 0].tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("frequencies", [None, ((), ()), ((1.0, 1.0 + 1e-7), (1.0,))])
def test_landscapes_without_usable_frequencies_are_refused(frequencies):
    with pytest.raises(InputRejected, match="frequencies"):
        make_optimizer("rotosolve", np.zeros(2), Landscape(2, frequencies), 1)
