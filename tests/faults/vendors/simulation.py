"""A dense state vector in a few lines of NumPy: a second opinion on what a circuit sent to a vendor does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

X: Matrix = np.array([[0, 1], [1, 0]], dtype=np.complex128)
Y: Matrix = np.array([[0, -1j], [1j, 0]])
Z: Matrix = np.array([[1, 0], [0, -1]], dtype=np.complex128)
H: Matrix = (X + Z) / np.sqrt(2)
V: Matrix = np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2


@dataclass(frozen=True)
class Gate:
    """A 2×2 matrix on `target`, where all `controls` are 1."""

    matrix: Matrix
    target: int
    controls: Sequence[int] = ()


def rotation(axis: Matrix, angle: float) -> Matrix:
    """exp(−i·angle/2·axis), angle in radians."""
    return np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * axis


def phase(angle: float) -> Matrix:
    """diag(1, exp(i·angle)), angle in radians."""
    return np.diag([1, np.exp(1j * angle)])


def probabilities(num_qubits: int, gates: Sequence[Gate]) -> Mapping[int, float]:
    """Outcomes that can occur, from the ground state; bit q of an outcome is qubit q."""
    state = np.zeros((2,) * num_qubits, dtype=complex)
    state[(0,) * num_qubits] = 1
    for gate in gates:
        where = tuple(1 if qubit in gate.controls else slice(None) for qubit in range(num_qubits))
        axis = gate.target - sum(control < gate.target for control in gate.controls)
        state[where] = np.moveaxis(np.tensordot(gate.matrix, state[where], (1, axis)), 0, axis)
    weights = np.abs(state.transpose().ravel()) ** 2  # the last axis is the least significant one
    return {int(outcome): float(weights[outcome]) for outcome in np.flatnonzero(weights > 1e-12)}
