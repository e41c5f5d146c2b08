"""A distribution of a wide circuit of little entanglement, by a matrix product state."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from qorum.results.referee.factors import (
    LEAST_RELATIVE,
    RESOLUTION,
    Bits,
    Cells,
    Coincidences,
    Factor,
    Floats,
    Levels,
)
from qorum.statevector.products import ProductState, Tensor

DRAWS = 20_000
"""Samples by which the law of log p is known; its error is a quarter of that of 1,024 shots."""

LARGEST_BOND = 16
"""Sums of p squared take the fourth power of it."""


class Chained(Factor):
    """Probabilities of all qubits of a state, one at a time."""

    def __init__(self, state: ProductState, num_qubits: int) -> None:
        """`state`: all of whose qubits are read, in order."""
        self.width = num_qubits
        self._state = state

    @cached_property
    def _law(self) -> Levels:
        draws = self._state.sample(DRAWS, np.random.default_rng(0))
        level, many = np.unique(self._index(self._log_p(draws)), return_counts=True)
        return Levels(level, many / DRAWS)

    @property
    def levels(self) -> Levels:
        """See `Factor.levels`: as the state's own samples have it."""
        return self._law

    @cached_property
    def _collision(self) -> float:
        environment, scale = np.ones((1, 1, 1, 1), dtype=np.complex128), 0.0
        for tensor in self._state.chain()[0]:
            parts = [_four(environment, tensor[:, bit]) for bit in (0, 1)]
            environment = parts[0] + parts[1]
            norm = float(np.abs(environment).max())
            environment, scale = environment / norm, scale + float(np.log(norm))
        return scale + float(np.log(environment.real.sum()))

    @property
    def log_collision(self) -> float:
        """See `Factor.log_collision`: by four copies of the chain."""
        return self._collision

    def log_p(self, bits: Bits) -> Floats:
        """See `Factor.log_p`."""
        return self._log_p(bits)

    def level(self, bits: Bits) -> Floats:
        """See `Factor.level`."""
        log_p = self._log_p(bits)
        possible = np.isfinite(log_p)
        levels = self._index(np.where(possible, log_p, 0.0))
        return np.where(possible, -np.log(2.0) * (levels + 0.5) / RESOLUTION, -np.inf)

    @cached_property
    def _parities(self) -> tuple[Floats, Floats]:
        tensors, qubit = self._state.chain()
        width = self.width
        after = [np.ones((1, 1), dtype=np.complex128)]  # what stands right of each site
        for tensor in reversed(tensors):
            zero, one = tensor[:, 0], tensor[:, 1]
            after.append(zero @ after[-1] @ zero.conj().T + one @ after[-1] @ one.conj().T)
        after = after[::-1]
        before = np.ones((1, 1), dtype=np.complex128)
        singles, pairs = np.ones(width), np.eye(width)
        for site in range(width):
            marked = _two(before, tensors[site], -1)
            singles[qubit[site]] = _closed(marked, after[site + 1])
            for other in range(site + 1, width):
                value = _closed(_two(marked, tensors[other], -1), after[other + 1])
                pairs[qubit[site], qubit[other]] = pairs[qubit[other], qubit[site]] = value
                marked = _two(marked, tensors[other], 1)
            before = _two(before, tensors[site], 1)
        return singles, pairs

    @property
    def parities(self) -> tuple[Floats, Floats]:
        """See `Factor.parities`."""
        return self._parities

    def cells(self, bits: Bits, counts: Floats, least: float) -> tuple[Cells, Coincidences | None]:
        """See `Factor.cells`: coincidences alone; their variance is bounded from above."""
        del bits, least
        shots, square = float(counts.sum()), np.exp(self.log_collision)
        expected = shots * (shots - 1) / 2 * square
        variance = expected + shots * (shots - 1) * (shots - 2) * square**1.5  # sum p^3 <= (sum p^2)^1.5
        seen = Coincidences(float((counts * (counts - 1) / 2).sum()), expected, variance)
        return Cells(np.zeros(0), np.zeros(0)), seen

    def _log_p(self, bits: Bits) -> Floats:
        amplitudes, scale = self._state.amplitudes(bits)
        size = np.abs(amplitudes)
        seen = size > 0
        log_p = np.where(seen, 2 * (np.log(np.where(seen, size, 1.0)) + scale), -np.inf)
        return np.where(log_p > np.log(LEAST_RELATIVE) - self.width * np.log(2), log_p, -np.inf)

    @staticmethod
    def _index(log_p: Floats) -> Floats:
        return np.maximum(np.floor(-RESOLUTION * log_p / np.log(2)), 0).astype(np.int64)


def _two(environment: Tensor, tensor: Tensor, sign: int) -> Tensor:
    """The environment one site further; `sign` of what reads 1."""
    zero, one = tensor[:, 0], tensor[:, 1]
    return zero.T @ environment @ zero.conj() + sign * (one.T @ environment @ one.conj())


def _closed(before: Tensor, after: Tensor) -> float:
    return float((before * after).sum().real)


def _four(environment: Tensor, matrix: Tensor) -> Tensor:
    for turn in range(4):  # each index in turn, then back to the front
        environment = np.tensordot(environment, matrix.conj() if turn % 2 else matrix, axes=(0, 0))
    return environment
