"""Molecules by name and by reference, as Hamiltonians."""

from __future__ import annotations

import math
import re

from blocks.electronic_structure import electronic_hamiltonian
from qorum.errors import InputRejected
from qorum.training.hamiltonians import Hamiltonian, SpinOrbitals
from qorum.training.molecules import PREFIX, Atom, Molecule, read_molecule

SHORTEST, LONGEST = 0.3, 5.0
"""Bond lengths in ångström: below, cores overlap; above, the mean field no longer converges reliably."""

EXPECTED = (
    "h2, h4 or h6 (a linear chain), lih or h2o expected, the bond length or spacing in ångström behind a "
    "colon, as h2:0.735"
)


def is_molecule(text: str) -> bool:
    """Whether `molecule` knows the name in front of the colon, or it is a reference `molecule?…`."""
    return text.partition(":")[0].strip().lower() in _DEFAULTS or text.lstrip().startswith(PREFIX)


def molecule(text: str, spin_orbitals: SpinOrbitals = "interleaved") -> Hamiltonian:
    """The electronic Hamiltonian, nuclear repulsion included, in hartree.

    | text | molecule | qubits |
    |---|---|---|
    | `h2:0.735`, `h4:1.0`, `h6:1.0` | linear chain with that spacing | 4, 8, 12 |
    | `lih:1.6` | 1s of lithium frozen | 10 |
    | `h2o:0.9572` | H-O-H at 104.52°; five orbitals, six electrons (1s, 2s of oxygen frozen) | 10 |
    | `molecule?atoms=H 0 0 0; H 0 0 0.735&basis=6-31g` | any: see `qorum.training.molecules.Molecule` | |

    Lengths in ångström; those shown are taken where none is given (`h2o`). Names have the basis STO-3G.

    Args:
        text: see above.
        spin_orbitals: of names; references have it among their settings.

    Raises:
        InputRejected: an unknown molecule or setting, a length out of bounds, or what
            `electronic_hamiltonian` refuses.
    """
    if text.lstrip().startswith(PREFIX):
        found = read_molecule(text.strip())
        return electronic_hamiltonian(found, found.called)
    return electronic_hamiltonian(_by_name(text, spin_orbitals), text.strip())


def _by_name(text: str, order: SpinOrbitals) -> Molecule:
    name, _, written = text.strip().lower().partition(":")
    if name not in _DEFAULTS or not re.fullmatch(r"(\d+(\.\d*)?|\.\d+)?", written):
        raise InputRejected(text, f"{EXPECTED}; found {text!r}")
    length = float(written) if written else _DEFAULTS[name]
    if not SHORTEST <= length <= LONGEST:
        raise InputRejected(text, f"{SHORTEST} to {LONGEST} ångström expected, found {length:g}")
    if name == "lih":
        atoms: tuple[Atom, ...] = (("Li", 0.0, 0.0, 0.0), ("H", 0.0, 0.0, length))
        return Molecule(atoms=atoms, orbitals=5, electrons=2, spin_orbitals=order)
    if name == "h2o":
        half = math.radians(104.52 / 2)
        across, down = length * math.sin(half), length * math.cos(half)
        atoms = (("O", 0.0, 0.0, 0.0), ("H", 0.0, across, down), ("H", 0.0, -across, down))
        return Molecule(atoms=atoms, orbitals=5, electrons=6, spin_orbitals=order)
    chain = tuple(("H", 0.0, 0.0, index * length) for index in range(int(name[1:])))
    return Molecule(atoms=chain, spin_orbitals=order)


_DEFAULTS = {"h2": 0.735, "h4": 1.0, "h6": 1.0, "lih": 1.6, "h2o": 0.9572}
