"""How alike two histograms are, with what sampling alone would do to the number taken out.

Everything works on the outcomes that were seen, so the width of a circuit does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, gammaln, log_ndtr, ndtri_exp

Vector = NDArray[np.float64]

_TABLED = 4096
_MANY = 16
"""Rare cells from which the sum over them counts as normal."""
_COMMON = 8.0
"""Expected counts, on either side, from which a cell enters the chi-squared sum by itself."""


def align(histograms: Sequence[Mapping[str, int]]) -> tuple[list[str], Vector]:
    """The outcomes seen by any, and counts[replica, outcome]."""
    outcomes = list(dict.fromkeys(key for histogram in histograms for key in histogram))
    rows = [list(map(histogram.get, outcomes, repeat(0))) for histogram in histograms]
    return outcomes, np.array(rows, dtype=np.float64).reshape(len(histograms), len(outcomes))


def collision_probability(counts: Vector) -> float:
    """Unbiased estimate of sum p(x)^2 from one histogram; 0 where no outcome was seen twice.

    Raises:
        ValueError: fewer than two shots.
    """
    shots = float(counts.sum())
    if shots < 2:
        raise ValueError(f"at least 2 shots expected to estimate a collision probability, found {shots:.0f}")
    return float(counts @ (counts - 1)) / (shots * (shots - 1))


def cross_collision_probability(one: Vector, other: Vector) -> float:
    """Unbiased estimate of sum p(x) q(x)."""
    return float(one @ other) / float(one.sum() * other.sum())


def _mean_absolute_deviation(t: Vector, q: float) -> Vector:
    """E|X - tq| of X ~ Binomial(t, q), in De Moivre's closed form."""
    v = np.floor(t * q) + 1
    log_choose = gammaln(t + 1) - gammaln(v + 1) - gammaln(np.maximum(t - v, 0) + 1)
    mad = 2 * v * np.exp(log_choose + v * np.log(q) + (t - v + 1) * np.log1p(-q))
    return np.where(t > 0, mad, 0.0)


@lru_cache(maxsize=64)
def _tabled_deviation(q: float) -> Vector:
    return _mean_absolute_deviation(np.arange(_TABLED, dtype=np.float64), q)


def _deviation(t: Vector, q: float) -> Vector:
    table = _tabled_deviation(q)
    deviation = table[np.minimum(t, _TABLED - 1).astype(np.intp)]
    large = t >= _TABLED
    if large.any():
        deviation[large] = _mean_absolute_deviation(t[large], q)
    return deviation


@dataclass(frozen=True)
class Distance:
    """Total variation distance of two histograms.

    Attributes:
        tvd: as measured, in [0, 1].
        expected: what two samples of one distribution would show.
        deviation: the standard deviation of the latter.
    """

    tvd: float
    expected: float
    deviation: float

    @property
    def likeness(self) -> float:
        """1 where sampling explains all of the distance, 0 where the two have nothing in common."""
        room = 1 - self.expected
        return 1.0 if room <= 0 else 1 - max(0.0, self.tvd - self.expected) / room

    @property
    def likeness_deviation(self) -> float:
        """How far `likeness` moves by sampling alone."""
        return 0.0 if self.expected >= 1 else self.deviation / (1 - self.expected)


def distance(one: Vector, other: Vector) -> Distance:
    """TVD of two histograms over the same outcomes, against what sampling explains.

    Given how often an outcome was seen by both together, t, its split is Binomial(t, q) where both
    sample one distribution, q being the first one's share of the shots. Mean and variance of
    |n - tq| then follow without any knowledge of that distribution.
    """
    shots, others = float(one.sum()), float(other.sum())
    total, q = one + other, shots / (shots + others)
    scale = (shots + others) / (2 * shots * others)
    mad = _deviation(total, q)
    variance = np.maximum(total * q * (1 - q) - mad**2, 0).sum()
    return Distance(
        tvd=float(np.abs(one - q * total).sum() * scale),
        expected=float(mad.sum() * scale),
        deviation=float(np.sqrt(variance) * scale),
    )


def inhomogeneity(one: Vector, other: Vector) -> float:
    """How many sigma two histograms are from being samples of one distribution.

    Outcomes seen often enter a chi-squared sum, all rare ones together as one cell more: errors that
    scatter over many outcomes show there. The rare ones are also compared one by one, by TVD
    (`distance`), where the sum over many cells is normal. Both are conditioned on the pooled
    histogram; the larger of the two is returned.

    Returns:
        A standard normal quantile, one-sided; above 3.8 in about 1 to 3 of 10,000 honest pairs.
    """
    shots, others = float(one.sum()), float(other.sum())
    total, q = one + other, shots / (shots + others)
    excess = one - q * total
    common = total * min(q, 1 - q) >= _COMMON
    rare = ~common
    sigmas = _chi_squared_sigmas(
        np.append(excess[common], excess[rare].sum()), np.append(total[common], total[rare].sum()), q
    )
    if np.count_nonzero(rare & (total > 1)) >= _MANY:
        mad = _deviation(total[rare], q)
        variance = float(np.maximum(total[rare] * q * (1 - q) - mad**2, 0).sum())
        sigmas = max(sigmas, float((np.abs(excess[rare]) - mad).sum() / np.sqrt(variance)))
    return sigmas


def _chi_squared_sigmas(excess: Vector, total: Vector, q: float) -> float:
    """Two-sample chi-squared as a normal quantile; the last cell joins the smallest if it is rare."""
    if total[-1] * min(q, 1 - q) < _COMMON and len(total) > 1:
        smallest = int(np.argmin(total[:-1]))
        excess[smallest] += excess[-1]
        total[smallest] += total[-1]
        excess, total = excess[:-1], total[:-1]
    if len(total) < 2:
        return -np.inf
    shots = float(total.sum())
    chi_squared = float((excess**2 / total).sum()) / (q * (1 - q)) * (shots - 1) / shots
    return _quantile_of_tail(float(chdtrc(len(total) - 1, chi_squared)), chi_squared, len(total) - 1)


def _quantile_of_tail(tail: float, chi_squared: float, freedom: int) -> float:
    if tail > 1e-280:
        return float(-ndtri_exp(np.log(tail)))
    return float((chi_squared - freedom) / np.sqrt(2 * freedom))


@dataclass(frozen=True)
class Overlap:
    """Normalised overlap A = sum pq / sqrt(sum p^2 sum q^2).

    Attributes:
        value: unbiased but for the ratio, so that it may exceed 1.
        error: its standard error.
        error_if_one: what the error would be if the overlap were 1; larger where few shots coincide.
    """

    value: float
    error: float
    error_if_one: float

    def log_confidence(self, needed: float) -> float:
        """Logarithm of the probability that the overlap is at least `needed`."""
        return float(log_ndtr((self.value - needed) / self.error))

    def sigmas_below(self, needed: float) -> float:
        """By how many sigmas the overlap is less than `needed`, if it were in truth."""
        return (needed - self.value) / max(self.error, self.error_if_one * needed)


def overlap(one: Vector, other: Vector) -> Overlap | None:
    """Overlap of what two histograms were sampled from; None where too few shots coincide to tell.

    It is 1 for two samples of one distribution at any number of shots, up to the error stated,
    and, unlike TVD and Hellinger distance, not pulled down by the sampling itself.
    """
    shots, others = float(one.sum()), float(other.sum())
    purities = collision_probability(one), collision_probability(other)
    if min(purities) <= 0:
        return None
    cross = cross_collision_probability(one, other)
    scale = float(np.sqrt(purities[0] * purities[1]))
    value = cross / scale
    own = 0.5 / (shots * (shots - 1) * purities[0]) + 0.5 / (others * (others - 1) * purities[1])
    relative = own + (1 / (shots * others * cross) if cross > 0 else 0.0)
    if_one = own + 1 / (shots * others * scale)
    return Overlap(value, max(value * float(np.sqrt(relative)), 1e-4), max(float(np.sqrt(if_one)), 1e-4))


def goodness_of_fit(histogram: Mapping[str, int], exact: Mapping[str, float]) -> float:
    """Sigmas between a histogram and an exact distribution, by Pearson's chi-squared.

    Raises:
        ValueError: no shots, or probabilities that do not sum to 1 within 1e-6.
    """
    shots, total = sum(histogram.values()), sum(exact.values())
    if shots == 0 or abs(total - 1) > 1e-6:
        raise ValueError(f"shots and probabilities that sum to 1 expected, found {shots} and {total}")
    if any(exact.get(key, 0.0) <= 0 for key in histogram):
        return np.inf
    expected = shots * np.fromiter(exact.values(), dtype=np.float64)
    seen = np.array([histogram.get(key, 0) for key in exact], dtype=np.float64)
    common = expected >= _COMMON
    expected = np.append(expected[common], expected[~common].sum())
    seen = np.append(seen[common], seen[~common].sum())
    if expected[-1] < _COMMON and len(expected) > 1:
        smallest = int(np.argmin(expected[:-1]))
        expected[smallest] += expected[-1]
        seen[smallest] += seen[-1]
        expected, seen = expected[:-1], seen[:-1]
    if len(expected) < 2:
        return -np.inf
    chi_squared = float(((seen - expected) ** 2 / expected).sum())
    return _quantile_of_tail(float(chdtrc(len(seen) - 1, chi_squared)), chi_squared, len(seen) - 1)
