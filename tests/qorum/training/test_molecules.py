"""Molecules as people write them: every way gives the same atoms, and what is none is refused in words."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from qorum.errors import InputRejected
from qorum.training.hamiltonian_formats import hamiltonian_text
from qorum.training.molecules import Molecule, from_pyscf, is_xyz, molecule_text, read_molecule

WATER = (("O", 0.0, 0.0, 0.117), ("H", 0.0, 0.757, -0.469), ("H", 0.0, -0.757, -0.469))
LINES = "O 0 0 0.117\nH 0, 0.757, -0.469\nh 0 -0.757 -0.469"
XYZ = f"3\nwater\n{LINES}\n"


class Mole:
    """What is asked of a molecule of PySCF."""

    charge, spin = 1, 1

    def __init__(self, basis: Any) -> None:
        self.basis = basis

    def atom_coords(self, unit: str) -> list[tuple[float, float, float]]:
        assert unit == "Angstrom"
        return [place for _, *place in WATER]  # type: ignore[misc]

    def atom_pure_symbol(self, place: int) -> str:
        return WATER[place][0]


@pytest.mark.parametrize(
    "atoms",
    [LINES, LINES.replace("\n", "; "), XYZ, WATER, [[one, [x, y, z]] for one, x, y, z in WATER]],
    ids=["lines", "semicolons", "xyz", "tuples", "pairs"],
)
def test_every_way_to_write_atoms_gives_the_same_ones(atoms: Any) -> None:
    assert Molecule(atoms=atoms).atoms == WATER


@pytest.mark.parametrize(
    ("atoms", "words"),
    [
        ("3\nwater\nO 0 0 0", "3 atoms, as the first line says, expected, found 1"),
        ("O 0 0", "an element and three numbers"),
        ("O 0 0 x", "an element and three numbers"),
        ([7], "an element and three numbers"),
        ("O1 0 0 0", "the symbol of an element expected"),
        ([(8, 0.0, 0.0, 0.0)], "the symbol of an element expected"),
        ("O 0 0 inf", "finite places expected"),
        ("", "at least 1 item"),
        (5, "valid tuple"),
        ("H 0 0 0; H 0 0 0.2", r"at least 0.3 ångström .* found 0.2 between H and H"),
    ],
)
def test_what_is_no_molecule_is_refused_in_words(atoms: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Molecule(atoms=atoms)


def test_settings_that_contradict_each_other_are_refused() -> None:
    for settings in ({"mapping": "jordan-wigner"}, {"mapping": "parity", "spin_orbitals": "interleaved"}):
        with pytest.raises(ValidationError, match="mapping=parity with spin_orbitals=blocked expected"):
            Molecule.model_validate({"atoms": WATER, "two_qubit_reduction": True, **settings})
    assert Molecule(atoms=WATER, mapping="parity", two_qubit_reduction=True).order == "blocked"
    assert Molecule(atoms=WATER).order == "interleaved"
    with pytest.raises(ValidationError, match="either it or electrons expected"):
        Molecule(atoms=WATER, frozen_core=True, electrons=4)


def test_a_molecule_is_called_by_its_name_or_by_hills_formula() -> None:
    assert Molecule(atoms=WATER).called == "H2O sto-3g"
    assert Molecule(atoms="O 0 0 0; C 0 0 1.2; H 0 1 2; H 0 -1 2", basis="6-31G").called == "CH2O 6-31g"
    assert Molecule(atoms="Br 0 0 0; C 0 0 1.9; H 0 1 3").called == "CHBr sto-3g"
    assert Molecule(atoms=WATER, name="water").called == "water"


@pytest.mark.parametrize(
    "settings",
    [{}, {"basis": "6-31+g", "charge": 1, "spin": 1}, {"electrons": 4, "orbitals": 4, "mapping": "parity"}],
)
def test_a_reference_is_read_as_the_molecule_that_it_was_written_of(settings: dict[str, Any]) -> None:
    given = Molecule.model_validate({"atoms": WATER, **settings})
    assert read_molecule(molecule_text(given)) == given
    assert hamiltonian_text(given) == molecule_text(given)


def test_references_are_read_as_people_type_them() -> None:
    found = read_molecule("molecule?atoms=H 0 0 0; H 0 0 0.735&basis=6-31+G&charge=0")
    assert found.basis == "6-31+g"
    assert math.dist(found.atoms[0][1:], found.atoms[1][1:]) == pytest.approx(0.735)
    for text, words in (("molecule?basis=sto-3g", "atoms"), ("molecule?atoms=H 0 0 0&bases=x", "bases")):
        with pytest.raises(InputRejected, match=words):
            read_molecule(text)


def test_an_xyz_file_is_told_from_other_texts() -> None:
    assert is_xyz(XYZ)
    assert [is_xyz(text) for text in ("3 4 5", '{"atoms": 3}', LINES, "2\n")] == [False] * 4


def test_a_molecule_of_pyscf_keeps_places_charge_and_spin() -> None:
    found = from_pyscf(Mole("STO-3G"))
    assert (found.atoms, found.basis, found.charge, found.spin) == (WATER, "sto-3g", 1, 1)
    assert hamiltonian_text(Mole("STO-3G")) == molecule_text(found)
    with pytest.raises(ValueError, match="basis is one name expected"):
        from_pyscf(Mole({"H": "sto-3g"}))
