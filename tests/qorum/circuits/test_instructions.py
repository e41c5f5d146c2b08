import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Clbit, Parameter
from qiskit.circuit.classical import expr, types

from qorum.circuits.conditions import compile_condition
from qorum.circuits.instructions import read_program


def test_a_circuit_that_only_measures_at_the_end_is_static():
    circuit = QuantumCircuit(3, 2)
    circuit.h(0)
    circuit.measure(0, 1)
    circuit.barrier()
    circuit.rx(0.5, 1)
    circuit.measure(1, 0)
    circuit.measure(0, 0)
    program = read_program(circuit)
    assert program.static
    assert [(step.name, step.params, step.qubits) for step in program.gates] == [
        ("h", (), (0,)),
        ("rx", (0.5,), (1,)),
    ]
    assert program.measured == {1: 0, 0: 0}


@pytest.mark.parametrize("last", ["x", "reset", "if_else"])
def test_what_meets_a_measured_qubit_makes_it_dynamic_and_the_tail_begins_behind(last):
    circuit = QuantumCircuit(2, 2)
    circuit.measure(0, 0)
    if last == "if_else":
        with circuit.if_test((circuit.clbits[0], 1)):
            circuit.x(1)
    else:
        getattr(circuit, last)(0)
    circuit.h(1)
    circuit.measure(1, 1)
    program = read_program(circuit)
    assert not program.static
    # The gate itself may stand in the tail, after the measurement that has to come first.
    assert program.tail == {"x": 1, "reset": 2, "if_else": 2}[last]
    assert program.measured == {1: 1}


def test_blocks_are_bound_by_position_and_nested_conditions_see_the_outer_bits():
    circuit = QuantumCircuit(3, 3)
    inner = QuantumCircuit(2, 2)
    inner.cx(1, 0)
    with inner.if_test((inner.clbits[1], 0)) as otherwise:
        inner.x(0)
    with otherwise:
        inner.z(1)
    circuit.if_test((circuit.clbits[2], 1), inner, [2, 0], [2, 1])
    (outer,) = read_program(circuit).instructions
    assert outer.chosen_body(0b000) == ()
    gate, nested = outer.chosen_body(0b100)
    assert (gate.name, gate.qubits) == ("cx", (0, 2))
    assert [(step.name, step.qubits) for step in nested.chosen_body(0b000)] == [("x", (2,))]
    assert [(step.name, step.qubits) for step in nested.chosen_body(0b010)] == [("z", (0,))]


def test_a_free_parameter_is_refused_by_name():
    circuit = QuantumCircuit(1)
    circuit.rx(Parameter("theta"), 0)
    with pytest.raises(TypeError, match=r"rx: .*theta"):
        read_program(circuit)


REGISTER = ClassicalRegister(3, "c")
CLBIT = Clbit()
PLACES = {CLBIT: 1, REGISTER[0]: 4, REGISTER[1]: 0, REGISTER[2]: 2}


@pytest.mark.parametrize(
    ("condition", "python"),
    [
        ((CLBIT, True), lambda bit, reg: bit == 1),
        ((CLBIT, 0), lambda bit, reg: bit == 0),
        ((REGISTER, 5), lambda bit, reg: reg == 5),
        (expr.logic_not(CLBIT), lambda bit, reg: not bit),
        (expr.lift(REGISTER[2]), lambda bit, reg: reg & 4),
        (expr.logic_and(CLBIT, expr.less(REGISTER, 3)), lambda bit, reg: bit and reg < 3),
        (expr.logic_or(CLBIT, expr.greater_equal(REGISTER, 6)), lambda bit, reg: bit or reg >= 6),
        (expr.equal(expr.bit_not(REGISTER), 2), lambda bit, reg: reg ^ 7 == 2),
        (expr.not_equal(expr.bit_xor(REGISTER, 6), 1), lambda bit, reg: reg ^ 6 != 1),
        (expr.equal(expr.shift_left(REGISTER, 1), 4), lambda bit, reg: reg << 1 & 7 == 4),
        (expr.cast(REGISTER, types.Bool()), lambda bit, reg: reg != 0),
        (expr.index(REGISTER, 1), lambda bit, reg: reg & 2),
    ],
)
def test_a_condition_holds_exactly_where_its_meaning_says(condition, python):
    holds = compile_condition(condition, PLACES)
    for bits in range(32):
        register = (bits >> 4 & 1) | (bits & 1) << 1 | (bits >> 2 & 1) << 2
        assert holds(bits) == bool(python(bits >> 1 & 1, register)), bin(bits)


def test_a_condition_on_a_variable_is_refused():
    variable = expr.Var.new("counter", types.Uint(8))
    with pytest.raises(TypeError, match="counter"):
        compile_condition(expr.equal(variable, 3), PLACES)


def test_a_register_that_shares_its_bits_is_read_through_them():
    bits = [Clbit(), Clbit()]
    circuit = QuantumCircuit(QuantumRegister(1), bits, ClassicalRegister(bits=bits[::-1], name="back"))
    with circuit.if_test((circuit.cregs[0], 1)):
        circuit.x(0)
    (step,) = read_program(circuit).instructions
    assert len(step.chosen_body(0b10)) == 1
    assert step.chosen_body(0b01) == ()
