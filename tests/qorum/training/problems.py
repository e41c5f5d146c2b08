"""Circuits and observables that the tests of objectives share."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.statevector.observables import PauliSum


def ansatz(num_qubits: int = 4, layers: int = 2) -> QuantumCircuit:
    """RY and RZ on every qubit, then CX along the chain; no parameter twice."""
    p = ParameterVector("p", 2 * num_qubits * layers)
    circuit = QuantumCircuit(num_qubits, name="ansatz")
    for layer in range(layers):
        for qubit in range(num_qubits):
            circuit.ry(p[2 * (layer * num_qubits + qubit)], qubit)
            circuit.rz(p[2 * (layer * num_qubits + qubit) + 1], qubit)
        for qubit in range(num_qubits - 1):
            circuit.cx(qubit, qubit + 1)
    return circuit


def entangled_rotations() -> QuantumCircuit:
    """Four parameters in eight gates: shared ones, weights, two-qubit and controlled rotations."""
    p = ParameterVector("p", 4)
    circuit = QuantumCircuit(3, name="shared")
    circuit.h(range(3))
    circuit.rzz(p[0], 0, 1)
    circuit.rzz(p[0], 1, 2)
    circuit.rx(2 * p[1] + 0.3, range(3))
    circuit.cp(p[2], 0, 2)
    circuit.crx(p[3] - p[2], 1, 0)
    circuit.ryy(p[3], 1, 2)
    return circuit


def asymmetric(num_qubits: int) -> PauliSum:
    """Strings of X, Y and Z that tell qubits apart, and a constant."""
    terms: list[tuple[str, float]] = [("I" * num_qubits, 0.7)]
    for qubit in range(num_qubits):
        for place, letter in enumerate("XYZ"):
            label = "I" * (num_qubits - 1 - qubit) + letter + "I" * qubit
            terms.append((label, 0.1 * (qubit + 1) - 0.25 * place))
        if qubit:
            pair = "I" * (num_qubits - 1 - qubit) + "ZX" + "I" * (qubit - 1)
            terms += [(pair, 0.3), (pair.replace("ZX", "YY"), -0.2 * qubit)]
    return PauliSum.from_terms(num_qubits, terms)


def points(circuit: QuantumCircuit, count: int = 1, seed: int = 1) -> np.ndarray:
    """Anywhere, shape [count, parameters]."""
    return np.random.default_rng(seed).uniform(-3, 3, (count, circuit.num_parameters))


def slopes(energy, point: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences; `energy` maps [points, parameters] to [points]."""
    steps = step * np.eye(len(point))
    return (energy(point + steps) - energy(point - steps)) / (2 * step)
