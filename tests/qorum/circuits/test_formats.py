"""Circuits of other libraries arrive with their qubits, gates and bits in our order."""

from __future__ import annotations

import cirq
import numpy as np
import pennylane as qml
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector

from qorum.circuits.formats import (
    export_cirq,
    export_pennylane,
    from_qpy,
    parse_openqasm2,
    parse_openqasm3,
    to_openqasm3,
    to_qpy,
)


def without_measurements(circuit: QuantumCircuit) -> QuantumCircuit:
    return circuit.remove_final_measurements(inplace=False)


def same_up_to_phase(first: np.ndarray, second: np.ndarray) -> bool:
    return bool(np.isclose(abs(np.vdot(first, second)), np.linalg.norm(first) * np.linalg.norm(second)))


def wiring(circuit: QuantumCircuit) -> dict[int, int]:
    """Which qubit each classical bit holds."""
    return {
        circuit.find_bit(step.clbits[0]).index: circuit.find_bit(step.qubits[0]).index
        for step in circuit.data
        if step.name == "measure"
    }


def test_gates_of_real_files_beyond_qelib1_are_known():
    gates = "sx q[0]; cp(0.1) q[0],q[1]; swap q[0],q[1]; u(1,2,3) q[0];"
    assert list(parse_openqasm2(f'OPENQASM 2.0; include "qelib1.inc"; qreg q[2]; {gates}').count_ops()) == [
        "sx",
        "cp",
        "swap",
        "u",
    ]


def test_qpy_gives_the_circuit_back():
    circuit = QuantumCircuit(2, 1)
    circuit.rx(0.1, 1)
    circuit.measure(1, 0)
    assert from_qpy(to_qpy(circuit)) == circuit


def test_damaged_or_foreign_qpy_is_never_loaded():
    data = to_qpy(QuantumCircuit(2))
    for broken in (b"", data[:-1], data[:-1] + bytes([data[-1] ^ 1]), data[12:], b"QISKIT" + data):
        with pytest.raises(ValueError, match="to_qpy"):
            from_qpy(broken)


def test_openqasm3_round_trip_keeps_branches():
    circuit = QuantumCircuit(2, 2)
    circuit.h([0, 1])
    circuit.measure([0, 1], [1, 0])
    with circuit.if_test((circuit.cregs[0], 2)):
        circuit.x(1)
    circuit.measure(1, 0)
    assert parse_openqasm3(to_openqasm3(circuit)) == circuit


def test_a_cirq_circuit_keeps_its_unitary_and_its_qubit_order():
    qubits = cirq.LineQubit.range(3)
    circuit = cirq.Circuit(
        cirq.ry(0.12345678901234567)(qubits[1]),
        cirq.ISWAP(qubits[0], qubits[2]) ** 0.5,
        cirq.CNOT(qubits[1], qubits[2]) ** 0.3,
        cirq.T(qubits[0]),
    )
    ours = Operator(parse_openqasm2(export_cirq(circuit)).reverse_bits()).data
    assert same_up_to_phase(ours.ravel(), cirq.unitary(circuit).ravel())


def test_cirq_measurements_become_bits_in_the_order_of_the_circuit():
    zero, one, two = cirq.LineQubit.range(3)
    circuit = cirq.Circuit(
        cirq.X(two),
        cirq.measure(one, key="z"),
        cirq.measure(two, zero, key="a"),
        strategy=cirq.InsertStrategy.NEW,
    )
    parsed = parse_openqasm2(export_cirq(circuit))
    assert wiring(parsed) == {0: 1, 1: 2, 2: 0}
    found = Statevector(without_measurements(parsed)).probabilities_dict()
    assert found == {"100": 1.0}  # qubit 2, the leftmost


def test_cirq_named_qubits_stand_in_sorted_order():
    late, early = cirq.NamedQubit("b"), cirq.NamedQubit("a")
    parsed = parse_openqasm2(export_cirq(cirq.Circuit(cirq.X(late), cirq.H(early))))
    assert [(step.name, parsed.find_bit(step.qubits[0]).index) for step in parsed.data] == [
        ("x", 1),
        ("h", 0),
    ]


def test_cirq_conditions_and_inverted_measurements_survive():
    zero, one = cirq.LineQubit.range(2)
    circuit = cirq.Circuit(
        cirq.measure(zero, key="m", invert_mask=(True,)),
        cirq.X(one).with_classical_controls("m"),
        cirq.measure(one, key="n"),
    )
    parsed = parse_openqasm2(export_cirq(circuit))
    assert [step.name for step in parsed.data] == ["x", "measure", "x", "if_else", "measure"]


def test_a_pennylane_tape_keeps_its_state_and_its_wire_order():
    def gates():
        qml.PauliX(2)  # wire 2 is used first
        qml.RY(0.12345678901234567, wires=0)
        qml.CRY(0.4, wires=[2, 1])
        qml.IsingXY(0.3, wires=[0, 1])

    def circuit():
        gates()
        return qml.sample(wires=[2, 0])

    parsed = parse_openqasm2(export_pennylane(qml.tape.make_qscript(circuit)()))
    assert wiring(parsed) == {0: 0, 1: 1, 2: 2}

    @qml.qnode(qml.device("default.qubit", wires=[0, 1, 2]))
    def state():
        gates()
        return qml.state()

    ours = Statevector(without_measurements(parsed).reverse_bits()).data
    assert same_up_to_phase(ours, np.asarray(state()))


def test_a_pennylane_observable_is_rotated_into_its_eigenbasis():
    def circuit():
        qml.Hadamard("b")
        qml.RX(0.3, wires="a")
        return qml.expval(qml.PauliX("b"))

    parsed = parse_openqasm2(export_pennylane(qml.tape.make_qscript(circuit)()))
    outcomes = Statevector(without_measurements(parsed)).probabilities([0])  # wire b is used first
    assert outcomes[0] == pytest.approx(1.0)


def test_a_qnode_is_taken_by_its_tape():
    @qml.qnode(qml.device("default.qubit", wires=2))
    def circuit(angle):
        qml.RX(angle, wires=1)
        return qml.counts()

    with pytest.raises(TypeError, match="construct_tape"):
        export_pennylane(circuit)
    parsed = parse_openqasm2(export_pennylane(qml.workflow.construct_tape(circuit)(0.25)))
    assert parsed.data[0].params == [0.25]


@pytest.mark.parametrize("export", [export_cirq, export_pennylane])
def test_anything_else_is_refused_by_its_type(export):
    with pytest.raises(TypeError, match="found int"):
        export(3)
