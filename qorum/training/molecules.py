"""Molecules as people write them: atoms, basis, charge, spin, active space, mapping."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from qorum.references import parse_reference
from qorum.training.hamiltonians import SpinOrbitals
from qorum.training.mappings import FermionMapping
from qorum.training.problem_text import shortened

PREFIX = "molecule?"
"""What the reference of a molecule begins with."""

CLOSEST = 0.3
"""Ångström: below, cores overlap."""

MOST_ATOMS = 40

Atom = tuple[str, float, float, float]
"""Element and place in ångström."""


def _read_atoms(given: Any) -> Any:
    """Atoms from the text of an XYZ file, from `H 0 0 0; H 0 0 0.735`, or from pairs of element and place."""
    if isinstance(given, str):
        lines = [line.strip() for line in re.split(r"[;\n]", given)]
        if lines and lines[0].isdecimal():
            count = int(lines[0])
            atoms = [line for line in lines[2:] if line]
            if len(atoms) != count:
                raise ValueError(f"{count} atoms, as the first line says, expected, found {len(atoms)}")
        else:
            atoms = [line for line in lines if line]
        return tuple(_atom(line.replace(",", " ").split()) for line in atoms)
    if isinstance(given, (list, tuple)):
        return tuple(_atom(_flat(atom)) for atom in cast("list[Any]", given))
    return given


def _flat(atom: Any) -> list[Any]:
    """`("H", 0, 0, 1)` and `("H", (0, 0, 1))` alike."""
    parts = list(cast("tuple[Any, ...]", atom)) if isinstance(atom, (list, tuple)) else [atom]
    if len(parts) == 2 and not isinstance(parts[1], (str, int, float)):
        return [parts[0], *parts[1]]
    return parts


def _atom(parts: list[Any]) -> Atom:
    try:
        element, *place = parts
        x, y, z = (float(value) for value in place)
    except (TypeError, ValueError):
        found = shortened(" ".join(map(str, parts)))
        raise ValueError(f"an element and three numbers in ångström expected, found {found}") from None
    if not isinstance(element, str) or not re.fullmatch(r"[A-Za-z]{1,2}", element):
        raise ValueError(f"the symbol of an element expected, found {shortened(element)}")
    if not all(map(math.isfinite, (x, y, z))):
        raise ValueError(f"finite places expected, found {shortened(parts)}")
    return element.capitalize(), x, y, z


def _read_basis(given: Any) -> Any:
    """In the query of a reference, `+` is a blank: no basis has one in its name."""
    return given.strip().replace(" ", "+").lower() if isinstance(given, str) else given


class Molecule(BaseModel):
    """A molecule, and which of its electrons and orbitals become qubits, and how.

    In Python an object; in text `molecule?atoms=H 0 0 0; H 0 0 0.735&basis=6-31g&mapping=parity`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    atoms: Annotated[tuple[Atom, ...], BeforeValidator(_read_atoms)] = Field(
        min_length=1,
        max_length=MOST_ATOMS,
        description="elements and places in ångström, as H 0 0 0; H 0 0 0.735, or the text of an XYZ file",
    )
    basis: Annotated[str, BeforeValidator(_read_basis)] = Field(
        default="sto-3g", min_length=1, max_length=40, description="of atomic orbitals, by PySCF's name"
    )
    charge: int = Field(default=0, ge=-10, le=10, description="of the whole, in units of e, -10 to 10")
    spin: int = Field(
        default=0, ge=0, le=10, description="electrons with spin up less those with spin down, 0 to 10"
    )
    electrons: int | None = Field(
        default=None, ge=1, le=30, description="active ones, 1 to 30; those below are frozen; else all"
    )
    orbitals: int | None = Field(
        default=None, ge=1, le=15, description="active ones, 1 to 15, two qubits each; else all"
    )
    frozen_core: bool = Field(
        default=False, description="whether the inner shells of all atoms are doubly occupied and left out"
    )
    mapping: FermionMapping = Field(
        default="jordan-wigner",
        description="jordan-wigner, parity or bravyi-kitaev; ansätze of electrons need jordan-wigner",
    )
    two_qubit_reduction: bool = Field(
        default=False,
        description="whether the two qubits that hold parities are left out, with mapping=parity",
    )
    spin_orbitals: SpinOrbitals | None = Field(
        default=None, description="interleaved, or blocked (all up first): the default of parity alone"
    )
    name: str | None = Field(default=None, min_length=1, max_length=200, description="as reports call it")

    @model_validator(mode="after")
    def _consistent(self) -> Molecule:
        if self.two_qubit_reduction and (self.mapping != "parity" or self.order != "blocked"):
            raise ValueError(
                "two_qubit_reduction: mapping=parity with spin_orbitals=blocked expected, found"
                f" mapping={self.mapping} with spin_orbitals={self.order}"
            )
        if self.frozen_core and self.electrons is not None:
            raise ValueError(
                "frozen_core: either it or electrons expected, found both; electrons says what is frozen"
            )
        for place, (element, *here) in enumerate(self.atoms):
            for other, *there in self.atoms[:place]:
                distance = math.dist(here, there)
                if distance < CLOSEST:
                    raise ValueError(
                        f"atoms: at least {CLOSEST} ångström between each two expected, found"
                        f" {distance:g} between {other} and {element}; places are in ångström"
                    )
        return self

    @property
    def order(self) -> SpinOrbitals:
        """Which qubit is which spin orbital before the mapping."""
        return self.spin_orbitals or ("blocked" if self.mapping == "parity" else "interleaved")

    @property
    def called(self) -> str:
        """Its name, else its formula: carbon and hydrogen first, others by the alphabet, and the basis."""
        if self.name:
            return self.name
        elements = [element for element, *_ in self.atoms]
        ordered = sorted(set(elements), key=lambda one: (one != "C", one != "H", one))
        counts = ((one, elements.count(one)) for one in ordered)
        return "".join(f"{one}{count if count > 1 else ''}" for one, count in counts) + f" {self.basis}"


def read_molecule(reference: str) -> Molecule:
    """The molecule that a reference such as `molecule?atoms=…&basis=6-31g` stands for.

    Raises:
        InputRejected: a setting that is missing, unknown, of another type or out of bounds.
    """
    return parse_reference(reference, {"molecule": Molecule}, kind="molecule", parameter="setting")[1]


def molecule_text(molecule: Molecule) -> str:
    """What `read_molecule` turns into the same molecule."""
    given = molecule.model_dump(exclude_defaults=True)
    given["atoms"] = "; ".join(f"{element} {x!r} {y!r} {z!r}" for element, x, y, z in molecule.atoms)
    return PREFIX + urlencode(given)


def is_xyz(text: str) -> bool:
    """Whether a text is the content of an XYZ file: a number, a comment, atoms."""
    return bool(re.match(r"\s*\d+[ \t\r]*\n.*\n\s*[A-Za-z]{1,2}\s", text))


def from_pyscf(source: Any) -> Molecule:
    """A PySCF `Mole` as a molecule; its basis has to be one name.

    Raises:
        ValueError: it has no atoms, or a basis of other kinds.
    """
    if not isinstance(source.basis, str) or isinstance(source.basis, Mapping):
        raise ValueError("a molecule whose basis is one name expected, found another one")
    places = source.atom_coords(unit="Angstrom")
    atoms = [(source.atom_pure_symbol(place), *map(float, xyz)) for place, xyz in enumerate(places)]
    return Molecule.model_validate(
        {"atoms": atoms, "basis": source.basis, "charge": int(source.charge), "spin": int(source.spin)}
    )
