"""Which shifted energies give a derivative: the rules of the literature, and frequencies by brute force."""

from __future__ import annotations

from itertools import product
from math import pi, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qorum.errors import CircuitRejected
from qorum.statevector.gate_ir import Angle, ControlledX, DiagonalPhase, Element, RealRotation
from qorum.statevector.shift_rules import MOST_FREQUENCIES, frequencies_of, shift_rule

QUARTER_TURN = (0.0, -1.0, 1.0, 0.0)


def of(slot: int, weight: float) -> Angle:
    return Angle(0.0, ((slot, weight),))


ZZ = DiagonalPhase(((0b01, of(0, 2.0)), (0b10, of(0, 2.0)), (0b11, of(0, -4.0))), 0b11)
"""exp(i t Z Z) up to a phase: one qubit or the other, not both."""


def test_one_frequency_has_the_two_term_rule():
    assert np.array(shift_rule((1.0,))) == pytest.approx(np.array([(pi / 2, 0.5), (-pi / 2, -0.5)]))
    assert np.array(shift_rule((2.0,))) == pytest.approx(np.array([(pi / 4, 1.0), (-pi / 4, -1.0)]))


def test_two_frequencies_have_the_four_term_rule():
    inner, outer = (sqrt(2) + 1) / (2 * sqrt(2)), -(sqrt(2) - 1) / (2 * sqrt(2))
    expected = [(pi / 4, inner), (-pi / 4, -inner), (3 * pi / 4, outer), (-3 * pi / 4, -outer)]
    assert np.array(shift_rule((1.0, 2.0))) == pytest.approx(np.array(expected))


def test_what_does_not_depend_on_an_angle_needs_no_energies():
    assert shift_rule(()) == ()


@pytest.mark.parametrize("frequencies", [tuple(range(1, MOST_FREQUENCIES + 1)), (0.7, 1.1, 2.9)])
def test_a_rule_gives_the_derivative_of_every_series_of_its_frequencies(frequencies: tuple[float, ...]):
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, len(frequencies)))
    w = np.array(frequencies, dtype=float)

    def energy(t: float) -> float:
        return float(a @ np.cos(w * t) + b @ np.sin(w * t)) + 0.3

    slope = float(w @ (b * np.cos(0.4 * w) - a * np.sin(0.4 * w)))
    rule = shift_rule(tuple(map(float, frequencies)))
    assert len(rule) == 2 * len(frequencies)
    assert sum(c * energy(0.4 + shift) for shift, c in rule) == pytest.approx(slope)


@pytest.mark.parametrize("frequencies", [tuple(map(float, range(1, 66))), (1.0, 1.0 + 1e-7)])
def test_rules_that_would_lose_their_digits_are_refused(frequencies: tuple[float, ...]):
    with pytest.raises(CircuitRejected, match="a gate with evenly spaced eigenvalues expected"):
        shift_rule(frequencies)


def gaps(elements: list[DiagonalPhase], slot: int, qubits: int) -> tuple[float, ...]:
    """Positive differences of two basis states' phases, for all pairs of states and of each element."""
    sums = {0.0}
    for element in elements:
        levels = {
            sum(
                weight
                for mask, angle in element.terms
                for of, weight in angle.slots
                if of == slot and mask & state == mask
            )
            for state in range(2**qubits)
        }
        sums = {round(total + one - other, 9) for total in sums for one, other in product(levels, levels)}
    return tuple(sorted(gap for gap in sums if gap > 0))


angles = st.lists(st.tuples(st.integers(0, 1), st.sampled_from([-0.5, 0.25, 1.0, 2.0])), max_size=2)
phases = st.lists(st.tuples(st.integers(0, 7), angles), min_size=1, max_size=4).map(
    lambda terms: DiagonalPhase(tuple((mask, Angle(0.0, tuple(slots))) for mask, slots in terms), 7)
)


@settings(max_examples=80)
@given(st.lists(phases, min_size=1, max_size=2))
def test_frequencies_are_the_differences_of_all_levels(elements: list[DiagonalPhase]):
    found = frequencies_of(elements)
    for slot in (0, 1):
        assert found.get(slot, ()) == gaps(elements, slot, 3)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([DiagonalPhase(((0b11, of(4, 1.0)),), 0b11)], {4: (1.0,)}),
        ([ZZ], {0: (2.0,)}),
        ([DiagonalPhase(((0, of(0, 1.0)),), 0)], {0: ()}),
        ([RealRotation(0, (3, QUARTER_TURN))], {3: (1.0,)}),
        ([RealRotation(0, (3,)), RealRotation(1, (3,))], {3: (1.0, 2.0)}),
        ([RealRotation(0, (3,)), DiagonalPhase(((1, of(3, 0.5)),), 1)], {3: (0.5, 1.0, 1.5)}),
        ([RealRotation(0, (3,)), DiagonalPhase(((1, of(3, 3.0)),), 1)], {3: (1.0, 2.0, 3.0, 4.0)}),
        # weights that differ by rounding alone are one frequency
        ([RealRotation(0, (3,)), DiagonalPhase(((1, of(3, 1.0000000003)),), 1)], {3: (1.0, 2.0)}),
        ([ControlledX(1, 1), RealRotation(0, (QUARTER_TURN,))], {}),
    ],
)
def test_frequencies_of_gates(elements: list[Element], expected: dict[int, tuple[float, ...]]):
    assert frequencies_of(elements) == expected
