"""Gradients by three methods agree on random circuits in which many gates are bound already."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import UnitaryGate, XXMinusYYGate, XXPlusYYGate
from qiskit.quantum_info import random_unitary

from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.observables import PauliSum

FREE_1Q = ("rx", "ry", "rz", "p")
FREE_2Q = ("rxx", "ryy", "rzz", "rzx", "crx", "cry", "crz", "cp")
FIXED_1Q = ("x", "y", "z", "h", "s", "t", "sx", "id")
FIXED_2Q = ("cx", "cz", "swap", "iswap", "ecr", "dcx", "cy", "ch")


def random_circuit(seed: int) -> QuantumCircuit:
    """One to four qubits; about a third of the gates are free, in at most three parameters."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(1, 5))
    angles = ParameterVector("t", int(draw.integers(1, 4)))
    circuit = QuantumCircuit(n)
    for _ in range(int(draw.integers(1, 14))):
        qubits = [int(qubit) for qubit in draw.permutation(n)[:2]]
        value = draw.uniform(-3, 3)
        if draw.random() < 0.35:
            value = float(draw.choice([1.0, -0.5, 2.0])) * angles[int(draw.integers(len(angles)))] + value
        kind = draw.random()
        if n == 1 or kind < 0.3:
            getattr(circuit, str(draw.choice(FREE_1Q)))(value, qubits[0])
        elif kind < 0.5:
            getattr(circuit, str(draw.choice(FREE_2Q)))(value, *qubits)
        elif kind < 0.6:
            circuit.append(draw.choice([XXPlusYYGate, XXMinusYYGate])(value, 0.3), qubits)
        elif kind < 0.7:
            circuit.append(UnitaryGate(random_unitary(4, seed=seed)), qubits)
        elif kind < 0.85:
            getattr(circuit, str(draw.choice(FIXED_1Q)))(qubits[0])
        else:
            getattr(circuit, str(draw.choice(FIXED_2Q)))(*qubits)
    return circuit


def disagreement(seed: int) -> float:
    """The largest difference between the three methods, of energy or gradient; 0 without parameters."""
    circuit, draw = random_circuit(seed), np.random.default_rng(seed + 1)
    n, count = circuit.num_qubits, circuit.num_parameters
    if not count:
        return 0.0
    labels = ["".join(draw.choice(list("IXYZ"), n)) for _ in range(4)]
    observable = PauliSum.from_terms(n, list(zip(labels, draw.normal(size=4).tolist(), strict=True)))
    point = draw.uniform(-3, 3, count).tolist()
    made = Circuit(circuit, dtype=torch.complex128)
    found = [
        energy_and_gradient(made, observable, point, method=method)
        for method in ("adjoint", "autograd", "shift")
    ]
    return max(
        max(abs(energy - found[0][0]), float((gradient - found[0][1]).abs().max()))
        for energy, gradient in found
    )


def test_all_methods_agree_on_random_circuits_with_bound_gates() -> None:
    differences = {seed: disagreement(seed) for seed in range(120)}
    assert max(differences.values()) < 1e-9, max(differences, key=lambda seed: differences[seed])


@pytest.mark.parametrize("name", ["x", "iswap", "xx_plus_yy"])
def test_a_gate_that_cancels_leaves_a_gradient_of_zero(name: str) -> None:
    circuit, angles = QuantumCircuit(2), ParameterVector("t", 1)
    circuit.h(0)
    if name == "xx_plus_yy":
        circuit.append(XXPlusYYGate(0.4), [0, 1])
    else:
        getattr(circuit, name)(*([0] if name == "x" else [0, 1]))
    circuit.rz(angles[0], 1)
    observable = PauliSum.from_terms(2, [["IZ", 1.0]])
    made = Circuit(circuit, dtype=torch.complex128)
    assert abs(float(energy_and_gradient(made, observable, [0.3])[1][0])) < 1e-12
