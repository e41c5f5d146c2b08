"""Ground energies by diagonalization against closed forms and dense matrices."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp

from qorum.training.exact import ground_energy, lowest_energies, lowest_of_all_sectors, sector
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.ising import free_fermion_energy

STORED = {
    "h2_0.735": -1.13730604,
    "h4_1.0": -2.16638745,
    "h4_1.5": -1.99615033,
    "lih_1.6": -7.88209660,
    "h2o_cas": -74.99664546,
}


@pytest.mark.parametrize("boundary", ["open", "periodic"])
@pytest.mark.parametrize(
    ("coupling", "field"),
    [*itertools.product([1.0, -1.0, 0.3, -0.7], [1.0, 0.5, -1.4, 0.0]), (0.0, 1.0), (0.0, -1.4)],
)
@pytest.mark.parametrize("n", [3, 6, 9])
def test_the_chain_has_the_energy_of_free_fermions(
    n: int, field: float, coupling: float, boundary: str
) -> None:
    problem = read_hamiltonian(f"tfim:n={n},J={coupling},g={field},boundary={boundary}")
    energy = ground_energy(problem)
    assert energy == pytest.approx(problem.reference, abs=1e-10)


def test_the_critical_open_chain_has_the_energy_of_its_textbook() -> None:
    # Open critical chain: E = 1 - 1 / sin(π / (4 n + 2)).
    for n in (2, 8, 40):
        expected = 1 - 1 / np.sin(np.pi / (4 * n + 2))
        assert free_fermion_energy(n, 1.0, 1.0, "open") == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("n", [4, 9])
def test_any_operator_has_the_lowest_eigenvalue_of_its_matrix(n: int) -> None:
    draw = np.random.default_rng(n)
    labels = ["".join(draw.choice(list("IXYZ"), n)) for _ in range(20)]
    operator = SparsePauliOp(labels, draw.standard_normal(20))
    expected = np.linalg.eigvalsh(operator.to_matrix())[0]
    assert ground_energy(read_hamiltonian(operator)) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("name", "energy"), STORED.items())
def test_the_stored_molecules_have_their_known_energies(name: str, energy: float) -> None:
    problem = read_hamiltonian(Path(f"examples/hamiltonians/{name}.json").read_text())
    assert ground_energy(problem) == pytest.approx(problem.reference, abs=1e-10)
    assert problem.reference == pytest.approx(energy, abs=1e-8)


def test_the_energy_is_that_of_the_given_electrons() -> None:
    # -n_0 - 2 n_1 + 3 n_2 - 4 n_3 on two orbitals: every electron would be taken but that of qubit 2.
    terms = [["IIIZ", 0.5], ["IIZI", 1.0], ["IZII", -1.5], ["ZIII", 2.0], ["IIII", -2.0]]
    problem = {"num_qubits": 4, "terms": terms}
    assert ground_energy(read_hamiltonian(problem)) == pytest.approx(-7.0)
    energies = {(1, 0): -1.0, (0, 1): -4.0, (2, 1): -2.0, (2, 2): -4.0, (0, 0): 0.0}
    for particles, energy in energies.items():
        found = read_hamiltonian(problem | {"num_particles": list(particles)})
        assert ground_energy(found) == pytest.approx(energy), particles


def test_a_sector_holds_the_states_of_its_electrons() -> None:
    terms = [["IIIZ", 1.0]]
    problem = {"num_qubits": 4, "terms": terms, "num_particles": [1, 0]}
    assert sector(read_hamiltonian(problem)).tolist() == [0b0001, 0b0100]
    assert sector(read_hamiltonian(problem | {"spin_orbitals": "blocked"})).tolist() == [0b0001, 0b0010]


def test_the_energy_is_the_same_bits_twice() -> None:
    problem = read_hamiltonian("tfim:n=11,g=0.9")
    assert ground_energy(problem) == ground_energy(problem)


def test_above_16_qubits_there_is_none() -> None:
    assert ground_energy(read_hamiltonian("tfim:n=17")) is None
    assert ground_energy(read_hamiltonian("tfim:n=16,g=0.7")) is not None


def test_the_lowest_levels_are_those_of_the_matrix_with_their_multiplicity() -> None:
    """Of ZI + IZ: -2, 0 twice, 2."""
    problem = read_hamiltonian({"num_qubits": 2, "terms": [["ZI", 1.0], ["IZ", 1.0], ["II", 0.5]]})
    assert lowest_energies(problem, 3) == pytest.approx([-1.5, 0.5, 0.5], abs=1e-9)
    assert lowest_energies(problem, 9) == pytest.approx([-1.5, 0.5, 0.5, 2.5], abs=1e-9)
    wide = read_hamiltonian({"num_qubits": 17, "terms": [["Z" * 17, 1.0]]})
    assert (lowest_energies(wide, 2), lowest_of_all_sectors(wide)) == ([], None)


def test_electrons_elsewhere_may_lie_lower() -> None:
    """An energy of 1 for each of two electrons: none at all is the lowest of all sectors."""
    terms = [["II", 1.0], ["IZ", -0.5], ["ZI", -0.5]]
    problem = read_hamiltonian({"num_qubits": 2, "terms": terms, "num_particles": [1, 1]})
    assert lowest_energies(problem, 2) == pytest.approx([2.0], abs=1e-9)
    assert lowest_of_all_sectors(problem) == pytest.approx(0.0, abs=1e-9)
