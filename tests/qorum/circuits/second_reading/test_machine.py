"""The exact machine: what it says of a program is what quantum mechanics says."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.classical import expr, types
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import DensityMatrix, Statevector

from qorum.circuits.second_reading.circuit_program import NotPlayed, circuit_program
from qorum.circuits.second_reading.machine import TooLarge, distribution, explore


def close(found, right):
    return all(abs(found.get(key, 0) - right.get(key, 0)) < 1e-9 for key in {*found, *right})


@pytest.mark.parametrize("seed", range(12))
def test_static_circuits_have_the_distribution_of_their_state_vector(seed):
    circuit = random_circuit(4, 7, seed=seed)
    right = Statevector(circuit).probabilities_dict()
    circuit.measure_all()
    assert close(distribution(circuit_program(circuit)), right)


@pytest.mark.parametrize("seed", range(6))
def test_a_measured_control_acts_as_a_quantum_one_does(seed):
    """Deferred measurement: an `if` on a bit gives what a controlled gate on an ancilla gives."""
    first, second = (random_circuit(3, 4, seed=[seed, part][part]) for part in (0, 1))
    decided = QuantumCircuit(3, 4)
    decided.compose(first, inplace=True)
    decided.measure(0, 0)
    with decided.if_test((decided.clbits[0], 1)):
        decided.compose(second, inplace=True)
    decided.measure(range(3), [1, 2, 3])

    deferred = QuantumCircuit(4)
    deferred.compose(first, inplace=True)
    deferred.cx(0, 3)
    deferred.append(second.to_gate().control(1), [3, 0, 1, 2])
    kept = DensityMatrix(deferred).probabilities_dict([3, 0, 1, 2])
    assert close(distribution(circuit_program(decided)), kept)


def test_what_nobody_reads_splits_nothing():
    circuit = QuantumCircuit(10, 10)
    circuit.h(range(10))
    circuit.measure(range(10), range(10))
    assert len(explore(circuit_program(circuit))) == 1


def test_control_flow_and_variables_do_what_they_say():
    bits = ClassicalRegister(3, "c")
    circuit = QuantumCircuit(QuantumRegister(2), bits)
    turns = circuit.add_var("turns", expr.lift(0, types.Uint(8)))
    circuit.x(0)
    with circuit.while_loop(expr.less(turns, 3)):
        circuit.store(turns, expr.add(turns, 1))
        circuit.x(0)
        with circuit.if_test(expr.equal(turns, 2)):
            circuit.break_loop()
    circuit.measure(0, 0)  # x three times: 1
    with circuit.switch(bits) as case:
        with case(1, 2):
            circuit.x(1)
        with case(case.DEFAULT):
            circuit.reset(1)
    with circuit.for_loop(range(3)):
        circuit.rx(np.pi / 3, 1)
    circuit.measure(1, 2)
    assert close(distribution(circuit_program(circuit)), {"001": 1.0})


def test_a_reset_forgets_and_two_measurements_agree():
    circuit = QuantumCircuit(1, 3)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.measure(0, 1)
    circuit.reset(0)
    circuit.measure(0, 2)
    assert close(distribution(circuit_program(circuit)), {"000": 0.5, "011": 0.5})


def test_idle_qubits_do_not_count_and_many_busy_ones_are_too_many():
    wide = QuantumCircuit(200, 1)
    wide.h(150)
    wide.measure(150, 0)
    assert close(distribution(circuit_program(wide)), {"0": 0.5, "1": 0.5})
    wide.h(range(11))
    with pytest.raises(TooLarge, match="10 qubits"):
        distribution(circuit_program(wide))


def test_a_program_without_end_is_given_up():
    circuit = QuantumCircuit(1, 1)
    with circuit.while_loop((circuit.clbits[0], 0)):
        circuit.measure(0, 0)
    with pytest.raises(TooLarge, match="steps"):
        distribution(circuit_program(circuit))


def test_what_has_no_meaning_is_not_played():
    circuit = QuantumCircuit(1)
    circuit.append(type("Odd", (circuit.to_instruction().__class__,), {})("odd", 1, 0, []), [0])
    with pytest.raises(NotPlayed, match="odd"):
        distribution(circuit_program(circuit))
