"""Circuits that a vendor cannot carry out."""

from __future__ import annotations

from qiskit import QuantumCircuit
from qiskit.circuit import Parameter


def dynamic() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name="mine")
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    return circuit


def measured_midway() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 2, name="mine")
    circuit.measure(0, 0)
    circuit.x(0)
    circuit.measure(0, 1)
    return circuit


def with_reset() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name="mine")
    circuit.reset(0)
    circuit.measure(0, 0)
    return circuit


def with_gate(name: str) -> QuantumCircuit:
    """A gate on two qubits that some vendor or other does not take."""
    circuit = QuantumCircuit(2, 2, name="mine")
    getattr(circuit, name)(*[0.3] * (name == "rzz"), 0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def unbound() -> QuantumCircuit:
    circuit = QuantumCircuit(1, 1, name="mine")
    circuit.rx(Parameter("a"), 0)
    circuit.measure(0, 0)
    return circuit
