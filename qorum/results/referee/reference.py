"""States of few qubits by the gates' own matrices: forty lines that share nothing with any engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.circuit.exceptions import CircuitError

MOST_QUBITS = 12
"""Above, the engine of `qorum.statevector` is faster, its import counted."""

WIDEST_MATRIX = 6
"""Qubits of the widest gate whose matrix is asked for; wider ones go by their definitions."""

State = NDArray[np.complex128]


def probabilities(circuit: QuantumCircuit) -> NDArray[np.float64]:
    """[2**n] of a circuit of gates alone; bit q of the index is qubit q.

    Raises:
        ValueError: a gate has neither a matrix nor a definition.
    """
    state = np.zeros((2,) * circuit.num_qubits, dtype=np.complex128)
    state[(0,) * circuit.num_qubits] = 1
    amplitudes = _apply(circuit, range(circuit.num_qubits), state, {}).ravel()
    return amplitudes.real**2 + amplitudes.imag**2


def _apply(circuit: QuantumCircuit, qubits: Sequence[int], state: State, known: dict[Any, Any]) -> State:
    """`qubits` are where the circuit's own stand in the state."""
    place = dict(zip(circuit.qubits, qubits, strict=True))
    for step in circuit.data:
        operands = [place[qubit] for qubit in step.qubits]
        if step.name in ("barrier", "delay"):
            continue
        matrix = _matrix(step, known)
        if matrix is not None:
            state = _multiplied(state, matrix, operands)
        elif (definition := step.operation.definition) is not None:
            state = _apply(definition, operands, state, known)
        else:
            raise ValueError(f"a gate with a matrix or a definition expected, found {step.name}")
    return state


def _matrix(step: Any, known: dict[Any, Any]) -> State | None:
    if len(step.qubits) > WIDEST_MATRIX:
        return None
    key = (step.name, *step.params) if step.is_standard_gate() else None
    if key is None or key not in known:
        try:
            found = np.asarray(step.operation.to_matrix()) if hasattr(step.operation, "to_matrix") else None
        except CircuitError:  # it has only a definition
            found = None
        if key is None:
            return found
        known[key] = found
    return known[key]


def _multiplied(state: State, matrix: State, operands: Sequence[int]) -> State:
    """The matrix's first qubit is the least significant bit of its index."""
    k = len(operands)
    axes = [state.ndim - 1 - qubit for qubit in reversed(operands)]
    moved = np.tensordot(matrix.reshape((2,) * (2 * k)), state, axes=(range(k, 2 * k), axes))
    return np.moveaxis(moved, range(k), axes)
