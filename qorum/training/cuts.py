"""The search for the maximum cut of a small graph."""

from __future__ import annotations

import numpy as np

EXACT_WHOLE = 2.0**52
"""Whole numbers below are added without rounding."""


def least_energy(weights: np.ndarray) -> int:
    """The least index below 2**(n - 1) whose bits, as spins s = ±1, make Σ w_ij s_i s_j least.

    Of n spins the last is 1 always. The sum splits into those of two halves and one product of both.

    Args:
        weights: upper triangular, shape [n, n], n at least 2.
    """
    n = len(weights)
    half = n // 2
    below, above = _spins(half), _spins(n - half)[: 1 << n - half - 1]
    energies = _within(above, weights[half:, half:])[:, None] + _within(below, weights[:half, :half])
    energies += above @ weights[:half, half:].T @ below.T
    # Rounding must decide neither between equal cuts nor between weights of different scales.
    doubtful = energies <= energies.min() + _rounding(weights, np.float64)
    return _least_of(np.flatnonzero(doubtful), weights)


def _rounding(weights: np.ndarray, dtype: type[np.floating]) -> np.floating:
    """The most that two sums over all edges may be wrong by together."""
    return dtype(4 * weights.size * np.finfo(dtype).eps * np.abs(weights).sum())


def _least_of(indices: np.ndarray, weights: np.ndarray) -> int:
    """The least index of those whose energies, summed in extended precision, are least."""
    if len(indices) == 1 or (not np.any(weights % 1) and np.abs(weights).sum() < EXACT_WHOLE):
        return int(indices[0])  # whole numbers are summed without rounding
    energies = np.zeros(len(indices), np.longdouble)
    for i, j in zip(*np.nonzero(weights), strict=True):
        equal = (indices >> i ^ indices >> j) & 1 == 0
        energies += np.where(equal, weights[i, j], -weights[i, j])
    least = energies <= energies.min() + _rounding(weights, np.longdouble)
    return int(indices[least][0])


def _spins(bits: int) -> np.ndarray:
    """Row a has the spins of the bits of a, lowest first: 1 for 0, -1 for 1; shape [2**bits, bits]."""
    return 1.0 - 2.0 * (np.arange(1 << bits)[:, None] >> np.arange(bits) & 1)


def _within(spins: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return ((spins @ weights) * spins).sum(axis=1)
