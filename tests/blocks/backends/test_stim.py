"""Stim: wide Clifford circuits at once, branches on measured bits however they are written."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import default_rng
from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.backends.stim_simulator import _one_by_one, _Together
from qorum.circuits.compilation import compile_circuit
from qorum.circuits.instructions import read_program
from qorum.errors import BackendFailed, InputRejected
from tests.work import at_most

STIM = load_backend("stim")


def ran(circuit: QuantumCircuit, shots: int = 1000, seed: int = 5) -> dict[str, int]:
    compiled = compile_circuit(circuit, STIM.profile().target, optimization_level=1, seed=0)
    return dict(STIM.run([compiled], shots, [seed])[0].histogram)


def teleported(one: bool) -> QuantumCircuit:
    """The state |1> or |0> from qubit 0 to qubit 2, by parities of measured bits."""
    circuit = QuantumCircuit(3, 3)
    if one:
        circuit.x(0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.z(2)
    circuit.measure(2, 2)
    return circuit


@pytest.mark.parametrize("one", [False, True])
def test_feedback_of_measured_bits_teleports(one: bool):
    circuit = teleported(one)
    assert _Together(read_program(circuit)).is_possible
    found = ran(circuit)
    assert {key[0] for key in found} == {str(int(one))}
    assert len(found) == 4


def test_a_condition_that_is_no_parity_runs_shot_by_shot():
    circuit = QuantumCircuit(4, 4)
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.clbits[0], 1)), circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.clbits[0], 0)) as otherwise:
        circuit.h(3)
        circuit.s(3)
        circuit.h(3)
    with otherwise:
        circuit.x(3)
    circuit.measure([2, 3], [2, 3])
    assert not _Together(read_program(circuit)).is_possible
    found = ran(circuit, 4000)
    assert all((key[1] == "1") == (key[2:] == "11") for key in found)
    assert all(key[0] == "1" for key in found if key[3] == "1")
    fair = sum(count for key, count in found.items() if key[3] == "0" and key[0] == "1")
    assert abs(fair - 1000) < 150
    assert found == ran(circuit, 4000)


def test_both_ways_give_one_distribution():
    program = read_program(teleported(True))
    together = _Together(program).sample(4000, 1).mean(axis=0)
    np.testing.assert_allclose(_one_by_one(program, 4000, 2).mean(axis=0), together, atol=0.05)


def test_an_else_branch_and_a_reset_bit_are_read_as_they_are():
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    with circuit.if_test((circuit.clbits[0], 0)) as otherwise:
        circuit.x(0)
    with otherwise:
        circuit.y(1)
    circuit.measure([0, 1], [0, 1])
    assert ran(circuit) == {"10": 1000}


def test_a_hundred_qubits_of_depth_twenty_are_sampled_without_a_call_for_a_shot():
    rng, circuit = default_rng(3), QuantumCircuit(100, 100)
    for _ in range(20):
        for qubit in range(100):
            (circuit.h, circuit.s, circuit.sx)[rng.integers(3)](qubit)
        order = rng.permutation(100).tolist()
        for one, other in zip(order[::2], order[1::2], strict=True):
            circuit.cx(one, other)
    circuit.measure(range(100), range(100))
    STIM.warm_up()
    with at_most(calls=100_000) as few:
        STIM.run([circuit], 100, [1])
    with at_most(calls=few.made + 30_000):
        counts = STIM.run([circuit], 30_000, [1])[0]
    assert counts.shots == 30_000


def test_what_is_not_clifford_is_refused_by_name():
    circuit = QuantumCircuit(1, 1)
    circuit.t(0)
    circuit.measure(0, 0)
    with pytest.raises(InputRejected, match="not a Clifford circuit"):
        ran(circuit)
    with pytest.raises(BackendFailed, match=r"one of the Clifford gates .* found t"):
        STIM.run([circuit], 10, [1])
