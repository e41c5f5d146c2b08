"""Excitations as circuits: exact exponentials, counted and listed as chemistry does."""

from __future__ import annotations

from itertools import permutations
from math import comb

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter
from qiskit.quantum_info import Operator
from scipy.linalg import expm

from qorum.errors import InputRejected
from qorum.statevector.evolution import Circuit
from qorum.training.excitations import (
    FREQUENCIES,
    Excitation,
    generalized_singles_and_doubles,
    paired_doubles,
    singles_and_doubles,
)
from qorum.training.hamiltonians import hartree_fock_state
from tests.qorum.training.ansatze.problems import molecule

N = 6
LOWERING = np.array([[0.0, 1.0], [0.0, 0.0]])


def annihilator(index: int, parity: bool) -> np.ndarray:
    """Jordan-Wigner: Z on the qubits below; without parity the bare lowering operator."""
    below = np.diag([1.0, -1.0]) if parity else np.eye(2)
    found = np.eye(1)
    for qubit in reversed(range(N)):
        found = np.kron(found, LOWERING if qubit == index else below if qubit < index else np.eye(2))
    return found


def generator(excitation: Excitation) -> np.ndarray:
    lower = [annihilator(index, excitation.parity) for index in range(N)]
    factors = [lower[p].T for p in excitation.created] + [lower[p] for p in excitation.annihilated]
    product = np.linalg.multi_dot(factors)
    return product - product.T


@pytest.mark.parametrize("parity", [True, False])
@pytest.mark.parametrize("electrons", [1, 2])
def test_every_order_of_indices_gives_the_exact_exponential(electrons: int, parity: bool) -> None:
    theta, angle = Parameter("θ"), 0.37
    basis = torch.eye(2**N, dtype=torch.complex128)
    for indices in permutations(range(N), 2 * electrons):
        excitation = Excitation(indices[:electrons], indices[electrons:], parity)
        circuit = QuantumCircuit(N)
        excitation.append(circuit, theta)
        compiled = Circuit(circuit, dtype=torch.complex128)
        found = compiled.evolution.of(basis, torch.tensor([angle], dtype=torch.float64)).numpy().T
        dense = generator(excitation)
        # dense**3 = -dense: its eigenvalues are 0 and ±i.
        expected = np.eye(2**N) + np.sin(angle) * dense + (1 - np.cos(angle)) * dense @ dense
        assert np.abs(found - expected).max() < 1e-12, excitation


@pytest.mark.parametrize("excitation", [Excitation((4,), (1,)), Excitation((5, 0), (1, 3))])
def test_the_oracle_is_the_matrix_exponential(excitation: Excitation) -> None:
    dense, circuit = generator(excitation), QuantumCircuit(N)
    excitation.append(circuit, 0.83)
    assert np.abs(Operator(circuit).data - expm(0.83 * dense)).max() < 1e-12


def test_an_expectation_value_has_no_other_frequencies_than_said() -> None:
    assert FREQUENCIES == (1.0, 2.0)
    draw = np.random.default_rng(5)
    observable = draw.standard_normal((2**N, 2**N))
    state = draw.standard_normal(2**N)
    dense = generator(Excitation((4, 5), (0, 2)))
    values = []
    for angle in 2 * np.pi * np.arange(16) / 16:
        evolved = expm(angle * dense) @ state
        values.append(evolved @ (observable + observable.T) @ evolved)
    spectrum = np.abs(np.fft.rfft(values)) / np.linalg.norm(values)
    assert spectrum[3:].max() < 1e-12
    assert min(spectrum[1], spectrum[2]) > 1e-3


def test_the_cost_is_that_of_the_paper() -> None:
    circuit = QuantumCircuit(4)
    Excitation((2, 3), (0, 1)).append(circuit, 0.1)
    assert circuit.count_ops()["cx"] <= 14  # 13 in arXiv:2005.14475
    assert circuit.count_ops()["rz"] == 8


@pytest.mark.parametrize(
    ("created", "annihilated"), [((1,), (1,)), ((1, 2), (2, 3)), ((), ()), ((1,), (2, 3))]
)
def test_indices_that_no_electron_can_move_between_are_refused(
    created: tuple[int, ...], annihilated: tuple[int, ...]
) -> None:
    with pytest.raises(InputRejected, match="created and as many others annihilated expected"):
        Excitation(created, annihilated)


def test_the_lists_are_those_of_pennylane() -> None:
    import pennylane

    singles, doubles = pennylane.qchem.excitations(4, 10)
    state = hartree_fock_state(10, (2, 2), "interleaved")
    own_singles, own_doubles = singles_and_doubles(state, "interleaved")
    assert sorted([*one.annihilated, *one.created] for one in own_singles) == sorted(singles)
    assert sorted([*one.annihilated, *one.created] for one in own_doubles) == sorted(doubles)


def test_both_layouts_list_equally_many() -> None:
    for orbitals, particles in ((4, (2, 2)), (5, (2, 1)), (3, (3, 0))):
        counts = [
            [len(some) for some in singles_and_doubles(
                hartree_fock_state(2 * orbitals, particles, layout), layout)]
            for layout in ("interleaved", "blocked")
        ]  # fmt: skip
        single = [count * (orbitals - count) for count in particles]
        same = sum(comb(count, 2) * comb(orbitals - count, 2) for count in particles)
        assert counts == [[sum(single), same + single[0] * single[1]]] * 2


def test_generalized_lists_have_each_pair_once() -> None:
    singles, doubles = generalized_singles_and_doubles(6, "blocked")
    assert len(singles) == 2 * comb(3, 2)
    # Opposite spins: 9 pairs, less those that share an orbital; equal spins have none without sharing.
    assert len(doubles) == 9 * 4 // 2
    assert len({frozenset((one.created, one.annihilated)) for one in doubles}) == len(doubles)
    assert {(one.annihilated, one.created) for one in paired_doubles(6, "blocked")} == {
        ((0, 3), (1, 4)), ((0, 3), (2, 5)), ((1, 4), (2, 5))
    }  # fmt: skip


def test_a_molecule_keeps_its_electrons_of_each_spin() -> None:
    hamiltonian, _ = molecule("h4_1.0")
    singles, doubles = singles_and_doubles(hamiltonian.start_state, hamiltonian.spin_orbitals)
    circuit = QuantumCircuit(8)
    circuit.x([0, 1, 2, 3])
    for place, excitation in enumerate(doubles + singles):
        excitation.append(circuit, 0.3 + 0.1 * place)
    amplitudes = Circuit(circuit, dtype=torch.complex128).states(torch.zeros(0))[0].numpy()
    reached = np.flatnonzero(np.abs(amplitudes) > 1e-12)
    assert len(reached) > 20
    assert all(
        (int(one) & 0b01010101).bit_count() == (int(one) & 0b10101010).bit_count() == 2 for one in reached
    )
