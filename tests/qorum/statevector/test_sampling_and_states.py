"""The PyTorch engine against Qiskit's own statevector, and against arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, transpile
from qiskit.circuit import Parameter
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Statevector

from qorum.circuits.native import ideal_target
from qorum.errors import CircuitRejected
from qorum.statevector.program import lower
from qorum.statevector.simulate import sample, statevector

NOT_UNITARY = {"measure", "reset", "delay", "global_phase"}


def compiled(circuit: QuantumCircuit) -> QuantumCircuit:
    return transpile(circuit, target=ideal_target(dynamic=True), optimization_level=1, seed_transpiler=3)


@pytest.mark.parametrize("name", sorted(set(get_standard_gate_name_mapping()) - NOT_UNITARY))
@pytest.mark.parametrize("operands", [(0, 1, 2, 3), (3, 1, 0, 2), (4, 2, 3, 1)])
def test_each_gate_is_qiskits_phase_included(name: str, operands: tuple[int, ...]) -> None:
    gate = get_standard_gate_name_mapping()[name].to_mutable()
    gate.params = [0.7 + 0.4 * place for place, _ in enumerate(gate.params)]
    circuit = QuantumCircuit(5)
    for qubit in range(5):
        circuit.u(0.3 + qubit, 0.2, 0.1 * qubit, qubit)
    circuit.append(gate, operands[: gate.num_qubits])
    exact = Statevector(circuit).data
    assert np.allclose(statevector(circuit, dtype=torch.complex128).numpy(), exact, atol=1e-14)


@settings(max_examples=40, deadline=None)
@given(num_qubits=st.integers(1, 8), depth=st.integers(1, 8), seed=st.integers(0, 10**6))
def test_random_circuits_have_qiskits_state(num_qubits: int, depth: int, seed: int) -> None:
    circuit = compiled(random_circuit(num_qubits, depth, max_operands=min(3, num_qubits), seed=seed))
    exact = Statevector(circuit).data
    assert np.allclose(statevector(circuit, dtype=torch.complex128).numpy(), exact, atol=1e-13)
    assert np.allclose(statevector(circuit).numpy(), exact, atol=1e-5)


def test_a_state_that_depends_on_a_measurement_is_refused() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    circuit.h(0)
    with pytest.raises(CircuitRejected, match="mid-circuit measurement"):
        statevector(circuit)


def test_final_measurements_are_taken_together_and_others_are_not() -> None:
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.cx(1, 2)
    circuit.measure(1, 1)
    circuit.x(1)
    circuit.measure(1, 2)
    program = lower(circuit)
    assert [(m.qubit, m.clbit) for m in program.readout] == [(0, 0), (1, 2)]
    assert [type(step).__name__ for step in program.steps] == ["Gate", "Gate", "Measurement", "Gate"]


def test_a_later_measurement_overwrites_an_earlier_one() -> None:
    circuit = QuantumCircuit(2, 1)
    circuit.x(0)
    circuit.measure([0, 1], [0, 0])
    assert sample(circuit, 50, 1) == {"0": 50}
    kept_between = QuantumCircuit(2, 1)
    kept_between.measure(1, 0)
    kept_between.measure(0, 0)
    kept_between.x(0)
    kept_between.measure(0, 0)
    assert sample(kept_between, 50, 1) == {"1": 50}


def test_keys_wider_than_a_machine_word_keep_their_order() -> None:
    circuit = QuantumCircuit(2, 130)
    circuit.x(1)
    circuit.measure([0, 1], [5, 129])
    assert sample(circuit, 9, 1) == {"1" + "0" * 129: 9}


def test_circuits_without_clbits_have_the_empty_key() -> None:
    assert sample(QuantumCircuit(2), 5, 1) == {"": 5}


def test_impossible_outcomes_are_never_drawn() -> None:
    """A GHZ state of 12 qubits: 4,094 of its 4,096 outcomes have probability zero."""
    circuit = QuantumCircuit(12)
    circuit.h(0)
    for qubit in range(11):
        circuit.cx(qubit, qubit + 1)
    circuit.measure_all()
    histogram = sample(circuit, 200_000, 2)
    assert set(histogram) == {"0" * 12, "1" * 12}
    assert abs(histogram["1" * 12] - 100_000) < 6 * 224


def test_branches_have_the_exact_joint_distribution() -> None:
    """Five rounds of a turn, a measurement, and a turn of |0> if it was 1; probabilities by hand."""
    circuit = QuantumCircuit(1, 5)
    exact = {"": 1.0}
    for bit in range(5):
        angle = 0.9 + 0.2 * bit
        circuit.ry(angle, 0)
        circuit.measure(0, bit)
        with circuit.if_test((bit, 1)):
            circuit.x(0)
            circuit.ry(0.6, 0)
        ones = {key: np.sin((angle + 0.6 * key.startswith("1")) / 2) ** 2 for key in exact}
        exact = {f"1{key}": p * ones[key] for key, p in exact.items()} | {
            f"0{key}": p * (1 - ones[key]) for key, p in exact.items()
        }
    shots = 40_000
    histogram = sample(circuit, shots, 4)
    assert sum(histogram.values()) == shots
    chi_square = sum((histogram.get(key, 0) - shots * p) ** 2 / (shots * p) for key, p in exact.items())
    assert chi_square < 95  # 31 degrees of freedom: exceeded with probability 2e-8


def test_nested_blocks_see_the_bits_they_are_given() -> None:
    q, a = QuantumRegister(3), ClassicalRegister(2, "a")
    circuit = QuantumCircuit(q, a, ClassicalRegister(1, "b"))
    circuit.x([0, 1])
    circuit.measure([0, 1], a)
    with circuit.if_test((a[0], 1)):
        circuit.x(2)
        with circuit.if_test((a, 2)) as otherwise:
            circuit.x(2)
        with otherwise:
            circuit.reset(0)
    circuit.measure([2, 0], [2, 0])
    assert sample(circuit, 10, 1) == {"110": 10}


A = 0b101
B = 0b011


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (lambda a, b: expr.equal(expr.bit_and(a, b), 0b001), True),
        (lambda a, b: expr.equal(expr.bit_or(a, b), 0b111), True),
        (lambda a, b: expr.equal(expr.bit_xor(a, b), 0b111), False),
        (lambda a, b: expr.less(a, b), False),
        (lambda a, b: expr.greater_equal(a, b), True),
        (lambda a, b: expr.equal(expr.bit_not(a), 0b010), True),
        (lambda a, b: expr.logic_and(a[1], expr.not_equal(a, b)), False),
        (lambda a, b: expr.logic_or(expr.logic_not(a[1]), b[2]), True),
        (lambda a, b: expr.equal(expr.shift_left(a, 1), 0b010), True),
        (lambda a, b: expr.equal(expr.shift_right(a, 1), 0b010), True),
        (lambda a, b: expr.equal(expr.add(a, b), 0), True),
        (lambda a, b: expr.equal(expr.sub(b, a), 0b110), True),
        (lambda a, b: expr.index(b, 1), True),
        (lambda a, b: expr.index(b, 2), False),
        (lambda a, b: expr.cast(a, types.Bool()), True),
    ],
)
def test_classical_expressions_wrap_as_unsigned_integers(condition, holds: bool) -> None:
    q, a, b = QuantumRegister(4), ClassicalRegister(3, "a"), ClassicalRegister(3, "b")
    circuit = QuantumCircuit(q, a, b, ClassicalRegister(1, "out"))
    circuit.x([0, 2])
    circuit.measure([0, 1, 2], a)
    circuit.measure([0, 2, 1], b)
    with circuit.if_test(condition(a, b)):
        circuit.x(3)
    circuit.measure(3, 6)
    assert sample(circuit, 5, 1) == {f"{int(holds)}{B:03b}{A:03b}": 5}


def test_what_cannot_be_simulated_is_refused_by_name() -> None:
    free = QuantumCircuit(1)
    free.rx(Parameter("theta"), 0)
    with pytest.raises(CircuitRejected, match="theta"):
        sample(free, 1, 1)
    variable = QuantumCircuit(1, 1)
    flag = variable.add_var("flag", expr.lift(True))
    with variable.if_test(flag):
        variable.x(0)
    with pytest.raises(CircuitRejected, match="store"):
        sample(variable, 1, 1)
