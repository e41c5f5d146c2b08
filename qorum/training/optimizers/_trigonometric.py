"""Trigonometric polynomials of one angle: fitted to values, and minimized.

Wierichs et al., "General parameter-shift rules for quantum gradients", arXiv:2107.12390, sections 2 and 5;
with one frequency it is equation (8) of Ostaszewski et al., arXiv:1905.09692.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cache, reduce
from math import atan2, ceil, gcd, hypot, lcm, pi

import numpy as np

from qorum.errors import InputRejected
from qorum.training.objective import Array

MOST_FREQUENCIES = 40
WORST_CONDITION = 1e4
"""Of a fit, which multiplies the values' errors at worst."""

LONGEST_BEAT = 64
"""In periods of the lowest frequency: how far away values are taken, and minima looked for."""


@dataclass(frozen=True)
class Fit:
    """How values of f(s) = c₀ + Σ (aᵢ cos ωᵢs + bᵢ sin ωᵢs) give its coefficients.

    Attributes:
        frequencies: ωᵢ, shape [frequencies].
        shifts: s to take values at, the first of them 0; shape [2 frequencies + 1].
        inverse: times the values: (c₀, a₁, …, b₁, …); shape [coefficients, shifts].
        period: of f; where the frequencies have none, a range that covers its slowest beat.
    """

    frequencies: Array
    shifts: Array
    inverse: Array
    period: float


@cache
def fit_for(frequencies: tuple[float, ...]) -> Fit:
    """The fit of these frequencies, at as many shifts as there are coefficients.

    Args:
        frequencies: positive, ascending.

    Raises:
        InputRejected: none or more than 40, or so uneven that no spacing of shifts keeps the digits.
    """
    count = len(frequencies)
    if not 0 < count <= MOST_FREQUENCIES:
        reason = f"1 to {MOST_FREQUENCIES} frequencies of each parameter expected, found {count}"
        raise InputRejected("rotosolve", reason)
    waves = np.array(frequencies)
    # Slower beats would need shifts of many periods, where the angles' digits are lost.
    slowest = max(min([frequencies[0], *np.diff(waves).tolist()]), frequencies[0] / LONGEST_BEAT)
    # Multiples 1 … R of one frequency are fitted best at even shifts over a period; others have to try.
    spacings = [waves[-1] / count, *np.geomspace(slowest, waves[-1], 64)]
    best = min((_shifts(float(s), count) for s in spacings), key=lambda s: np.linalg.cond(_basis(waves, s)))
    design = _basis(waves, best)
    if np.linalg.cond(design) > WORST_CONDITION:
        reason = f"frequencies that can be told apart expected, found {frequencies}; use another optimizer"
        raise InputRejected("rotosolve", reason)
    return Fit(waves, best, np.linalg.inv(design), _period(frequencies, slowest))


def _shifts(spacing: float, count: int) -> Array:
    turns = np.arange(2 * count + 1)
    turns = np.where(turns > count, turns - (2 * count + 1), turns)
    return turns * (2 * pi / ((2 * count + 1) * spacing))


def _basis(waves: Array, shifts: Array) -> Array:
    angles = np.outer(shifts, waves)
    return np.concatenate([np.ones((len(shifts), 1)), np.cos(angles), np.sin(angles)], axis=1)


def _period(frequencies: tuple[float, ...], slowest: float) -> float:
    first = frequencies[0]
    ratios = [Fraction(wave / first).limit_denominator(64) for wave in frequencies]
    if any(abs(float(r) * first - wave) > 1e-8 * wave for r, wave in zip(ratios, frequencies, strict=True)):
        return 2 * pi / slowest
    common = Fraction(
        reduce(gcd, (r.numerator for r in ratios)), reduce(lcm, (r.denominator for r in ratios))
    )
    return 2 * pi / (first * float(common))


def minimize(fit: Fit, values: Array) -> tuple[float, float]:
    """The global minimum of f within half a period of 0.

    Args:
        fit: of its frequencies.
        values: at `fit.shifts`.

    Returns:
        The shift and the value there; (0, f(0)) for a constant.
    """
    constant, *waves = (fit.inverse @ values).tolist()
    count = len(fit.frequencies)
    if max(map(abs, waves)) <= 1e-14 * max(1.0, abs(constant)):
        return 0.0, float(values[0])
    if count == 1:
        cosine, sine = waves
        return atan2(-sine, -cosine) / float(fit.frequencies[0]), constant - hypot(cosine, sine)
    function = _Function(fit.frequencies, constant, np.array(waves[:count]), np.array(waves[count:]))
    return function.minimum(fit.period)


@dataclass(frozen=True)
class _Function:
    frequencies: Array
    constant: float
    cosines: Array
    sines: Array

    def values(self, shifts: Array) -> Array:
        """f at shifts, shape [shifts]."""
        angles = np.outer(shifts, self.frequencies)
        return self.constant + (self.cosines * np.cos(angles) + self.sines * np.sin(angles)).sum(axis=1)

    def _slope(self, shift: float) -> tuple[float, float]:
        """f' and f'' at a shift."""
        waves, angles = self.frequencies, shift * self.frequencies
        first = waves * (self.sines * np.cos(angles) - self.cosines * np.sin(angles))
        second = -(waves**2) * (self.cosines * np.cos(angles) + self.sines * np.sin(angles))
        return float(first.sum()), float(second.sum())

    def minimum(self, period: float) -> tuple[float, float]:
        # Sixteen points to the fastest wave: a minimum of it cannot hide between two of them.
        points = min(16 * ceil(float(self.frequencies[-1]) * period / (2 * pi)), 1 << 16)
        grid = (np.arange(points) / points - 0.5) * period
        values = self.values(grid)
        lowest = np.flatnonzero((values <= np.roll(values, 1)) & (values <= np.roll(values, -1)))
        lowest = lowest[np.argsort(values[lowest], kind="stable")][:5]
        minima = np.array([self._polished(float(grid[i]), period / points) for i in lowest])
        heights = self.values(minima)
        best = int(heights.argmin())
        return float(minima[best]), float(heights[best])

    def _polished(self, shift: float, reach: float) -> float:
        """Newton's method on f', at most `reach` away from where it starts."""
        start = shift
        for _ in range(12):
            first, second = self._slope(shift)
            if second <= 0:
                break
            moved = min(max(shift - first / second, start - reach), start + reach)
            if moved == shift:
                break
            shift = moved
        return shift
