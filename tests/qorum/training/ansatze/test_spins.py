"""Ansätze of spin models and of any problem."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import eigh

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.ansatze import build_ansatz
from qorum.training.ansatze.hamiltonian_variational import commuting_groups
from qorum.training.hamiltonians import Hamiltonian
from tests.qorum.training.ansatze.problems import (
    energy,
    heisenberg_chain,
    ising_ring,
    ising_ring_energy,
    minimized,
    molecule,
    state,
)


def test_the_critical_ising_ring_is_solved_by_half_as_many_layers_as_spins() -> None:
    ring, exact = ising_ring(12, 1.0), ising_ring_energy(12, 1.0)
    enough, less = (build_ansatz(f"hamiltonian-variational?layers={layers}", ring, 0) for layers in (6, 4))
    found, _ = minimized(enough.circuit, ring.observable, enough.start)
    assert found == pytest.approx(exact, rel=1e-8)
    assert minimized(less.circuit, ring.observable, less.start)[0] > 0.99 * exact


def test_a_heisenberg_chain_is_solved_from_singlets() -> None:
    chain = heisenberg_chain(6)
    ansatz = build_ansatz("hamiltonian-variational", chain, 1)
    assert energy(ansatz.circuit, chain.observable, np.zeros(len(ansatz.start))) == pytest.approx(-9)
    found, _ = minimized(ansatz.circuit, chain.observable, ansatz.start)
    assert found == pytest.approx(-9.974308535551695, rel=1e-3)  # -4 · 2.4935771338879236, open chain


@pytest.mark.parametrize("problem", [ising_ring(5, -0.7), heisenberg_chain(5), molecule("h2_0.735")[0]])
def test_groups_commute_and_hold_every_term_once(problem: Hamiltonian) -> None:
    if problem.num_particles:
        with pytest.raises(InputRejected, match="at most 2 qubits expected, found YYXX"):
            commuting_groups(problem.observable)
        return
    groups = commuting_groups(problem.observable)
    assert sorted(term for group in groups for term in group) == list(problem.observable.terms)
    for group in groups:
        for one in group:
            for other in group:
                assert ((one.x & other.z).bit_count() - (one.z & other.x).bit_count()) % 2 == 0


def test_the_state_before_the_layers_points_against_the_fields() -> None:
    fields = [("IIX", 0.3), ("IIY", -1.1), ("IIZ", 0.7), ("IYI", 2.0), ("ZII", -0.4)]
    alone = PauliSum.from_terms(3, fields)
    problem = Hamiltonian("fields", PauliSum.from_terms(3, [*fields, ("XXI", 0.01)]))
    ansatz = build_ansatz("hamiltonian-variational?layers=1", problem, 0)
    expected = -(np.sqrt(0.3**2 + 1.1**2 + 0.7**2) + 2.0 + 0.4)
    assert energy(ansatz.circuit, alone, np.zeros(len(ansatz.start))) == pytest.approx(expected)


@pytest.mark.parametrize("kinds", ["XY", "YZ", "XZ", "YX"])
def test_mixed_letters_are_rotated_about_rightly(kinds: str) -> None:
    problem = Hamiltonian("mixed", PauliSum.from_terms(2, [(kinds, 0.8)]), initial_state="01")
    ansatz = build_ansatz("hamiltonian-variational?layers=1", problem, 0)
    pauli = {"X": [[0, 1], [1, 0]], "Y": [[0, -1j], [1j, 0]], "Z": [[1, 0], [0, -1]]}
    values, vectors = eigh(np.kron(pauli[kinds[0]], pauli[kinds[1]]))
    evolved = vectors @ (np.exp(-0.6j * values) * vectors.conj().T[:, 1])
    assert np.allclose(state(ansatz.circuit, np.array([0.6])), evolved, atol=1e-12)


@pytest.mark.parametrize("entanglement", ["linear", "circular", "full"])
@pytest.mark.parametrize("rotations", ["ry", "ryrz"])
def test_hardware_efficient_circuits_are_around_the_initial_state(entanglement: str, rotations: str) -> None:
    problem = Hamiltonian("bits", PauliSum.from_terms(5, [("ZZIII", 1.0)]), initial_state="01101")
    options = f"layers=3&entanglement={entanglement}&rotations={rotations}&around=initial-state"
    ansatz = build_ansatz(f"hardware-efficient?{options}", problem, 0)
    assert len(ansatz.start) == 4 * 5 * (2 if rotations == "ryrz" else 1)
    assert abs(state(ansatz.circuit, np.zeros(len(ansatz.start)))[0b01101]) == pytest.approx(1)
    assert ansatz.circuit.count_ops()["cx"] == 3 * {"linear": 4, "circular": 5, "full": 10}[entanglement]


def test_ry_alone_keeps_amplitudes_real() -> None:
    ansatz = build_ansatz("hardware-efficient?rotations=ry&start=uniform", ising_ring(5, 1.0), 3)
    assert np.abs(state(ansatz.circuit, ansatz.start).imag).max() < 1e-15
    assert np.abs(ansatz.start).max() > 1.5


def test_hardware_efficient_circuits_find_a_small_ground_state() -> None:
    ring = ising_ring(6, 1.0)
    ansatz = build_ansatz("hardware-efficient?layers=3&rotations=ry&entanglement=linear", ring, 0)
    found, _ = minimized(ansatz.circuit, ring.observable, ansatz.start)
    assert found == pytest.approx(ising_ring_energy(6, 1.0), rel=2e-2)
