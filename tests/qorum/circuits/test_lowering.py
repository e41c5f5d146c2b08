"""Control flow and variables are worked out without a change of what is sampled."""

from __future__ import annotations

import random

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Instruction, Parameter, Qubit
from qiskit.circuit.classical import expr, types

from qorum.circuits.accepted import AcceptedCircuit, decode, encode
from qorum.circuits.hidden import hidden_bits
from qorum.circuits.intake import check_circuit
from qorum.circuits.lowering import MAX_ROUNDS
from qorum.errors import CircuitRejected
from tests.qorum.circuits.branching import branching, shown
from tests.qorum.circuits.exact import distance


def accepted(circuit: QuantumCircuit, hidden: int = 0) -> AcceptedCircuit:
    """As it comes back from the store."""
    found = check_circuit("given", circuit, source="", language="qiskit", hidden=hidden)
    return decode(encode(found))


def same(circuit: QuantumCircuit) -> AcceptedCircuit:
    found = accepted(circuit)
    assert distance(shown(found), branching(circuit)) < 1e-9
    assert not {"while_loop", "for_loop", "switch_case", "box", "store"} & set(found.circuit.count_ops())
    return found


def coin(circuit: QuantumCircuit, bit: int = 0) -> None:
    circuit.h(0)
    circuit.measure(0, bit)


def test_a_loop_until_success_succeeds_and_says_where_it_is_cut_off():
    circuit = QuantumCircuit(1, 1)
    coin(circuit)
    with circuit.while_loop((circuit.clbits[0], 0)):
        coin(circuit)
    found = accepted(circuit)
    assert shown(found)["1"] == pytest.approx(1.0, abs=1e-9)
    assert any(f"at most {MAX_ROUNDS} rounds" in warning for warning in found.spec.warnings)


def test_break_and_continue_leave_what_follows_them_out():
    circuit = QuantumCircuit(2, 2)
    with circuit.for_loop(range(3)):
        coin(circuit)
        with circuit.if_test((0, 1)):
            circuit.break_loop()
        circuit.ry(0.7, 1)
        coin(circuit)
        with circuit.if_test((0, 1)):
            circuit.continue_loop()
        circuit.ry(0.4, 1)
    circuit.measure(1, 1)
    same(circuit)


def test_a_variable_remembers_a_bit_that_is_measured_anew():
    circuit = QuantumCircuit(2, 2)
    seen = circuit.add_var("seen", expr.lift(False))
    coin(circuit)
    circuit.store(seen, circuit.clbits[0])
    coin(circuit)
    with circuit.if_test(seen):
        circuit.x(1)
    circuit.measure(1, 1)
    assert hidden_bits(same(circuit).circuit) == 1


def test_a_variable_counts_over_rounds_and_wraps():
    circuit = QuantumCircuit(2, 2)
    count = circuit.add_var("count", expr.lift(0, types.Uint(2)))
    with circuit.for_loop(range(5)):
        coin(circuit)
        circuit.store(count, expr.add(count, expr.cast(circuit.clbits[0], types.Uint(2))))
    with circuit.if_test(expr.equal(count, 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    same(circuit)


def test_a_stored_bit_stands_in_the_histogram():
    circuit = QuantumCircuit(1, 3)
    coin(circuit)
    circuit.store(circuit.clbits[1], expr.logic_not(circuit.clbits[0]))
    circuit.store(circuit.clbits[2], expr.lift(True))
    assert shown(same(circuit)) == pytest.approx({"110": 0.5, "101": 0.5})


def test_conditions_that_not_every_simulator_evaluates_become_plain_ones():
    register = ClassicalRegister(3, "a")
    circuit = QuantumCircuit(QuantumRegister(4, "q"), register, ClassicalRegister(1, "b"))
    circuit.h([0, 1, 2])
    circuit.measure([0, 1, 2], [0, 1, 2])
    shifted = expr.equal(expr.shift_right(register, 1), 1)
    summed = expr.equal(expr.add(register, expr.lift(3, types.Uint(3))), 1)
    for condition in (shifted, summed, expr.index(register, 2)):
        with circuit.if_test(condition):
            circuit.ry(0.6, 3)
    circuit.measure(3, 3)
    found = same(circuit)
    written = [step.operation.condition for step in found.circuit.data if step.name == "if_else"]
    known = {"LOGIC_AND", "LOGIC_OR", "BIT_XOR", "LOGIC_NOT"}
    assert all(isinstance(one, tuple) or one.op.name in known for one in written)


def test_a_condition_on_a_whole_wide_register_stays():
    register = ClassicalRegister(20, "wide")
    circuit = QuantumCircuit(QuantumRegister(2, "q"), register)
    coin(circuit)
    with circuit.if_test((register, 1)):
        circuit.x(1)
    circuit.measure(1, 19)
    assert shown(accepted(circuit)) == pytest.approx({"0" * 20: 0.5, "1" + "0" * 18 + "1": 0.5})


def test_registers_that_share_bits_are_read_as_such():
    bits = [Clbit() for _ in range(3)]
    low, high = ClassicalRegister(bits=bits[:2], name="low"), ClassicalRegister(bits=bits[1:], name="high")
    circuit = QuantumCircuit([Qubit() for _ in range(3)], bits, low, high)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((high, 1)):
        circuit.x(2)
    circuit.measure(2, 2)
    same(circuit)


def test_a_loop_variable_turns_and_a_switch_takes_its_default():
    circuit = QuantumCircuit(2, 3)
    angle = Parameter("angle")
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.for_loop([0, 2, 1], angle):
        circuit.ry(0.3 * angle, 0)
    with circuit.switch(circuit.cregs[0]) as case:
        with case(0, 3):
            circuit.x(0)
        with case(case.DEFAULT):
            circuit.ry(0.9, 0)
    circuit.measure(0, 2)
    same(circuit)


def test_instructions_steer_by_the_bits_they_are_given():
    probe = QuantumCircuit(2, 1, name="probe")
    probe.measure(0, 0)
    with probe.if_test((0, 1)):
        probe.x(1)
    circuit = QuantumCircuit(2, 3)
    circuit.h(0)
    instruction = Instruction("probe", 2, 1, [])
    instruction.definition = probe
    circuit.append(instruction, [0, 1], [2])
    circuit.measure(1, 1)
    assert shown(accepted(circuit)) == pytest.approx({"000": 0.5, "110": 0.5})


def test_what_cannot_be_worked_out_is_refused_in_words():
    inputs = QuantumCircuit(1, 1)
    angle = inputs.add_input("angle", types.Bool())
    with inputs.if_test(angle):
        inputs.x(0)
    inputs.measure(0, 0)
    endless = QuantumCircuit(1, 1)
    endless.measure(0, 0)
    flag = endless.add_var("flag", expr.lift(True))
    with endless.while_loop(flag):
        endless.x(0)
    wide = QuantumCircuit(14, 15)
    wide.measure(range(14), range(14))
    total = wide.add_var("total", expr.lift(0, types.Uint(14)))
    for bit in wide.clbits[:14]:
        wide.store(total, expr.add(total, expr.cast(bit, types.Uint(14))))
    for circuit, words in ((inputs, "angle"), (endless, "100,000 operations"), (wide, "12 measured bits")):
        with pytest.raises(CircuitRejected, match=words):
            accepted(circuit)


@pytest.mark.parametrize("seed", range(60))
def test_random_control_flow_samples_what_it_says(seed: int):
    generator = random.Random(seed)
    registers = ClassicalRegister(2, "a"), ClassicalRegister(1, "b")
    circuit = QuantumCircuit(QuantumRegister(2, "q"), *registers)
    flag = circuit.add_var("flag", expr.lift(False))
    _fill(generator, circuit, flag, depth=2, in_loop=False)
    circuit.measure([0, 1], [0, 1])
    same(circuit)


def _fill(
    generator: random.Random, circuit: QuantumCircuit, flag: expr.Var, depth: int, in_loop: bool
) -> None:
    for _ in range(generator.randint(1, 3)):
        kind, qubit, bit = generator.random(), generator.randrange(2), generator.choice(circuit.clbits)
        if kind < 0.3:
            circuit.ry(generator.choice([0.4, 1.1, 2.0]), qubit)
            circuit.cx(qubit, 1 - qubit)
        elif kind < 0.5:
            circuit.measure(qubit, bit)
        elif kind < 0.6:
            circuit.store(flag, expr.bit_xor(flag, bit))
        elif depth == 0:
            circuit.reset(qubit)
        elif kind < 0.75:
            condition = generator.choice([flag, (bit, 1), (circuit.cregs[0], 2), expr.logic_not(flag)])
            with circuit.if_test(condition) as otherwise:
                _fill(generator, circuit, flag, depth - 1, in_loop)
            with otherwise:
                circuit.x(qubit)
        elif in_loop and kind < 0.88:
            with circuit.if_test(generator.choice([flag, (bit, 1)])):
                circuit.break_loop() if kind < 0.82 else circuit.continue_loop()
        elif not in_loop:
            with circuit.for_loop(range(2)):
                _fill(generator, circuit, flag, depth - 1, True)
