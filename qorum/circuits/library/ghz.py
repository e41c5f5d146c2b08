"""Greenberger–Horne–Zeilinger states."""

from __future__ import annotations

from pydantic import Field
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Parameters, Template, measure_every_qubit


class GhzParameters(Parameters):
    """How many qubits are entangled."""

    num_qubits: int = Field(3, ge=2, le=30, description="qubits, 2 to 30")


def ghz(parameters: GhzParameters) -> QuantumCircuit:
    """(|0…0⟩ + |1…1⟩)/√2, by one Hadamard gate and a chain of CX."""
    circuit = QuantumCircuit(parameters.num_qubits, parameters.num_qubits)
    circuit.h(0)
    for qubit in range(parameters.num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    return measure_every_qubit(circuit)


def answer(parameters: GhzParameters) -> dict[str, float]:
    """All zeros and all ones."""
    return {"0" * parameters.num_qubits: 0.5, "1" * parameters.num_qubits: 0.5}


TEMPLATE = Template(
    "ghz", "A GHZ state: all zeros or all ones, each with probability 1/2", GhzParameters, ghz, answer
)
