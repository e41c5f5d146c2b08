"""Any molecule: active spaces, open shells and mappings against PySCF's own energies."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyscf import fci, gto, mcscf, scf

from blocks.molecules import molecule
from blocks.object_store import LocalFolder
from blocks.problems import load_hamiltonian
from qorum.errors import InputRejected
from qorum.training.ansatze import build_ansatz
from qorum.training.exact import ground_energy
from qorum.training.hamiltonian_formats import hamiltonian_text
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.molecules import Molecule, molecule_text, read_molecule
from qorum.training.state_figures import state_figures

WATER = "3\nwater\nO 0 0 0\nH 0 0.7572 0.5865\nH 0 -0.7572 0.5865\n"


def full(atoms: str, **settings: object) -> float:
    """The energy of full interaction by PySCF, of one basis and spin."""
    made = gto.M(atom=atoms, verbose=0, **settings)
    field = (scf.ROHF if made.spin else scf.RHF)(made)
    return float(fci.FCI(field.run(conv_tol=1e-12)).kernel()[0])


@pytest.mark.parametrize(
    ("settings", "energy"),
    [
        ("atoms=H 0 0 0; H 0 0 0.8&basis=6-31g", lambda: full("H 0 0 0; H 0 0 0.8", basis="6-31g")),
        ("atoms=H 0 0 0; H 0 0 1; H 0 0.9 2&spin=1", lambda: full("H 0 0 0; H 0 0 1; H 0 0.9 2", spin=1)),
        ("atoms=He 0 0 0; H 0 0 0.9&charge=1", lambda: full("He 0 0 0; H 0 0 0.9", charge=1)),
        ("atoms=H 0 0 0; H 0 0 0.8&charge=1&spin=1", lambda: full("H 0 0 0; H 0 0 0.8", charge=1, spin=1)),
    ],
    ids=["basis", "doublet", "cation", "one electron"],
)
def test_basis_charge_and_spin_are_those_asked_for(settings: str, energy: object) -> None:
    problem = molecule(f"molecule?{settings}")
    assert callable(energy)
    assert problem.reference == pytest.approx(energy(), abs=1e-8)
    assert ground_energy(problem) == pytest.approx(problem.reference, abs=1e-8)


def test_an_active_space_has_the_energy_of_its_orbitals_alone() -> None:
    problem = molecule("molecule?atoms=O 0 0 0; O 0 0 1.2&spin=2&electrons=8&orbitals=6")
    field = scf.ROHF(gto.M(atom="O 0 0 0; O 0 0 1.2", spin=2, verbose=0)).run(conv_tol=1e-12)
    assert problem.num_particles == (5, 3)
    assert problem.reference == pytest.approx(mcscf.CASCI(field, 6, 8).kernel()[0], abs=1e-7)
    frozen = molecule("molecule?atoms=Li 0 0 0; H 0 0 1.6&frozen_core=true")
    assert (frozen.num_qubits, frozen.num_particles) == (10, (1, 1))
    assert frozen.reference == pytest.approx(molecule("lih:1.6").reference, abs=1e-9)


@pytest.mark.parametrize(
    ("mapping", "qubits"),
    [
        ("mapping=parity", 6),
        ("mapping=parity&two_qubit_reduction=true", 4),
        ("mapping=bravyi-kitaev", 6),
        ("mapping=bravyi-kitaev&spin_orbitals=blocked", 6),
    ],
)
def test_every_mapping_has_one_ground_energy_and_one_energy_of_its_initial_state(
    mapping: str, qubits: int
) -> None:
    text = "molecule?atoms=H 0 0 0; H 0 0 0.9; H 0 0 1.9&spin=1"
    one, other = molecule(text), molecule(f"{text}&{mapping}")
    assert other.num_qubits == qubits
    assert ground_energy(other) == pytest.approx(one.reference, abs=1e-8)
    assert _start_energy(other) == pytest.approx(_start_energy(one), abs=1e-9)


def _start_energy(problem: Hamiltonian) -> float:
    state = int(problem.start_state, 2)
    signed = (-t.coefficient if (t.z & state).bit_count() % 2 else t.coefficient for t in _diagonal(problem))
    return problem.observable.constant + sum(signed)


def _diagonal(problem: Hamiltonian) -> list:
    return [term for term in problem.observable.terms if not term.x]


def test_a_mapped_molecule_can_be_given_to_an_ansatz_around_its_initial_state() -> None:
    problem = molecule("molecule?atoms=H 0 0 0; H 0 0 0.735&mapping=parity&two_qubit_reduction=true")
    ansatz = build_ansatz("hardware-efficient?layers=1&around=initial-state", problem, 0)
    assert state_figures(problem, ansatz.circuit, 0 * ansatz.start)["energy variance"] > 0
    with pytest.raises(InputRejected, match="num_particles"):
        build_ansatz("uccsd", problem, 0)


def test_xyz_files_and_texts_are_the_molecule_that_they_hold(tmp_path: Path) -> None:
    store = LocalFolder(path=tmp_path)
    store.put("inputs/1/water.xyz", WATER.encode())
    small = "#electrons=4,orbitals=4"
    found = load_hamiltonian(f"inputs/1/water.xyz{small}", store)
    atoms = "O 0 0 0; H 0 0.7572 0.5865; H 0 -0.7572 0.5865"
    assert found.name == "water"
    assert found.digest == molecule(f"molecule?atoms={atoms}&electrons=4&orbitals=4").digest
    hydrogen = load_hamiltonian("2\n\nH 0 0 0\nH 0 0 0.735", store)
    assert hydrogen.digest == molecule("h2:0.735").digest


def test_a_molecule_as_an_object_is_the_reference_that_is_stored() -> None:
    given = Molecule(atoms="H 0 0 0; H 0 0 0.735", basis="6-31+G", mapping="parity", charge=0)
    assert read_molecule(hamiltonian_text(given)) == read_molecule(molecule_text(given)) == given
    assert given.basis == "6-31+g"
    made = gto.M(atom="H 0 0 0; H 0 0 0.735", charge=1, spin=1, basis="6-31g", verbose=0)
    read = read_molecule(hamiltonian_text(made))
    assert (read.charge, read.spin, read.basis) == (1, 1, "6-31g")
    assert molecule(hamiltonian_text(made)).reference == pytest.approx(float(made.energy_nuc()) - 1.1, abs=1)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("basis=6-31g", "atoms .* expected"),
        ("atoms=H 0 0 0; H 0 0", "three numbers in ångström"),
        ("atoms=H 0 0 0; H 0 0 0.1", "at least 0.3 ångström"),
        ("atoms=3%0A%0AH 0 0 0", "3 atoms, as the first line says"),
        ("atoms=Xx 0 0 0; H 0 0 1", "elements and a basis"),
        ("atoms=H 0 0 0; H 0 0 1&basis=nonsense", "elements and a basis"),
        ("atoms=H 0 0 0; H 0 0 1&basi=6-31g", "no setting 'basi'"),
        ("atoms=H 0 0 0; H 0 0 1&spin=1", "fits 2 electrons expected, found 1"),
        ("atoms=H 0 0 0; H 0 0 1&charge=3", "electrons"),
        ("atoms=H 0 0 0; H 0 0 1&mapping=jw", "mapping"),
        ("atoms=H 0 0 0; H 0 0 1&two_qubit_reduction=true", "mapping=parity"),
        ("atoms=Li 0 0 0; H 0 0 1.6&electrons=3", "pairs"),
        ("atoms=Li 0 0 0; H 0 0 1.6&orbitals=9", "2 to 6 active orbitals"),
        ("atoms=Li 0 0 0; H 0 0 1.6&electrons=2&frozen_core=true", "found both"),
        ("atoms=N 0 0 0; N 0 0 1.1&basis=cc-pvdz", "at most 15 active orbitals"),
    ],
)
def test_a_molecule_that_cannot_be_is_refused_in_words(settings: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        molecule(f"molecule?{settings}")
