"""A digest stands for what is sampled, and for nothing else."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm2
from qiskit.circuit import Parameter
from qiskit.circuit.library import UnitaryGate

from qorum.circuits.definitions import NotCanonical
from qorum.circuits.digest import circuit_digest
from qorum.circuits.formats import from_qpy, parse_openqasm2, parse_openqasm3, to_openqasm3, to_qpy

angles = st.integers(-3000, 3000).map(lambda thousandths: thousandths / 1000)
pairs = st.permutations(range(4)).map(lambda order: tuple(order[:2]))
gates = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["h", "x", "s", "tdg"]), st.just(()), pairs),
        st.tuples(st.sampled_from(["rx", "rz", "p"]), st.tuples(angles), pairs),
        st.tuples(st.sampled_from(["cx", "cz", "swap"]), st.just(()), pairs),
        st.tuples(st.sampled_from(["cp", "crz"]), st.tuples(angles), pairs),
    ),
    min_size=1,
    max_size=12,
)
TWO_QUBITS = ("cx", "cz", "swap", "cp", "crz")


def build(program, qubits="q", clbits="c", name="circuit") -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(4, qubits), ClassicalRegister(4, clbits), name=name)
    for gate, params, (first, second) in program:
        getattr(circuit, gate)(*params, *((first, second) if gate in TWO_QUBITS else (first,)))
    circuit.measure([0, 1, 2, 3], [2, 0, 3, 1])
    return circuit


@given(gates)
def test_names_of_circuit_and_registers_do_not_count(program):
    assert circuit_digest(build(program)) == circuit_digest(build(program, "data", "out", "other"))


@settings(max_examples=30, deadline=None)
@given(gates)
def test_every_format_keeps_the_digest(program):
    circuit = build(program)
    digest = circuit_digest(circuit)
    assert circuit_digest(parse_openqasm2(qasm2.dumps(circuit))) == digest
    assert circuit_digest(parse_openqasm3(to_openqasm3(circuit))) == digest
    assert circuit_digest(from_qpy(to_qpy(circuit))) == digest


@given(gates, st.data())
def test_a_changed_operand_changes_the_digest(program, data):
    index = data.draw(st.integers(0, len(program) - 1))
    gate, params, (first, second) = program[index]
    moved = (gate, params, (second, first))
    if gate in ("cz", "cp", "swap"):
        moved = (gate, params, (first, next(q for q in range(4) if q not in (first, second))))
    assert circuit_digest(build([*program[:index], moved, *program[index + 1 :]])) != circuit_digest(
        build(program)
    )


@given(gates, angles)
def test_the_least_change_of_a_parameter_changes_the_digest(program, angle):
    first = build([*program, ("rx", (angle,), (0, 1))])
    second = build([*program, ("rx", (np.nextafter(angle, 10),), (0, 1))])
    assert circuit_digest(first) != circuit_digest(second)


def test_a_qubit_or_bit_more_changes_the_digest():
    digests = {circuit_digest(QuantumCircuit(*size)) for size in ((2, 2), (3, 2), (2, 3))}
    assert len(digests) == 3


def test_where_a_result_goes_changes_the_digest():
    straight, crossed = QuantumCircuit(2, 2), QuantumCircuit(2, 2)
    straight.measure([0, 1], [0, 1])
    crossed.measure([0, 1], [1, 0])
    assert circuit_digest(straight) != circuit_digest(crossed)


def test_integers_minus_zero_and_bound_parameters_count_as_their_value():
    theta = Parameter("theta")
    written = [1, 1.0, np.float64(1), (theta + 1).assign(theta, 0)]
    digests = set()
    for value in written:
        circuit = QuantumCircuit(1)
        circuit.rx(value, 0)
        circuit.rz(-0.0, 0)
        digests.add(circuit_digest(circuit))
    zero = QuantumCircuit(1)
    zero.rx(1, 0)
    zero.rz(0, 0)
    assert digests == {circuit_digest(zero)}


def test_a_gate_counts_as_its_definition_and_not_as_its_name():
    head = 'OPENQASM 2.0; include "qelib1.inc";'
    one = parse_openqasm2(head + "gate bell a,b {h a; cx a,b;} qreg q[2]; bell q[1],q[0];")
    same = parse_openqasm2(head + "gate pair x,y {h x; cx x,y;} qreg q[2]; pair q[1],q[0];")
    other = parse_openqasm2(head + "gate bell a,b {h b; cx a,b;} qreg q[2]; bell q[1],q[0];")
    plain = parse_openqasm2(head + "qreg q[2]; h q[1]; cx q[1],q[0];")
    assert circuit_digest(one) == circuit_digest(same) == circuit_digest(plain)
    assert circuit_digest(other) != circuit_digest(one)


def test_a_users_gate_does_not_pass_for_a_builtin_of_its_name():
    head = 'OPENQASM 2.0; include "qelib1.inc";'
    one = parse_openqasm2(head + "gate unitary a {h a;} qreg q[1]; unitary q[0];")
    other = parse_openqasm2(head + "gate unitary a {x a;} qreg q[1]; unitary q[0];")
    assert circuit_digest(one) != circuit_digest(other)


def test_an_open_control_is_not_a_closed_one():
    closed, opened = QuantumCircuit(2), QuantumCircuit(2)
    closed.cx(0, 1)
    opened.cx(0, 1, ctrl_state=0)
    assert circuit_digest(closed) != circuit_digest(opened)


def test_matrices_count_by_their_entries():
    first, second = np.eye(2), np.diag([1, 1j])
    digests = set()
    for matrix in (first, second):
        circuit = QuantumCircuit(1)
        circuit.append(UnitaryGate(matrix), [0])
        digests.add(circuit_digest(circuit))
    assert len(digests) == 2


def branch(value: int = 1, qubit: int = 1, *, otherwise: bool = False) -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(2, "q"), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))
    circuit.measure(0, 2)
    with circuit.if_test((circuit.cregs[1], value)) as else_:
        circuit.x(qubit)
    if otherwise:
        with else_:
            circuit.y(qubit)
    circuit.measure(1, 0)
    return circuit


def test_conditions_and_branches_count():
    variants = [branch(), branch(value=2), branch(qubit=0), branch(otherwise=True)]
    assert len({circuit_digest(circuit) for circuit in variants}) == 4
    assert circuit_digest(branch()) == circuit_digest(branch())


@pytest.mark.parametrize("value", [float("inf"), float("nan"), Parameter("theta")])
def test_a_parameter_without_a_finite_value_has_no_digest(value):
    circuit = QuantumCircuit(1)
    circuit.rx(value, 0)
    with pytest.raises(NotCanonical, match="rx"):
        circuit_digest(circuit)


def test_another_process_finds_the_same_digest():
    program = (
        "from qiskit import QuantumCircuit; from qorum.circuits.digest import circuit_digest as d;"
        "c = QuantumCircuit(2, 2); c.rx(0.1, 0); c.cx(0, 1); c.measure([0, 1], [1, 0]); print(d(c))"
    )
    circuit = QuantumCircuit(2, 2)
    circuit.rx(0.1, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [1, 0])
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == circuit_digest(circuit)
