"""Circuits run on pairs of real numbers: as right as on complex ones, and refused where they do not fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.circuit.library import MCPhaseGate, QFTGate, UnitaryGate, n_local, quantum_volume
from qiskit.quantum_info import Statevector, random_unitary

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.observables import PauliSum
from qorum.statevector.pairs import MOST_AMPLITUDES, PairEvolution, to_complex, to_pairs
from qorum.statevector.program import lower
from qorum.statevector.simulate import sample
from tests.qorum.statevector.circuits import free_circuits
from tests.qorum.statevector.pair_circuits import PairCircuit

CPU, META = torch.device("cpu"), torch.device("meta")
EXACT = 1e-5


def qft() -> QuantumCircuit:
    circuit = QuantumCircuit(8)
    circuit.x([0, 3])
    circuit.ry(0.7, [1, 6])
    circuit.append(QFTGate(8), range(8))
    return circuit.decompose("qft")


def grover() -> QuantumCircuit:
    """Oracle and diffusion by phases on all qubits, and on some of them."""
    circuit = QuantumCircuit(8, global_phase=0.4)
    circuit.h(range(8))
    for marked in (0b01101101, 0b10000110):
        flipped = [qubit for qubit in range(8) if not marked >> qubit & 1]
        circuit.x(flipped)
        circuit.append(MCPhaseGate(np.pi, 7), range(8))
        circuit.x(flipped)
        circuit.h(range(8))
        circuit.x(range(8))
        circuit.append(MCPhaseGate(2.1, 5), [7, 0, 2, 3, 5, 6])
        circuit.append(MCPhaseGate(np.pi, 7), range(8))
        circuit.x(range(8))
        circuit.h(range(8))
    return circuit


def reflections() -> QuantumCircuit:
    """Phases of product states, of all qubits and of five, in which the others are idle."""
    circuit = QuantumCircuit(8)
    circuit.ry(0.3, range(8))
    for qubits in (range(8), [1, 2, 4, 5, 7]):
        circuit.h(qubits)
        circuit.append(MCPhaseGate(0.9, len(qubits) - 1), list(qubits))
        circuit.h(qubits)
    return circuit


def permuted() -> QuantumCircuit:
    circuit = QuantumCircuit(8)
    circuit.ry(0.4, range(8))
    for qubit in range(8):
        circuit.swap(qubit, (3 * qubit + 1) % 8 if (3 * qubit + 1) % 8 != qubit else (qubit + 1) % 8)
        circuit.cx(qubit, (qubit + 3) % 8)
        circuit.ccx(qubit, (qubit + 1) % 8, (qubit + 2) % 8)
        circuit.t(qubit)
    circuit.append(UnitaryGate(random_unitary(8, seed=4)), [6, 1, 3])
    circuit.append(UnitaryGate(random_unitary(4, seed=5)), [0, 7])
    return circuit


def ansatz() -> QuantumCircuit:
    return n_local(8, ["ry", "rz"], "cx", "linear", reps=3)


FAMILIES: dict[str, Callable[[], QuantumCircuit]] = {
    "qft": qft,
    "grover": grover,
    "reflections": reflections,
    "permutations": permuted,
    "quantum volume": lambda: quantum_volume(8, 6, seed=1).decompose(),
    "one phase": lambda: QuantumCircuit(1, global_phase=1.2),
}


def parameters(circuit: QuantumCircuit, batch: int) -> torch.Tensor:
    random = np.random.default_rng(3)
    return torch.from_numpy(random.uniform(-7, 7, (batch, circuit.num_parameters)))


# Right


@pytest.mark.parametrize("family", FAMILIES)
def test_states_are_those_of_qiskit(family: str) -> None:
    circuit = FAMILIES[family]()
    states = PairCircuit(circuit, CPU).states()
    assert states.dtype == torch.complex64
    assert np.allclose(states[0].numpy(), Statevector(circuit).data, atol=EXACT)


@settings(max_examples=25, deadline=None)
@given(circuit=free_circuits())
def test_states_of_random_circuits_are_those_of_the_complex_engine(circuit: QuantumCircuit) -> None:
    values = parameters(circuit, 3)
    exact = Circuit(circuit, dtype=torch.complex128).states(values)
    found = PairCircuit(circuit, CPU).states(values)
    assert np.allclose(found.numpy(), exact.numpy(), atol=EXACT)
    assert np.allclose(PairCircuit(circuit, CPU).states(values[1]).numpy(), exact[1:2].numpy(), atol=EXACT)


@pytest.mark.parametrize("batch", [1, 4])
def test_batches_of_an_ansatz_have_the_states_of_the_complex_engine(batch: int) -> None:
    circuit = ansatz()
    values = parameters(circuit, batch)
    found = PairCircuit(circuit, CPU).states(values)
    assert found.shape == (batch, 256)
    exact = Circuit(circuit, dtype=torch.complex128).states(values)
    assert np.allclose(found.numpy(), exact.numpy(), atol=EXACT)


@pytest.mark.parametrize("family", FAMILIES)
def test_any_pairs_evolve_as_complex_states_do_and_are_kept(family: str) -> None:
    circuit = FAMILIES[family]()
    n = circuit.num_qubits
    states = torch.randn(3, 1 << n, dtype=torch.complex64, generator=torch.Generator().manual_seed(7))
    states /= states.norm(dim=1, keepdim=True)
    program = lower(circuit)
    evolution = PairEvolution(program.elements("any"), n, len(program.angles), device=CPU)
    given_pairs = to_pairs(states, CPU)
    before = given_pairs.clone()
    found = to_complex(evolution.onward(given_pairs, torch.tensor(program.angles.offsets)))
    for state, after in zip(states, found, strict=True):
        exact = Statevector(state.numpy()).evolve(circuit).data
        assert np.allclose(after.numpy(), exact, atol=EXACT)
    assert torch.equal(given_pairs, before)


def test_expectation_values_are_those_of_the_complex_engine() -> None:
    circuit = ansatz()
    observable = PauliSum.from_terms(8, [("XYZIIIII", 0.7), ("IIIIZZII", -0.4), ("IIYIIIXI", 1.1)])
    values = parameters(circuit, 2)
    exact = observable.expectation(Circuit(circuit, dtype=torch.complex128).states(values))
    found = PairCircuit(circuit, CPU).expectation(observable, values)
    assert found.dtype == torch.float64
    assert torch.allclose(found, exact, atol=EXACT)


@pytest.mark.parametrize("shots", [20, 4000])
def test_samples_follow_the_state_and_repeat_for_a_seed(shots: int) -> None:
    """Few shots are found one by one, many are drawn as counts of all outcomes."""
    circuit = qft()
    circuit.add_register(ClassicalRegister(9))
    circuit.measure([2, 5, 7], [8, 0, 3])
    circuit.measure([0, 1, 3, 4, 6], [1, 2, 4, 5, 6])
    planned = PairCircuit(circuit, CPU)
    found = planned.sample(shots, 11)
    assert found == planned.sample(shots, 11)
    assert found != planned.sample(shots, 12)
    assert sum(found.values()) == shots
    assert found == sample(circuit, shots, 11)


def test_a_circuit_that_measures_nothing_reads_zeros() -> None:
    assert PairCircuit(QuantumCircuit(2, 3), CPU).sample(5, 0) == {"000": 5}


# Refused


def test_more_amplitudes_than_apples_matrix_products_take_are_refused_before_they_are_made() -> None:
    planned = PairCircuit(QuantumCircuit(20), META)
    assert planned.pairs(torch.zeros(MOST_AMPLITUDES >> 20, 0)).shape == (128, 2, 1 << 20)
    with pytest.raises(CircuitRejected, match=r"at most 2\*\*27 amplitudes"):
        planned.pairs(torch.zeros((MOST_AMPLITUDES >> 20) + 1, 0))


def test_samples_of_several_states_at_once_are_refused() -> None:
    with pytest.raises(CircuitRejected, match="one set of parameters"):
        PairCircuit(QuantumCircuit(1), CPU).sample(5, 0, torch.zeros(2, 0))


def test_an_apple_gpu_that_is_not_there_is_refused() -> None:
    if torch.backends.mps.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(CircuitRejected, match="no device mps here"):
        PairCircuit(QuantumCircuit(1), torch.device("mps"))
