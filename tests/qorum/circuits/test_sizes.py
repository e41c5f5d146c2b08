"""Claims about a circuit's size."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit
from qiskit.circuit.library import MCPhaseGate, UnitaryGate, quantum_volume
from qiskit.quantum_info import random_unitary

from qorum.circuits.compilation import compile_circuit
from qorum.circuits.library import build
from qorum.circuits.native import ideal_target
from qorum.circuits.sizes import CircuitSize

TARGET = ideal_target(dynamic=True)


def compiled(circuit: QuantumCircuit) -> QuantumCircuit:
    return compile_circuit(circuit, TARGET, optimization_level=1, seed=0)


def test_a_block_is_what_stands_on_one_pair_with_no_other_qubit_between():
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.t(1)
    circuit.cx(1, 0)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.measure_all()
    assert CircuitSize.of(circuit) == CircuitSize(6, 3)


def test_a_lone_diagonal_gate_is_a_diagonal_block_and_two_on_one_pair_are_not():
    circuit = QuantumCircuit(3)
    circuit.cp(0.1, 0, 1)
    circuit.rzz(0.1, 1, 2)
    circuit.cz(0, 1)
    circuit.h(0)
    circuit.cz(0, 1)
    assert CircuitSize.of(circuit) == CircuitSize(5, 3, 2)


def test_qubits_that_are_turned_alone_are_blocks_and_idle_ones_are_not():
    circuit = QuantumCircuit(4, 4)
    circuit.h([0, 1, 2])
    circuit.cx(0, 1)
    circuit.barrier()
    circuit.measure(3, 3)
    assert CircuitSize.of(circuit) == CircuitSize(4, 2)


def test_matrices_have_the_blocks_and_about_the_gates_that_compilation_makes_of_them():
    circuit = quantum_volume(8, 10, seed=3)
    before, after = CircuitSize.of(circuit), CircuitSize.of(compiled(circuit))
    assert (before.blocks, before.diagonal_blocks) == (after.blocks, after.diagonal_blocks)
    assert before.gates == pytest.approx(after.gates, rel=0.05)


@pytest.mark.parametrize("make", ["wide", "matrix", "qft"])
def test_compilation_changes_the_size_little(make):
    circuit = QuantumCircuit(5)
    if make == "wide":
        circuit.h(range(5))
        circuit.append(MCPhaseGate(0.3, 4), range(5))
        circuit.ccx(0, 1, 2)
        circuit.crx(0.2, 3, 4)
    elif make == "matrix":
        circuit.append(UnitaryGate(random_unitary(8, seed=1)), [0, 2, 4])
    else:
        circuit = build("template:qft?num_qubits=5")
    before, after = CircuitSize.of(circuit), CircuitSize.of(compiled(circuit))
    assert before.gates == pytest.approx(after.gates, rel=0.5)
    assert before.blocks == pytest.approx(after.blocks, rel=0.5)


@pytest.mark.parametrize("num_qubits", [6, 8, 10])
def test_controlled_rotations_are_the_diagonal_blocks_that_compilation_makes_of_them(num_qubits):
    circuit = QuantumCircuit(num_qubits)
    circuit.append(MCPhaseGate(0.3, num_qubits - 1), range(num_qubits))
    before, after = CircuitSize.of(circuit), CircuitSize.of(compiled(circuit))
    assert (before.blocks, before.diagonal_blocks) == (after.blocks, after.diagonal_blocks)
    assert before.gates == pytest.approx(after.gates, rel=0.25)


def test_all_branches_count_and_a_loop_once():
    circuit = QuantumCircuit(2, 1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.cx(0, 1)
    with otherwise:
        circuit.cz(0, 1)
    with circuit.for_loop(range(100)):
        circuit.cx(0, 1)
    assert CircuitSize.of(circuit) == CircuitSize(3, 3, 1)
