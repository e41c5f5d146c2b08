"""Parity and Bravyi-Kitaev qubits against PennyLane's own mappings."""

from __future__ import annotations

import numpy as np
import pennylane as qml
import pytest

from qorum.statevector.observables import PauliSum
from qorum.training.exact import ground_energy
from qorum.training.fermions import jordan_wigner
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.mappings import FermionMapping, mapped, mapped_state, without_characters, without_qubits

ORBITALS = 3


def integrals() -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(5)
    one = draw.standard_normal((ORBITALS, ORBITALS))
    factors = draw.standard_normal((2, ORBITALS, ORBITALS))
    factors = factors + factors.transpose(0, 2, 1)
    return one + one.T, np.einsum("apq,ars->pqrs", factors, factors)


def as_fermions(one: np.ndarray, two: np.ndarray) -> qml.FermiSentence:
    """½ Σ (pq|rs) a†_pσ a†_rτ a_sτ a_qσ, spins interleaved, written out for PennyLane."""
    total = qml.FermiSentence({})
    for p in range(ORBITALS):
        for q in range(ORBITALS):
            for s in range(2):
                total += float(one[p, q]) * qml.FermiC(2 * p + s) * qml.FermiA(2 * q + s)
                for r in range(ORBITALS):
                    for t in range(ORBITALS):
                        for u in range(2):
                            if (p, s) != (r, u) and (q, s) != (t, u):
                                word = qml.FermiC(2 * p + s) * qml.FermiC(2 * r + u)
                                word = word * qml.FermiA(2 * t + u) * qml.FermiA(2 * q + s)
                                total += 0.5 * float(two[p, q, r, t]) * word
    return total


def coefficients(observable: PauliSum) -> dict[tuple[int, int], float]:
    found = {(term.x, term.z): term.coefficient for term in observable.terms}
    return {key: value for key, value in found.items() if abs(value) > 1e-10}


@pytest.mark.parametrize("mapping", ["parity", "bravyi-kitaev"])
def test_a_mapped_operator_is_that_of_an_independent_mapping(mapping: FermionMapping) -> None:
    one, two = integrals()
    found = mapped(jordan_wigner(0.0, one, two), mapping)
    n, sentence = 2 * ORBITALS, as_fermions(one, two)
    transform = qml.parity_transform if mapping == "parity" else qml.bravyi_kitaev
    expected = read_hamiltonian(qml.simplify(transform(sentence, n, tol=1e-12))).observable
    assert coefficients(found) == pytest.approx(coefficients(expected), abs=1e-9)
    assert found.constant == pytest.approx(expected.constant, abs=1e-9)


@pytest.mark.parametrize("mapping", ["parity", "bravyi-kitaev"])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 8])
def test_occupations_become_the_bits_of_an_independent_mapping(mapping: FermionMapping, n: int) -> None:
    basis = {"parity": "parity", "bravyi-kitaev": "bravyi_kitaev"}[mapping]
    for electrons in range(1, n + 1):
        occupied = "1" * electrons
        bits = qml.qchem.hf_state(electrons, n, basis=basis)
        assert mapped_state(occupied.zfill(n), mapping)[::-1] == "".join(map(str, bits))


def test_qubits_that_keep_their_bit_leave_the_sectors_of_both_parities() -> None:
    operator = jordan_wigner(0.4, *integrals(), "blocked")
    state = mapped_state("001011", "parity")  # two electrons with spin up, one with spin down
    small = without_qubits("three", mapped(operator, "parity"), state, (2, 5))
    assert small.num_qubits == 4
    assert without_characters(state, (2, 5)) == state[1:3] + state[4:]
    sectors = [(up, down) for up in (0, 2) for down in (1, 3)]
    lowest = [
        ground_energy(Hamiltonian("whole", operator, num_particles=each, spin_orbitals="blocked"))
        for each in sectors
    ]
    assert ground_energy(Hamiltonian("small", small)) == pytest.approx(
        min(energy for energy in lowest if energy is not None), abs=1e-9
    )
