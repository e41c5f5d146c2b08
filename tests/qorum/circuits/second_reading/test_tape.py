"""Tapes: step by step the same is the same, at any width; any other step is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from qiskit import QuantumCircuit

from qorum.circuits.intake import accept_text
from qorum.circuits.second_reading import read_again
from qorum.circuits.second_reading.circuit_program import circuit_program
from qorum.circuits.second_reading.tape import Tape, same, written


def tape_of(circuit: QuantumCircuit) -> Tape:
    found = written(circuit_program(circuit))
    assert found is not None
    return found


def plain() -> QuantumCircuit:
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.rx(0.3, 1)
    circuit.cx(0, 1)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.measure([0, 1], [1, 2])
    return circuit


def changed(place: int, change: Callable[[QuantumCircuit], None]) -> QuantumCircuit:
    """`plain()` with another operation at a place."""
    circuit = plain().copy_empty_like()
    for number, step in enumerate(plain().data):
        if number == place:
            change(circuit)
        else:
            circuit.append(step)
    return circuit


OTHERS: dict[str, QuantumCircuit] = {
    "another gate": changed(0, lambda circuit: circuit.x(0)),
    "another angle": changed(1, lambda circuit: circuit.rx(0.30001, 1)),
    "another axis": changed(1, lambda circuit: circuit.ry(0.3, 1)),
    "another qubit": changed(1, lambda circuit: circuit.rx(0.3, 2)),
    "control and target": changed(2, lambda circuit: circuit.cx(1, 0)),
    "a gate fewer": changed(2, lambda circuit: None),
    "another bit": changed(3, lambda circuit: circuit.measure(0, 1)),
    "a measurement fewer": changed(3, lambda circuit: None),
    "a reset fewer": changed(4, lambda circuit: None),
    "another qubit measured": changed(6, lambda circuit: circuit.measure(2, 2)),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_every_other_step_is_told(other: QuantumCircuit):
    assert not same(tape_of(plain()), tape_of(other))


def test_a_gates_own_phase_and_the_numbers_of_qubits_do_not_count():
    other = QuantumCircuit(5, 3, global_phase=1.0)
    other.u(1.5707963267948966, 0, 3.141592653589793, 4)
    other.append(changed(0, lambda circuit: None).to_instruction(), [4, 2, 3], [0, 1, 2])
    assert same(tape_of(plain()), tape_of(other))
    turned = changed(1, lambda circuit: circuit.r(0.3, 0.0, 1))
    assert same(tape_of(plain()), tape_of(turned))


def test_what_decides_by_a_measurement_has_no_tape():
    circuit = plain()
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    assert written(circuit_program(circuit)) is None


def test_wide_texts_are_read_twice():
    body = "h q[0]; for int i in [0:38] { cx q[i], q[i + 1]; } rz(pi / 8) q[39]; c = measure q;"
    text = f'OPENQASM 3.0; include "stdgates.inc"; qubit[40] q; bit[40] c; {body}'
    accepted = accept_text("wide", text)
    assert read_again(text, "openqasm3", accepted.circuit).outcome == "agree"
    accepted.circuit.data[5] = accepted.circuit.data[6]
    assert read_again(text, "openqasm3", accepted.circuit).outcome == "could not"
