"""Circuits of other libraries keep their meaning, their bit order and their exact angles."""

from __future__ import annotations

import cirq
import pennylane as qml
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Statevector

from qorum.circuits.intake import accept_text
from qorum.circuits.objects import as_text
from tests.qorum.circuits.exact import distribution

ANGLE = 0.12345678901234567


def asymmetric() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.x(0)
    circuit.ry(ANGLE, 1)
    circuit.measure([0, 1, 2], [0, 1, 2])
    return circuit


def test_a_qiskit_circuit_comes_back_with_its_exact_angles():
    accepted = accept_text("mine", as_text(asymmetric()))
    angles = [step.operation.params[0] for step in accepted.circuit.data if step.operation.name == "ry"]
    assert angles == [pytest.approx(ANGLE, abs=1e-15)]
    assert max(distribution(accepted.circuit), key=distribution(accepted.circuit).__getitem__) == "001"


def test_a_branching_qiskit_circuit_comes_back():
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    accepted = accept_text("branching", as_text(circuit))
    assert accepted.spec.dynamic
    assert distribution(accepted.circuit) == pytest.approx({"11": 1.0})


def test_cirq_and_pennylane_circuits_keep_their_bit_order():
    zero, one, two = cirq.LineQubit.range(3)
    theirs = cirq.Circuit(cirq.X(zero), cirq.ry(ANGLE)(one), cirq.measure(zero, one, two, key="m"))

    @qml.qnode(qml.device("default.qubit", wires=3))
    def node():
        qml.PauliX(0)
        qml.RY(ANGLE, 1)
        return qml.counts(wires=[0, 1, 2])

    expected = Statevector(asymmetric().remove_final_measurements(inplace=False)).probabilities_dict()
    for text in (as_text(theirs), as_text(node)):
        found = distribution(accept_text("theirs", text).circuit)
        for outcome, probability in expected.items():
            assert found.get(outcome, 0.0) == pytest.approx(probability, abs=1e-9)


def test_what_is_no_circuit_or_not_bound_is_refused_in_words():
    with pytest.raises(TypeError, match="found int"):
        as_text(3)
    loose = QuantumCircuit(1)
    loose.rx(Parameter("theta"), 0)
    with pytest.raises(ValueError, match="theta"):
        as_text(loose)
