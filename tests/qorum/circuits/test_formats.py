"""Circuits from and to text and bytes keep their gates and bits."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from qorum.circuits.formats import (
    from_qpy,
    parse_openqasm2,
    parse_openqasm3,
    to_openqasm3,
    to_qpy,
)


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
