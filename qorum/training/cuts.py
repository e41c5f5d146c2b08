"""The search for the maximum cut of a small graph."""

from __future__ import annotations

import numpy as np


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
    # Rounding must not decide between equal cuts.
    equal = energies <= energies.min() + 1e-9 * np.abs(weights).sum()
    return int(np.flatnonzero(equal)[0])


def _spins(bits: int) -> np.ndarray:
    """Row a has the spins of the bits of a, lowest first: 1 for 0, -1 for 1; shape [2**bits, bits]."""
    return 1.0 - 2.0 * (np.arange(1 << bits)[:, None] >> np.arange(bits) & 1)


def _within(spins: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return ((spins @ weights) * spins).sum(axis=1)
