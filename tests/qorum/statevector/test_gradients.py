"""Gradients of energies: the adjoint method against autograd, whatever the plan is made of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import MCPhaseGate, efficient_su2, real_amplitudes
from qiskit.quantum_info import SparsePauliOp, Statevector, random_unitary

from qorum.errors import CircuitRejected
from qorum.statevector.batches import energies, sample_batch
from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import Method, energy_and_gradient
from qorum.statevector.observables import PauliSum


def every_kind(n: int) -> QuantumCircuit:
    """Free angles in turns with fixed parts, phases of all widths, blocks, and behind wide phases."""
    circuit, p = QuantumCircuit(n), ParameterVector("p", 12)
    for qubit in range(n):
        circuit.h(qubit)
        circuit.rx(p[0], qubit)
    for qubit in range(n):
        circuit.u(p[1], 2 * p[2] + 0.3, p[3], qubit)
        circuit.h(qubit)
        if qubit % 2:
            circuit.x(qubit)
    for qubit in range(n - 1):
        circuit.rzz(p[4], qubit, qubit + 1)
        circuit.cp(p[5], qubit, qubit + 1)
        circuit.rxx(p[6], qubit, qubit + 1)
        circuit.crx(p[7], qubit, qubit + 1)
    if n >= 4:
        circuit.unitary(random_unitary(8, seed=3), [0, 2, 1])
        circuit.ry(p[8], 0)
    if n > 2:
        circuit.append(MCPhaseGate(p[9], n - 1), range(n))
    circuit.h(range(n))
    circuit.append(MCPhaseGate(p[9], n - 1), range(n)) if n > 2 else circuit.cz(0, 1)
    circuit.h(range(n))
    circuit.swap(0, n - 1)
    circuit.ry(p[10], range(n))
    circuit.rz(p[11], 0)
    circuit.h(0)
    circuit.global_phase = 0.4
    return circuit


def hamiltonian(n: int) -> SparsePauliOp:
    terms = [("ZZ", [i, i + 1], -1.0) for i in range(n - 1)] + [("X", [i], -1.0) for i in range(n)]
    return SparsePauliOp.from_sparse_list([*terms, ("Y", [0], 0.3)], n)


def ising(n: int) -> PauliSum:
    return PauliSum.from_qiskit(hamiltonian(n))


CIRCUITS = {
    "every kind": every_kind,
    "real": lambda n: real_amplitudes(n, reps=2, entanglement="circular"),
    "su2": lambda n: efficient_su2(n, reps=1, entanglement="full"),
}


@pytest.mark.parametrize("n", [2, 3, 5, 8, 10, 12, 13, 14, 17])
@pytest.mark.parametrize("kind", CIRCUITS)
def test_the_adjoint_method_gives_the_gradient_of_autograd(kind: str, n: int) -> None:
    circuit = Circuit(CIRCUITS[kind](n), dtype=torch.complex128)
    random = np.random.default_rng(n)
    for _ in range(2):  # the second run is in memory that the first one used
        values = random.uniform(-4, 4, circuit.num_parameters)
        energy, gradient = energy_and_gradient(circuit, ising(n), values)
        exact_energy, exact = energy_and_gradient(circuit, ising(n), values, method="autograd")
        assert energy == pytest.approx(exact_energy, abs=1e-12)
        assert np.allclose(gradient.numpy(), exact.numpy(), atol=1e-11)


@pytest.mark.parametrize("method", ["adjoint", "autograd", "shift"])
def test_every_method_agrees_with_finite_differences(method: Method) -> None:
    source, observable = every_kind(4), ising(4)
    circuit = Circuit(source, dtype=torch.complex128)
    values = np.linspace(-2, 2, circuit.num_parameters)
    operator = SparsePauliOp.from_sparse_list(
        [("ZZ", [i, i + 1], -1.0) for i in range(3)]
        + [("X", [i], -1.0) for i in range(4)]
        + [("Y", [0], 0.3)],
        4,
    )

    def energy(at: np.ndarray) -> float:
        return float(Statevector(source.assign_parameters(at)).expectation_value(operator).real)

    steps = 1e-5 * np.eye(len(values))
    exact = [(energy(values + step) - energy(values - step)) / 2e-5 for step in steps]
    found, gradient = energy_and_gradient(circuit, observable, values, method=method)
    assert found == pytest.approx(energy(values), abs=1e-12)
    assert np.allclose(gradient.numpy(), exact, atol=1e-8)


def test_single_precision_gradients_are_good_to_five_digits() -> None:
    values = np.linspace(-2, 2, 12)
    rough = energy_and_gradient(Circuit(every_kind(13)), ising(13), values)[1]
    exact = energy_and_gradient(Circuit(every_kind(13), dtype=torch.complex128), ising(13), values)[1]
    assert np.allclose(rough.numpy(), exact.numpy(), atol=2e-4)


def test_angles_that_nothing_depends_on_have_the_gradient_zero() -> None:
    circuit, p = QuantumCircuit(2), ParameterVector("p", 2)
    circuit.p(p[0], 0)
    circuit.ry(p[1], 1)
    gradient = energy_and_gradient(Circuit(circuit, dtype=torch.complex128), ising(2), [0.3, 0.4])[1]
    assert float(gradient[0]) == 0
    assert abs(float(gradient[1])) > 0.1


def test_a_batch_of_parameters_or_missing_qubits_are_refused() -> None:
    circuit = Circuit(every_kind(4))
    with pytest.raises(CircuitRejected, match="one set of parameters expected, found 2"):
        energy_and_gradient(circuit, ising(4), np.zeros((2, 12)))
    with pytest.raises(CircuitRejected, match="at most 4 qubits expected, found one on 5"):
        energy_and_gradient(circuit, ising(5), np.zeros(12))


@pytest.mark.parametrize("n", [4, 9, 13])
def test_energies_of_a_batch_are_those_of_its_members(n: int) -> None:
    circuit, observable = Circuit(every_kind(n), dtype=torch.complex128), ising(n)
    values = np.random.default_rng(1).uniform(-3, 3, (7, 12))
    together = energies(circuit, observable, values)
    alone = [energy_and_gradient(circuit, observable, row)[0] for row in values]
    assert np.allclose(together.numpy(), alone, atol=1e-12)


def test_counts_of_a_batch_are_distributed_as_its_states_say() -> None:
    circuit = Circuit(real_amplitudes(4, reps=1))
    values = np.random.default_rng(2).uniform(-3, 3, (300, circuit.num_parameters))
    shots = 2000
    counts = sample_batch(circuit, values, shots, seed=5)
    assert counts.shape == (300, 16)
    assert (counts.sum(1) == shots).all()
    assert (counts == sample_batch(circuit, values, shots, seed=5)).all()
    exact = circuit.states(values).abs().square().double().numpy()
    expected = shots * exact / exact.sum(1, keepdims=True)
    seen = expected > 5
    chi_square = (((counts - expected) ** 2 / np.where(seen, expected, 1)) * seen).sum()
    freedom = seen.sum() - 300
    assert abs(chi_square - freedom) < 6 * np.sqrt(2 * freedom) + 300
