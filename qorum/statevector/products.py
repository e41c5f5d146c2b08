"""Matrix product states: wide circuits of little entanglement, without truncation.

A state of n qubits is a chain of n tensors; the bond between two neighbours is as large as the rank of the
cut between them (Vidal, Phys. Rev. Lett. 91, 147902 (2003)). Only what is zero up to rounding is cut off, so
that amplitudes are exact; a circuit whose bonds grow too large is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit.exceptions import CircuitError
from qiskit.circuit.library import get_standard_gate_name_mapping

Tensor = NDArray[np.complex128]

NEGLIGIBLE = 1e-13
"""Singular values below this share of the largest are rounding."""

_SWAP: Tensor = np.eye(4, dtype=np.complex128)[[0, 2, 1, 3]]


class TooEntangled(ValueError):
    """A bond grows beyond what was allowed."""


@lru_cache(maxsize=1024)
def gate_matrix(name: str, angles: tuple[float, ...]) -> Tensor:
    """The matrix of a gate of Qiskit's standard library.

    Raises:
        ValueError: there is no such gate.
    """
    known: Any = get_standard_gate_name_mapping().get(name)
    if known is None:
        raise ValueError(f"a gate of the standard library expected, found {name}")
    return np.asarray(known.base_class(*angles).to_matrix(), dtype=np.complex128)


class ProductState:
    """The state of a register, |0…0> at first."""

    def __init__(self, num_qubits: int, largest_bond: int) -> None:
        """`largest_bond`: the dimension at which a circuit is refused."""
        zero = np.zeros((1, 2, 1), dtype=np.complex128)
        zero[0, 0, 0] = 1
        self._tensors = [zero.copy() for _ in range(num_qubits)]  # [left, qubit, right]
        self._largest = largest_bond
        self._centre = 0  # left of it tensors are isometries to the right, right of it to the left
        self._site = list(range(num_qubits))  # of each qubit
        self._qubit = list(range(num_qubits))  # at each site

    @property
    def bond(self) -> int:
        """The largest dimension there is."""
        return max((tensor.shape[2] for tensor in self._tensors), default=1)

    def run(self, circuit: QuantumCircuit, qubits: Sequence[int]) -> None:
        """Apply a circuit of gates; `qubits` are where its own stand.

        Raises:
            ValueError: a gate has neither a matrix of two qubits nor a definition.
            TooEntangled: see `largest_bond`.
        """
        place = dict(zip(circuit.qubits, qubits, strict=True))
        for step in circuit.data:
            operands = [place[qubit] for qubit in step.qubits]
            if step.name in ("barrier", "delay") or not operands:
                continue
            matrix = None
            if len(operands) <= 2 and hasattr(step.operation, "to_matrix"):
                try:
                    matrix = np.asarray(step.operation.to_matrix(), dtype=np.complex128)
                except CircuitError:  # it has only a definition
                    matrix = None
            if matrix is not None:
                self.apply(matrix, operands)
            elif (definition := step.operation.definition) is not None:
                self.run(definition, operands)
            else:
                raise ValueError(f"a gate with a matrix or a definition expected, found {step.name}")

    def apply(self, matrix: Tensor, qubits: Sequence[int]) -> None:
        """One gate on one qubit or two; the first is the least significant bit of the matrix's index."""
        if len(qubits) == 1:
            site = self._site[qubits[0]]
            self._tensors[site] = np.einsum("st,ltr->lsr", matrix, self._tensors[site])
            return
        first, second = qubits
        while abs(self._site[first] - self._site[second]) > 1:
            towards = 1 if self._site[second] > self._site[first] else -1
            self._exchange(min(self._site[first], self._site[first] + towards))
        left = min(self._site[first], self._site[second])
        gate = matrix.reshape(2, 2, 2, 2)  # [second', first', second, first]
        if self._site[first] == left:
            gate = gate.transpose(1, 0, 3, 2)
        self._pair(gate, left)

    def amplitudes(self, bits: NDArray[np.uint8]) -> tuple[Tensor, NDArray[np.float64]]:
        """[outcomes] amplitudes as (number, natural logarithm of the factor that it lacks).

        Args:
            bits: [outcomes, qubits] of 0 and 1.
        """
        rows = np.ones((len(bits), 1), dtype=np.complex128)
        scale = np.zeros(len(bits))
        for site, tensor in enumerate(self._tensors):
            both = np.einsum("ol,lsr->osr", rows, tensor)
            rows = both[np.arange(len(bits)), bits[:, self._qubit[site]]]
            norm = np.abs(rows).max(axis=1)
            safe = np.where(norm > 0, norm, 1.0)
            rows, scale = rows / safe[:, None], scale + np.log(safe)
        return rows[:, 0], scale

    def sample(self, shots: int, generator: np.random.Generator) -> NDArray[np.uint8]:
        """[shots, qubits] of 0 and 1."""
        self._move(0)
        bits = np.zeros((shots, len(self._tensors)), dtype=np.uint8)
        rows = np.ones((shots, 1), dtype=np.complex128)
        for site, tensor in enumerate(self._tensors):
            both = np.einsum("ol,lsr->osr", rows, tensor)
            weights = (both.real**2 + both.imag**2).sum(axis=2)
            ones = generator.random(shots) * weights.sum(axis=1) >= weights[:, 0]
            bits[:, self._qubit[site]] = ones
            rows = both[np.arange(shots), ones.astype(np.int64)]
            rows /= np.sqrt(weights[np.arange(shots), ones.astype(np.int64)])[:, None]
        return bits

    def chain(self) -> tuple[list[Tensor], list[int]]:
        """The tensors [left, qubit, right] in the chain's order, and the qubit at each site."""
        return list(self._tensors), list(self._qubit)

    def _exchange(self, left: int) -> None:
        self._pair(_SWAP.reshape(2, 2, 2, 2), left)
        one, other = self._qubit[left], self._qubit[left + 1]
        self._qubit[left], self._qubit[left + 1] = other, one
        self._site[one], self._site[other] = left + 1, left

    def _pair(self, gate: Tensor, left: int) -> None:
        """`gate`: [left', right', left, right]."""
        self._move(left)
        one, other = self._tensors[left], self._tensors[left + 1]
        joined = np.einsum("abst,lsm,mtr->labr", gate, one, other, optimize=True)
        l, _, _, r = joined.shape  # noqa: E741 - as in the tensors' own names
        u, values, v = np.linalg.svd(joined.reshape(2 * l, 2 * r), full_matrices=False)
        kept = int((values > NEGLIGIBLE * values[0]).sum())
        if kept > self._largest:
            raise TooEntangled(
                f"bonds of up to {self._largest} expected of a matrix product state, found {kept}"
            )
        self._tensors[left] = u[:, :kept].reshape(l, 2, kept)
        self._tensors[left + 1] = (values[:kept, None] * v[:kept]).reshape(kept, 2, r)
        self._centre = left + 1

    def _move(self, site: int) -> None:
        while self._centre < site:
            tensor = self._tensors[self._centre]
            q, rest = np.linalg.qr(tensor.reshape(-1, tensor.shape[2]))
            self._tensors[self._centre] = q.reshape(tensor.shape[0], 2, -1)
            self._centre += 1
            self._tensors[self._centre] = np.einsum("lm,msr->lsr", rest, self._tensors[self._centre])
        while self._centre > site:
            tensor = self._tensors[self._centre]
            q, rest = np.linalg.qr(tensor.reshape(tensor.shape[0], -1).T)
            self._tensors[self._centre] = q.T.reshape(-1, 2, tensor.shape[2])
            self._centre -= 1
            self._tensors[self._centre] = np.einsum("lsm,rm->lsr", self._tensors[self._centre], rest)
