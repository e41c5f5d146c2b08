"""Circuits of Qiskit as the second reader plays them: expressions, boxes, gates given by matrices."""

from __future__ import annotations

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.classical import expr
from qiskit.circuit.library import UnitaryGate

from qorum.circuits.second_reading import read_again
from qorum.circuits.second_reading.circuit_program import circuit_program
from qorum.circuits.second_reading.machine import distribution


def test_expressions_of_a_register_that_holds_three():
    c, d = ClassicalRegister(3, "c"), ClassicalRegister(6, "d")
    circuit = QuantumCircuit(QuantumRegister(8), c, d)
    circuit.x([0, 1])
    circuit.measure([0, 1], [0, 1])
    true = [
        expr.equal(expr.div(c, 2), 1),
        expr.index(c, 1),
        expr.logic_not(expr.index(c, 2)),
        expr.equal(expr.bit_not(c), 4),
    ]
    false = [
        expr.logic_and(expr.index(c, 2), expr.index(c, 0)),
        expr.logic_not(expr.logic_or(expr.index(c, 0), expr.index(c, 2))),
    ]
    for place, condition in enumerate([*true, *false]):
        with circuit.if_test(condition):
            circuit.x(2 + place)
    circuit.measure(range(2, 8), d)
    assert distribution(circuit_program(circuit)) == {"001111" + "011": 1.0}


def test_boxes_and_matrices_are_played():
    circuit = QuantumCircuit(2, 2)
    with circuit.box():
        circuit.x(0)
    swap = np.eye(4)[[0, 2, 1, 3]]
    circuit.append(UnitaryGate(swap), [0, 1])
    circuit.measure([0, 1], [0, 1])
    assert distribution(circuit_program(circuit)) == {"10": 1.0}


def test_a_language_without_a_second_reader_is_named():
    found = read_again("X 0", "quil", QuantumCircuit(1))
    assert (found.outcome, found.words) == ("could not", "there is no second reader of quil")
