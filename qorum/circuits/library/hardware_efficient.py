"""A hardware-efficient ansatz at seeded angles."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from pydantic import Field
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Parameters, Template, measure_every_qubit


class HardwareEfficientParameters(Parameters):
    """Size, depth, entanglement, and the seed of the angles."""

    num_qubits: int = Field(4, ge=1, le=30, description="qubits, 1 to 30")
    layers: int = Field(2, ge=0, le=50, description="entangling layers, 0 to 50")
    entanglement: Literal["linear", "circular"] = Field(
        "linear",
        description="linear: CX from each qubit to the next; circular: and from the last to the first",
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of the angles, uniform in [-pi, pi)")


def hardware_efficient(parameters: HardwareEfficientParameters) -> QuantumCircuit:
    """RY and RZ on each qubit, with CX gates between such layers (Kandala et al., arXiv:1704.05018)."""
    n = parameters.num_qubits
    shape = (parameters.layers + 1, 2, n)
    angles = np.random.default_rng(parameters.seed).uniform(-math.pi, math.pi, shape)
    circuit = QuantumCircuit(n, n)
    for layer, (around_y, around_z) in enumerate(angles):
        if layer:
            _entangle(circuit, parameters.entanglement)
        for qubit in range(n):
            circuit.ry(float(around_y[qubit]), qubit)
            circuit.rz(float(around_z[qubit]), qubit)
    return measure_every_qubit(circuit)


def _entangle(circuit: QuantumCircuit, entanglement: Literal["linear", "circular"]) -> None:
    n = circuit.num_qubits
    for qubit in range(n - 1):
        circuit.cx(qubit, qubit + 1)
    if entanglement == "circular" and n > 2:
        circuit.cx(n - 1, 0)


TEMPLATE = Template(
    "hardware_efficient",
    "Layers of RY, RZ and CX at seeded angles: an unstructured but exactly repeatable distribution",
    HardwareEfficientParameters,
    hardware_efficient,
)
