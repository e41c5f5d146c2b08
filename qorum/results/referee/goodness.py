"""Whether a noiseless engine's samples can come from the ideal distribution.

Five questions, each of which a right engine fails with a chance of `ALARM` or less:

1. Did it show what is impossible? That settles it.
2. Is the mean of log p what it must be? Any relabelling of outcomes that changes p lowers it, by the relative
   entropy between the two (Gibbs' inequality), whatever is relabelled. The chance is bounded by Chernoff's
   inequality for the exact distribution of log p, so that it holds for any number of shots.
3. Are single bits, and the parities of two, what they must be? By binomial tails.
4. Are outcomes, or groups of rare ones of like probability, as frequent as they must be? By chi-squared.
5. Do rare outcomes coincide as often as they must? A sampler that repeats itself passes all the others.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import bdtr, betainc, betaincc, chdtrc, ndtr, pdtr, pdtrc

from qorum.results.referee.factors import Bits, Coincidences, Factor, Floats
from qorum.results.referee.ideal import Ideal

ALARM = 2e-6
"""Chance that a right engine fails one of the questions; all together about 1 in 100,000."""

LEAST_EXPECTED = 10.0
"""Shots that a group is expected to have at least, for chi-squared to hold far out."""

STEEPEST = 40.0
"""Largest exponent that Chernoff's bound is sought for; a smaller one only makes it more cautious."""

UNREMARKABLE = 3.5
"""Sigmas up to which no chance is worked out: it is above `ALARM`."""

MOST_PAIRS = 400
"""Bits of which all pairs are looked at; of wider registers the first so many."""


def misfit(ideal: Ideal, keys: Bits, counts: Floats) -> str:
    """Why the samples are not of the ideal distribution, with the figures; empty where they may be.

    Args:
        ideal: of the circuit.
        keys: [outcomes, clbits] of 0 and 1, column i of clbit i, no row twice.
        counts: [outcomes] how often each was seen.
    """
    return (
        _impossible(ideal, keys, counts)
        or _improbable(ideal, keys, counts)
        or _biased(ideal, keys, counts)
        or _infrequent(ideal, keys, counts)
    )


def _impossible(ideal: Ideal, keys: Bits, counts: Floats) -> str:
    wrong = np.flatnonzero(~np.isfinite(ideal.log_p(keys)))
    if not len(wrong):
        return ""
    key = "".join(map(str, keys[wrong[np.argmax(counts[wrong])], ::-1].tolist()))
    shown = key if len(key) <= 40 else f"{key[:20]}…{key[-20:]}"
    return (
        f"{counts[wrong].sum():.0f} of {counts.sum():.0f} shots show what is impossible by {ideal.source},"
        f" such as {shown}"
    )


def _improbable(ideal: Ideal, keys: Bits, counts: Floats) -> str:
    shots = float(counts.sum())
    total = sum(
        (
            factor.level(keys[:, list(clbits)])
            for factor, clbits in zip(ideal.factors, ideal.clbits, strict=True)
        ),
        start=np.zeros(len(keys)),
    )
    mean = float(counts @ total / shots)
    levels = [factor.levels for factor in ideal.factors]
    expected = sum(level.mean for level in levels)
    spread = float(np.sqrt(sum(level.variance for level in levels) / shots))
    if abs(mean - expected) <= UNREMARKABLE * spread or spread < 1e-9:  # all may be equally probable
        return ""
    if -shots * _rate(ideal, mean) >= np.log(ALARM / 2):
        return ""
    word = "improbable" if mean < expected else "probable"
    bits = 1 / np.log(2)
    return (
        f"its outcomes are too {word} by {ideal.source}: log2 p is {mean * bits:.3f} on average where"
        f" {expected * bits:.3f} ± {spread * bits:.3f} is expected"
    )


def _rate(ideal: Ideal, mean: float) -> float:
    """Chernoff: the chance of such a mean, or one further off, is at most exp(-shots * rate)."""
    levels = [factor.levels for factor in ideal.factors if factor.levels.variance > 0]

    def cost(t: float) -> float:
        return sum(level.cumulants(t) for level in levels) - t * shift

    constant = sum(factor.levels.mean for factor in ideal.factors if factor.levels.variance <= 0)
    shift = mean - constant
    sign = np.sign(mean - sum(factor.levels.mean for factor in ideal.factors))
    bounds = (0.0, STEEPEST) if sign >= 0 else (-STEEPEST, 0.0)
    found = minimize_scalar(cost, bounds=bounds, method="bounded", options={"xatol": 1e-6})
    return max(0.0, -float(found.fun))


def _biased(ideal: Ideal, keys: Bits, counts: Floats) -> str:
    clbits = [clbit for group in ideal.clbits for clbit in group][:MOST_PAIRS]
    if not clbits:
        return ""
    shots = float(counts.sum())
    signs = 1.0 - 2.0 * keys[:, clbits]
    singles, pairs = _expected_parities(ideal, len(clbits))
    weighted = signs * counts[:, None]
    rows, columns = np.triu_indices(len(clbits), 1)
    seen = np.concatenate([weighted.sum(axis=0), (signs.T @ weighted)[rows, columns]]) / shots
    expected = np.clip(np.concatenate([singles, pairs[rows, columns]]), -1, 1)
    sigmas = np.abs(seen - expected) * np.sqrt(shots / np.maximum(1 - expected**2, 1 / shots))
    (odd,) = np.nonzero(sigmas > UNREMARKABLE)
    if not len(odd):
        return ""
    even = np.rint(shots * (1 + seen[odd]) / 2)
    chance = np.clip((1 + expected[odd]) / 2, 1e-12, 1 - 1e-12)
    tails = 2 * np.minimum(bdtr(even, shots, chance), bdtr(shots - even, shots, 1 - chance))
    least = int(np.argmin(tails))
    if tails[least] * len(expected) >= ALARM:
        return ""
    worst = int(odd[least])
    if worst < len(clbits):
        what = f"bit {clbits[worst]} reads 0"
    else:
        pair = worst - len(clbits)
        what = f"bits {clbits[rows[pair]]} and {clbits[columns[pair]]} are alike"
    return (
        f"{what} in {even[least] / shots:.3f} of {shots:.0f} shots, where {ideal.source} give"
        f" {chance[least]:.3f}"
    )


def _expected_parities(ideal: Ideal, width: int) -> tuple[Floats, Floats]:
    """Of all factors' bits, one factor after another; bits of two factors are independent."""
    found = [factor.parities for factor in ideal.factors]
    singles = np.concatenate([singles for singles, _ in found])
    pairs = np.outer(singles, singles)
    start = 0
    for factor, (_, own) in zip(ideal.factors, found, strict=True):
        pairs[start : start + factor.width, start : start + factor.width] = own
        start += factor.width
    return singles[:width], pairs[:width, :width]


def _infrequent(ideal: Ideal, keys: Bits, counts: Floats) -> str:
    alarm = ALARM / max(1, len(ideal.factors))
    for factor, clbits in zip(ideal.factors, ideal.clbits, strict=True):
        bits, own = _marginal(keys[:, list(clbits)], counts)
        where = (
            f" of bits {', '.join(map(str, clbits))}" if len(ideal.factors) > 1 and len(clbits) < 9 else ""
        )
        if reason := _frequencies(factor, bits, own, alarm):
            return f"{reason}{where} by {ideal.source}"
    return ""


def _frequencies(factor: Factor, bits: Bits, counts: Floats, alarm: float) -> str:
    cells, coincidences = factor.cells(bits, counts, LEAST_EXPECTED)
    if len(cells.expected) > 1:
        squares = float(((cells.observed - cells.expected) ** 2 / cells.expected).sum())
        freedom = len(cells.expected) - 1
        if float(chdtrc(freedom, squares)) < alarm:
            return f"frequencies are off: chi-squared {squares:.0f} where {freedom} is expected"
    if coincidences is not None and _tail(coincidences) < alarm:
        return (
            f"{coincidences.observed:.0f} pairs of rare outcomes coincide where {coincidences.expected:.2f}"
            " are expected"
        )
    return ""


def _tail(seen: Coincidences) -> float:
    """Two-sided; negative binomial, for triples coincide as three pairs at once."""
    pairs = seen.observed
    if seen.variance > seen.expected * (1 + 1e-6):
        chance = seen.expected / seen.variance
        size = seen.expected * chance / (1 - chance)
        at_most = float(betainc(size, pairs + 1, chance))
        at_least = float(betaincc(size, pairs, chance)) if pairs > 0 else 1.0
    else:
        at_most = float(pdtr(pairs, seen.expected))
        at_least = float(pdtrc(pairs - 1, seen.expected)) if pairs > 0 else 1.0
    return 2 * min(at_most, at_least)


def _marginal(bits: Bits, counts: Floats) -> tuple[Bits, Floats]:
    """Distinct rows, and counts added up."""
    if not bits.shape[1]:
        return bits[:1], counts.sum(keepdims=True)
    packed = np.ascontiguousarray(np.packbits(bits, axis=1))
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, where = np.unique(rows, return_index=True, return_inverse=True)
    return bits[first], np.bincount(where, weights=counts)


def confidence(ideal: Ideal, keys: Bits, counts: Floats, least: float) -> float:
    """The probability that every factor fits by at least `least`.

    A fit is exp(-|difference of the mean of log p from what is expected|): 1 where they agree, and of
    outcomes relabelled the exponential of their relative entropy.
    """
    shots, chances = float(counts.sum()), [1.0]
    for factor, clbits in zip(ideal.factors, ideal.clbits, strict=True):
        levels = factor.levels
        mean = float(counts @ factor.level(keys[:, list(clbits)]) / shots)
        fit, error = float(np.exp(-abs(mean - levels.mean))), float(np.sqrt(levels.variance / shots))
        if error > 0:
            chances.append(float(ndtr((fit - least) / (fit * error))))
    return min(chances)
