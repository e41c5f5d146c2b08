"""What a histogram says: expectations, distances and how far sampling alone explains them.

A distribution is a mapping from bit string (rightmost character: classical bit 0) to probability;
`Counts.probabilities()` and `Verdict.merged` are such. None of it needs 2^n numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log2, sqrt

import numpy as np
from scipy.special import ndtri

from qorum.counts import Counts
from qorum.results import overlap as statistics
from qorum.results.overlap import Overlap

Distribution = Mapping[str, float]


@dataclass(frozen=True)
class Estimate:
    """An estimated number with a two-sided interval [low, high]."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Outcome:
    """One outcome of a histogram: how often it was seen, and its probability."""

    bits: str
    count: int
    probability: Estimate


def wilson_interval(hits: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Score interval of a binomial proportion; sound for 0 and `trials` hits as well.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22, 209 (1927); recommended by Brown, Cai and DasGupta,
    Statist. Sci. 16, 101 (2001).

    Raises:
        ValueError: no trial, hits outside [0, trials], or a confidence outside (0, 1).
    """
    if trials < 1 or not 0 <= hits <= trials:
        raise ValueError(f"hits in [0, trials] of at least one trial expected, found {hits} of {trials}")
    z = _quantile(confidence)
    p, shrink = hits / trials, 1 + z**2 / trials
    center = (p + z**2 / (2 * trials)) / shrink
    half = z * sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2)) / shrink
    return (0.0 if hits == 0 else center - half), (1.0 if hits == trials else center + half)


def pauli_z_expectation(counts: Counts, pauli: str, *, confidence: float = 0.95) -> Estimate:
    """Expectation of a string of I and Z, e.g. "ZIZ" (rightmost: classical bit 0), in [-1, 1].

    The eigenvalue is +1 or -1, so the interval is Wilson's on the share of even parity.

    Raises:
        ValueError: another letter, or a string not as wide as the histogram; no shots.
    """
    _check_pauli(pauli, counts.num_bits)
    even = sum(count for key, count in counts.histogram.items() if _sign(key, pauli) > 0)
    low, high = wilson_interval(even, counts.shots, confidence)
    return Estimate(2 * even / max(counts.shots, 1) - 1, 2 * low - 1, 2 * high - 1)


def observable_expectation(
    counts: Counts, observable: Mapping[str, float] | Callable[[str], float], *, confidence: float = 0.95
) -> Estimate:
    """Expectation of a diagonal observable with a normal interval (standard error of the mean).

    Args:
        counts: at least two shots.
        observable: coefficients of strings of I and Z, {"ZZI": -1.0, "IIZ": 0.5}, or the eigenvalue
            as a function of the bit string (e.g. a cut size).
        confidence: of the two-sided interval.

    Raises:
        ValueError: a string of other letters or width, or fewer than two shots.
    """
    if counts.shots < 2:
        raise ValueError(f"{counts.backend}: at least 2 shots expected, found {counts.shots}")
    eigenvalue = _eigenvalue(observable, counts.num_bits)
    values = np.array([eigenvalue(key) for key in counts.histogram])
    weights = np.array(list(counts.histogram.values()), dtype=np.float64)
    mean = float(values @ weights) / counts.shots
    variance = float(weights @ (values - mean) ** 2) / (counts.shots - 1)
    half = _quantile(confidence) * sqrt(variance / counts.shots)
    return Estimate(mean, mean - half, mean + half)


def expectation(
    distribution: Distribution, observable: Mapping[str, float] | Callable[[str], float]
) -> float:
    """Expectation of a diagonal observable, as in `observable_expectation`, in a distribution."""
    width = len(next(iter(distribution), ""))
    eigenvalue = _eigenvalue(observable, width)
    return float(sum(p * eigenvalue(key) for key, p in distribution.items()))


def total_variation_distance(p: Distribution, q: Distribution) -> float:
    """Half the sum of |p - q|: 0 for one distribution, 1 for disjoint ones.

    Two samples of *one* distribution show a distance too (`shot_noise_distance`).
    """
    return 0.5 * sum(abs(p.get(key, 0.0) - q.get(key, 0.0)) for key in p.keys() | q.keys())


def distance_matrix(counts: Sequence[Counts]) -> list[list[float]]:
    """Total variation distance between every two histograms, [i][j] as given."""
    _, rows = statistics.align([one.histogram for one in counts])
    shares = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1)
    return [[0.5 * float(np.abs(one - other).sum()) for other in shares] for one in shares]


def hellinger_distance(p: Distribution, q: Distribution) -> float:
    """sqrt(1 - sum sqrt(p q)), in [0, 1]. E. Hellinger, J. reine angew. Math. 136, 210 (1909)."""
    return sqrt(max(0.0, 1 - _bhattacharyya(p, q)))


def fidelity(p: Distribution, q: Distribution) -> float:
    """Classical fidelity (sum sqrt(p q))^2, in [0, 1]: 1 for one distribution.

    Source: Nielsen and Chuang, Quantum Computation and Quantum Information, section 9.2, squared as
    in Qiskit's `hellinger_fidelity`.
    """
    return min(1.0, _bhattacharyya(p, q) ** 2)


def entropy(distribution: Distribution) -> float:
    """Shannon entropy in bits, as plugged in: of a sample it is biased low by about (K-1)/(2N ln 2).

    Source of the bias: G. A. Miller, in Information Theory in Psychology (1955).
    """
    return -sum(p * log2(p) for p in distribution.values() if p > 0)


def unbiased_overlap(one: Counts, other: Counts) -> Overlap | None:
    """Normalised overlap of what two histograms sample, 1 for the same at any number of shots.

    Returns:
        Value and standard error; None where too few shots coincide to tell.
    """
    _, rows = statistics.align([one.histogram, other.histogram])
    return statistics.overlap(rows[0], rows[1])


def shot_noise_distance(one: Counts, other: Counts) -> statistics.Distance:
    """TVD of two histograms, with what two samples of one distribution would show."""
    _, rows = statistics.align([one.histogram, other.histogram])
    return statistics.distance(rows[0], rows[1])


def within_shot_noise(counts: Counts, exact: Distribution) -> float:
    """How many sigma a histogram is from an exact distribution; below 4 is shot noise.

    Pearson's chi-squared over the outcomes expected at least eight times, the rarer ones as one
    (W. G. Cochran, Biometrics 10, 417 (1954)), as a one-sided normal quantile. An outcome that is
    impossible gives infinity.

    Raises:
        ValueError: no shots, or probabilities that do not sum to 1 within 1e-6.
    """
    return statistics.goodness_of_fit(counts.histogram, exact)


def top_outcomes(counts: Counts, how_many: int = 16, *, confidence: float = 0.95) -> list[Outcome]:
    """The most frequent outcomes, most frequent first, ties by bit string, with Wilson intervals."""
    return [
        Outcome(
            bits, count, Estimate(count / counts.shots, *wilson_interval(count, counts.shots, confidence))
        )
        for bits, count in counts.top(how_many)
    ]


@cache
def _quantile(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence in (0, 1) expected, found {confidence}")
    return float(ndtri((1 + confidence) / 2))


def _check_pauli(pauli: str, width: int) -> None:
    if pauli.strip("IZ") or len(pauli) != width:
        raise ValueError(f"a string of {width} letters I and Z expected, found {pauli!r}")


def _sign(key: str, pauli: str) -> int:
    return 1 - 2 * (sum(bit == "1" and z == "Z" for bit, z in zip(key, pauli, strict=True)) % 2)


def _eigenvalue(
    observable: Mapping[str, float] | Callable[[str], float], width: int
) -> Callable[[str], float]:
    if not isinstance(observable, Mapping):
        return observable
    for pauli in observable:
        _check_pauli(pauli, width)
    terms = dict(observable)
    return lambda key: sum(c * _sign(key, pauli) for pauli, c in terms.items())


def _bhattacharyya(p: Distribution, q: Distribution) -> float:
    return sum(sqrt(value * q[key]) for key, value in p.items() if key in q)
