"""The canonical form: how each kind of operation is spelt, what is left out, and how much is too much."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Gate, Parameter
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import Initialize, StatePreparation, UnitaryGate

from qorum.circuits.definitions import MAX_OPERATIONS, NotCanonical
from qorum.circuits.digest import Step, canonical_steps, circuit_digest, digest_steps
from qorum.circuits.hidden import hide


def two_registers() -> QuantumCircuit:
    """Three qubits; bit 0, and bits 1 and 2 as a register."""
    return QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(1, "a"), ClassicalRegister(2, "b"))


def condition_of(circuit: QuantumCircuit) -> tuple[str, ...]:
    return canonical_steps(circuit)[-1].values


def conditioned(condition: object) -> QuantumCircuit:
    circuit = two_registers()
    with circuit.if_test(condition):  # type: ignore[call-overload]
        circuit.x(2)
    return circuit


def test_operations_are_spelt_with_their_operands_and_exact_parameters():
    circuit = two_registers()
    circuit.global_phase = 1.0
    circuit.rx(0.1, 2)
    circuit.append(QuantumCircuit(0, global_phase=0.3).to_gate(), [])
    circuit.cx(2, 0)
    circuit.delay(7, 1, unit="ns")
    circuit.barrier(0, 2)
    circuit.reset(1)
    circuit.measure(2, 1)
    assert canonical_steps(circuit) == [
        Step("rx", ((0.1).hex(),), (2,), ()),
        Step("cx", (), (2, 0), ()),
        Step("delay", ((7.0).hex(), "ns"), (1,), ()),
        Step("barrier", (), (0, 2), ()),
        Step("reset", (), (1,), ()),
        Step("measure", (), (2,), (1,)),
    ]


def test_a_branch_is_spelt_with_its_condition_and_bodies():
    circuit = two_registers()
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.x(2)
    with otherwise:
        circuit.rz(-0.0, 1)
        circuit.measure(1, 2)
    (step,) = canonical_steps(circuit)
    assert (step.name, step.values) == ("if_else", ("bit 0==1",))
    assert set(step.qubits) == {1, 2}
    assert set(step.clbits) == {0, 2}
    assert step.bodies == (
        [Step("x", (), (2,), ())],
        [Step("rz", ((0.0).hex(),), (1,), ()), Step("measure", (), (1,), (2,))],
    )


def test_conditions_are_spelt_by_the_places_of_their_bits():
    a, b = two_registers().clbits[0], two_registers().cregs[1]
    first, register = expr.lift(a), expr.lift(b)
    spelt = {
        "bit 0==0": (a, 0),
        "bits [1, 2]==2": (b, 2),
        "bit 0": first,
        "BIT_NOT(bit 0)": expr.bit_not(a),
        "LESS(bits [1, 2],3)": expr.less(b, 3),
        "INDEX(bits [1, 2],1)": expr.index(b, 1),
        "LOGIC_AND(bit 0,EQUAL(bits [1, 2],1))": expr.logic_and(a, expr.equal(b, 1)),
        "Bool()(bits [1, 2])": expr.cast(register, types.Bool()),
    }
    for text, condition in spelt.items():
        assert condition_of(conditioned(condition)) == (text,)


def test_a_condition_on_a_variable_has_no_canonical_form():
    circuit = two_registers()
    given = circuit.add_input("given", types.Bool())
    with circuit.if_test(given):
        circuit.x(0)
    with pytest.raises(NotCanonical, match="conditions on measured bits expected"):
        circuit_digest(circuit)


def test_matrices_and_states_are_spelt_by_a_hash_of_their_entries():
    entries = np.diag([1, 1j])
    circuit = QuantumCircuit(1)
    circuit.append(UnitaryGate(entries), [0])
    hashed = hashlib.sha256((entries.astype(np.complex128) + 0.0).tobytes()).hexdigest()
    assert canonical_steps(circuit) == [Step("unitary", (hashed,), (0,), ())]
    circuit.append(StatePreparation("-"), [0])
    assert canonical_steps(circuit)[1].values == ("'-'",)


def test_the_sign_of_zero_is_no_part_of_a_matrix():
    digests = set()
    for entries in (np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, -0.0], [-0.0, 1.0]])):
        circuit = QuantumCircuit(1)
        circuit.append(UnitaryGate(entries), [0])
        digests.add(circuit_digest(circuit))
    assert len(digests) == 1


def test_amplitudes_that_are_no_numbers_are_refused():
    circuit = QuantumCircuit(1)
    gate = UnitaryGate(np.eye(2))
    gate.params = [np.array([[math.inf, 0], [0, 1]], dtype=complex)]
    circuit.append(gate, [0])
    with pytest.raises(NotCanonical, match="finite amplitudes expected"):
        circuit_digest(circuit)


@pytest.mark.parametrize(
    ("value", "complaint"), [(10**400, "found inf"), (Parameter("x"), "give the parameter")]
)
def test_parameters_that_no_float_holds_are_refused(value: object, complaint: str):
    circuit = QuantumCircuit(1)
    circuit.rx(0.0, 0)
    gate = circuit.data[0].operation.to_mutable()  # Qiskit's own gate refuses the number by itself
    gate.params = [value]
    circuit.data[0] = circuit.data[0].replace(operation=gate)
    with pytest.raises(NotCanonical, match=complaint):
        circuit_digest(circuit)


def test_loops_and_undefined_gates_are_refused_by_their_names():
    looping = two_registers()
    with looping.while_loop((looping.clbits[0], 1)):
        looping.x(0)
    with pytest.raises(NotCanonical, match="gates, measure, reset and if expected, found while_loop"):
        circuit_digest(looping)


def own_gate(circuit: QuantumCircuit) -> None:
    half = QuantumCircuit(1, name="half")
    half.h(0)
    circuit.append(half.to_gate(), [0])


def into_a_variable(circuit: QuantumCircuit) -> None:
    circuit.add_var("kept", expr.lift(False))


def into_a_variable_beside_an_own_gate(circuit: QuantumCircuit) -> None:
    own_gate(circuit)
    into_a_variable(circuit)


def into_a_bit(circuit: QuantumCircuit) -> None:
    circuit.store(circuit.clbits[0], True)


def in_a_branch(circuit: QuantumCircuit) -> None:
    given = circuit.add_input("given", types.Bool())
    with circuit.if_test((circuit.clbits[0], 1)):
        own_gate(circuit)
        circuit.store(given, True)


def in_a_definition(circuit: QuantumCircuit) -> None:
    storing = QuantumCircuit(1, 1)
    storing.store(storing.clbits[0], True)
    circuit.append(storing.to_instruction(), [1], [2])


@pytest.mark.parametrize(
    "store",
    [into_a_variable, into_a_variable_beside_an_own_gate, into_a_bit, in_a_branch, in_a_definition],
)
def test_what_stores_is_refused_by_that_name(store: Callable[[QuantumCircuit], None]):
    circuit = two_registers()
    store(circuit)
    with pytest.raises(NotCanonical, match="expected, found store"):
        circuit_digest(circuit)


def test_a_gate_that_nothing_defines_is_refused_by_its_name():
    circuit = QuantumCircuit(1)
    circuit.append(Gate("mystery", 1, []), [0])
    with pytest.raises(NotCanonical, match="a gate with a definition expected, found 'mystery' without one"):
        circuit_digest(circuit)


def test_a_digest_stays_the_same_across_releases():
    circuit = two_registers()
    circuit.rx(0.1, 2)
    circuit.measure(2, 1)
    with circuit.if_test((circuit.cregs[1], 2)):
        circuit.x(0)
    text = (
        f"qorum circuit 1 3 3\nrx('{(0.1).hex()}',)(2,)()\nmeasure()(2,)(1,)\n"
        "if_else('bits [1, 2]==2',)(0,)(1, 2)\n{\nx()(0,)()\n}"
    )
    assert circuit_digest(circuit) == hashlib.sha256(text.encode()).hexdigest()


def test_hidden_bits_count_and_none_are_not_told():
    circuit = QuantumCircuit(1, 2)
    circuit.measure(0, 1)
    steps = canonical_steps(circuit)
    assert circuit_digest(circuit) == digest_steps(1, 2, steps) == digest_steps(1, 2, steps, 0)
    hide(circuit, 1)
    assert circuit_digest(circuit) == digest_steps(1, 2, steps, 1) != digest_steps(1, 2, steps)


# Of the most that a circuit may hold, a matrix on k qubits is 4^k operations: these leave room for four.
ALMOST = (8, 7, 7, 5, 4, 4, 3, 3, 2, 1, 1, 1)


def almost_full() -> QuantumCircuit:
    assert sum(4**width for width in ALMOST) == MAX_OPERATIONS - 4
    circuit = QuantumCircuit(8, 1)
    for width in ALMOST:
        circuit.append(UnitaryGate(np.eye(2**width)), range(width))
    return circuit


def gates(circuit: QuantumCircuit, count: int) -> None:
    for _ in range(count):
        circuit.x(0)


def measurements(circuit: QuantumCircuit, count: int) -> None:
    for _ in range(count):
        circuit.measure(0, 0)


def branch(circuit: QuantumCircuit, count: int) -> None:
    with circuit.if_test((circuit.clbits[0], 1)):
        gates(circuit, count - 1)


def state_of_one_qubit(circuit: QuantumCircuit, count: int) -> None:
    gates(circuit, count - 4)
    circuit.append(StatePreparation([0, 1]), [0])


@pytest.mark.parametrize("fill", [gates, measurements, branch, state_of_one_qubit])
def test_a_circuit_may_be_full_but_not_fuller(fill):
    circuit = almost_full()
    fill(circuit, 4)
    assert len(circuit_digest(circuit)) == 64
    fuller = almost_full()
    fill(fuller, 5)
    with pytest.raises(NotCanonical, match="at most 100,000 operations"):
        circuit_digest(fuller)


def test_a_state_counts_as_twice_its_amplitudes():
    circuit = almost_full()
    circuit.append(StatePreparation([0, 1, 0, 0]), [0, 1])
    with pytest.raises(NotCanonical, match="at most 100,000 operations"):
        circuit_digest(circuit)


def test_an_initialization_is_the_reset_and_state_that_it_is_defined_as():
    circuit = QuantumCircuit(1)
    circuit.append(Initialize([0, 1]), [0])
    assert [step.name for step in canonical_steps(circuit)] == ["reset", "state_preparation"]
