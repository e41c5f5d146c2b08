"""Molecules by name against PySCF's own energies and the stored Hamiltonians."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from blocks.molecules import is_molecule, molecule
from qorum.errors import InputRejected
from qorum.training.exact import ground_energy
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian

STORED = {
    "h2:0.735": "h2_0.735",
    "h4:1.0": "h4_1.0",
    "h4:1.5": "h4_1.5",
    "lih:1.6": "lih_1.6",
    "h2o": "h2o_cas",
}


def start_energy(problem: Hamiltonian) -> float:
    state = torch.zeros(1 << problem.num_qubits, dtype=torch.complex128)
    state[int(problem.start_state, 2)] = 1
    return float(problem.observable.expectation(state))


@pytest.mark.parametrize(("text", "stored"), STORED.items())
def test_a_molecule_is_generated_as_it_is_stored(text: str, stored: str) -> None:
    found = molecule(text)
    kept = read_hamiltonian(Path(f"examples/hamiltonians/{stored}.json").read_text())
    assert found.reference == pytest.approx(kept.reference, abs=1e-9)
    assert (found.name, found.num_particles, found.spin_orbitals) == (
        kept.name,
        kept.num_particles,
        kept.spin_orbitals,
    )
    terms = {(term.x, term.z): term.coefficient for term in found.observable.terms}
    expected = {(term.x, term.z): term.coefficient for term in kept.observable.terms}
    assert terms == pytest.approx(expected, abs=1e-8)
    assert found.observable.constant == pytest.approx(kept.observable.constant, abs=1e-8)


@pytest.mark.parametrize(
    ("text", "energy"), [("h2:0.735", -1.116998997), ("lih:1.6", -7.861864770), ("h2o", -74.962928247)]
)
def test_the_start_state_has_the_hartree_fock_energy(text: str, energy: float) -> None:
    assert start_energy(molecule(text)) == pytest.approx(energy, abs=1e-8)


@pytest.mark.parametrize("text", ["h2:2.0", "h4:1.2", "lih:2.5", "h2o:1.1"])
@pytest.mark.parametrize("order", ["interleaved", "blocked"])
def test_the_lowest_eigenvalue_is_the_energy_of_full_interaction(text: str, order: str) -> None:
    problem = molecule(text, order)
    assert ground_energy(problem) == pytest.approx(problem.reference, abs=1e-8)
    assert problem.spin_orbitals == order


def test_both_orders_of_spins_have_one_start_energy() -> None:
    assert start_energy(molecule("lih", "blocked")) == pytest.approx(start_energy(molecule("lih")), abs=1e-9)
    assert molecule("lih", "blocked").start_state == "0000100001"


def test_six_hydrogens_fit_on_twelve_qubits() -> None:
    problem = molecule("h6:1.0")
    assert (problem.num_qubits, problem.num_particles) == (12, (3, 3))
    assert ground_energy(problem) == pytest.approx(problem.reference, abs=1e-8)


def test_the_same_molecule_has_the_same_bits() -> None:
    assert molecule("h4:0.9").digest == molecule("h4:0.9").digest
    assert molecule("h2").digest == molecule(" H2:0.735 ").digest


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h3:1.0", "h2, h4 or h6"),
        ("h2:long", "bond length"),
        ("h2:-1", "bond length"),
        ("h2:nan", "bond length"),
        ("h2:1e-1", "bond length"),
        ("h2:0.1", "0.3 to 5.0 ångström expected, found 0.1"),
        ("lih:7", "found 7"),
    ],
)
def test_an_unknown_molecule_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        molecule(text)


def test_names_of_molecules_are_told_from_other_problems() -> None:
    assert [is_molecule(text) for text in ("h2:0.735", "H2O", "lih")] == [True] * 3
    assert [is_molecule(text) for text in ("tfim:n=4", '{"num_qubits": 2}', "", "h2.json")] == [False] * 4


def test_without_pyscf_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyscf", None)
    with pytest.raises(InputRejected, match=r"pip install qorum\[chemistry\]"):
        molecule("h2")
