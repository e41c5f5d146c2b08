"""The circuits that statevector simulators are compared on, without measurements."""

from __future__ import annotations

from math import pi

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import MCPhaseGate
from qiskit.circuit.library import quantum_volume as model_circuit

LAYERS = 4
"""Of the hardware-efficient ansatz."""

MARKED = 0b0101_0101_0101_0101_0101_0101_0101_0101
"""What Grover's search looks for, cut to the circuit's width."""


def hardware_efficient(num_qubits: int, layers: int = LAYERS) -> QuantumCircuit:
    """RY and RZ on each qubit, then a chain of CX, `layers` times; 2·n·layers free parameters.

    In the order of `QuantumCircuit.parameters`: by layer, then qubit, RY before RZ.
    """
    circuit = QuantumCircuit(num_qubits, name=f"HEA-{num_qubits}")
    angles = iter(ParameterVector("angle", 2 * num_qubits * layers))
    for _ in range(layers):
        for qubit in range(num_qubits):
            circuit.ry(next(angles), qubit)
            circuit.rz(next(angles), qubit)
        for qubit in range(num_qubits - 1):
            circuit.cx(qubit, qubit + 1)
    return circuit


def fourier(num_qubits: int, *, product_input: bool = True, seed: int = 1) -> QuantumCircuit:
    """The quantum Fourier transform with its final swaps, of |0…0> or of an entangled state.

    Args:
        num_qubits: its width.
        product_input: transform a random product state followed by a ladder of CX, not |0…0>.
        seed: of the product state.
    """
    circuit = QuantumCircuit(num_qubits, name=f"QFT-{num_qubits}")
    if product_input:
        for qubit, angle in enumerate(np.random.default_rng(seed).uniform(0, pi, num_qubits)):
            circuit.ry(float(angle), qubit)
        for qubit in range(num_qubits - 1):
            circuit.cx(qubit, qubit + 1)
    for qubit in reversed(range(num_qubits)):
        circuit.h(qubit)
        for control in reversed(range(qubit)):
            circuit.cp(pi / (1 << qubit - control), control, qubit)
    for qubit in range(num_qubits // 2):
        circuit.swap(qubit, num_qubits - 1 - qubit)
    return circuit


def grover(num_qubits: int, iterations: int = 3) -> QuantumCircuit:
    """Grover's search for `MARKED`; each sign flip is one multi-controlled phase."""
    circuit = QuantumCircuit(num_qubits, name=f"Grover-{num_qubits}")
    every = range(num_qubits)
    circuit.h(every)
    for _ in range(iterations):
        for zeros in ([qubit for qubit in every if not MARKED >> qubit & 1], list(every)):
            if len(zeros) == num_qubits:
                circuit.h(every)
            circuit.x(zeros)
            circuit.append(MCPhaseGate(pi, num_qubits - 1), every)
            circuit.x(zeros)
        circuit.h(every)
    return circuit


def quantum_volume(num_qubits: int, layers: int = 10, seed: int = 1) -> QuantumCircuit:
    """Layers of Haar-random SU(4) on random pairs, as matrices (Cross et al., arXiv:1811.12926)."""
    circuit = model_circuit(num_qubits, layers, seed=seed)
    circuit.name = f"QV-{num_qubits}"
    return circuit
