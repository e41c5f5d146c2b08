"""Molecules by name, from PySCF: integrals of the orbitals that matter, on qubits by Jordan and Wigner.

PySCF is an optional part: `pip install qorum[chemistry]`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from qorum.errors import CircuitRejected
from qorum.training.fermions import jordan_wigner
from qorum.training.hamiltonians import Hamiltonian, SpinOrbitals

BASIS = "sto-3g"
SHORTEST, LONGEST = 0.3, 5.0
"""Bond lengths in ångström: below, cores overlap; above, the mean field no longer converges reliably."""

EXPECTED = (
    "h2, h4 or h6 (a linear chain), lih or h2o expected, the bond length or spacing in ångström behind a "
    "colon, as h2:0.735"
)


@dataclass(frozen=True)
class Geometry:
    """A molecule, and which of its orbitals become qubits.

    Attributes:
        atoms: element and position in ångström.
        orbitals: active ones, two qubits each; those below are doubly occupied and folded into the rest.
        electrons: active ones.
    """

    atoms: tuple[tuple[str, tuple[float, float, float]], ...]
    orbitals: int
    electrons: int


def is_molecule(text: str) -> bool:
    """Whether `molecule` knows the name in front of the colon."""
    return text.partition(":")[0].strip().lower() in _DEFAULTS


def molecule(text: str, spin_orbitals: SpinOrbitals = "interleaved") -> Hamiltonian:
    """The electronic Hamiltonian, nuclear repulsion included, in hartree; basis STO-3G.

    | text | molecule | qubits |
    |---|---|---|
    | `h2:0.735`, `h4:1.0`, `h6:1.0` | linear chain with that spacing | 4, 8, 12 |
    | `lih:1.6` | 1s of lithium frozen | 10 |
    | `h2o:0.9572` | H-O-H at 104.52°; five orbitals, six electrons (1s, 2s of oxygen frozen) | 10 |

    Lengths in ångström; those shown are taken where none is given (`h2o`).

    Returns:
        Orbitals ascending in energy, restricted Hartree-Fock; `reference` is the lowest energy of that
        many electrons in these orbitals (CASCI; FCI where nothing is frozen).

    Raises:
        CircuitRejected: an unknown molecule, a length out of bounds, PySCF is not installed, or its mean
            field did not converge.
    """
    geometry = _geometry(text)
    try:
        from pyscf import ao2mo, gto, lib, mcscf, scf
    except ImportError:
        raise CircuitRejected(text, "molecules need PySCF: pip install qorum[chemistry]") from None
    with lib.with_omp_threads(1):  # sums in one order: the same integrals every time
        atoms = gto.M(atom=list(geometry.atoms), basis=BASIS, symmetry=True, verbose=0)
        field = scf.RHF(atoms).set(conv_tol=1e-12, conv_tol_grad=1e-8, max_cycle=200)
        field.kernel()
        if not field.converged:
            raise CircuitRejected(text, "Hartree-Fock did not converge; a shorter bond length is needed")
        field.mo_coeff = _with_definite_signs(field.mo_coeff)
        active = mcscf.CASCI(field, geometry.orbitals, geometry.electrons)
        active.fcisolver.conv_tol = 1e-12
        one_body, constant = active.get_h1eff()
        two_body = ao2mo.restore(1, active.get_h2eff(), geometry.orbitals)
        reference = float(active.kernel()[0])
    observable = jordan_wigner(float(constant), one_body, two_body, spin_orbitals)
    pairs = geometry.electrons // 2
    return Hamiltonian(
        text.strip(),
        observable,
        num_particles=(pairs, pairs),
        spin_orbitals=spin_orbitals,
        reference=reference,
    )


def _geometry(text: str) -> Geometry:
    name, _, written = text.strip().lower().partition(":")
    if name not in _DEFAULTS or not re.fullmatch(r"(\d+(\.\d*)?|\.\d+)?", written):
        raise CircuitRejected(text, f"{EXPECTED}; found {text!r}")
    length = float(written) if written else _DEFAULTS[name]
    if not SHORTEST <= length <= LONGEST:
        raise CircuitRejected(text, f"{SHORTEST} to {LONGEST} ångström expected, found {length:g}")
    if name == "lih":
        return Geometry((("Li", (0.0, 0.0, 0.0)), ("H", (0.0, 0.0, length))), orbitals=5, electrons=2)
    if name == "h2o":
        half = math.radians(104.52 / 2)
        across, down = length * math.sin(half), length * math.cos(half)
        atoms = (("O", (0.0, 0.0, 0.0)), ("H", (0.0, across, down)), ("H", (0.0, -across, down)))
        return Geometry(atoms, orbitals=5, electrons=6)
    count = int(name[1:])
    chain = tuple(("H", (0.0, 0.0, index * length)) for index in range(count))
    return Geometry(chain, orbitals=count, electrons=count)


def _with_definite_signs(orbitals: Any) -> Any:
    """Each orbital with its first large coefficient positive: an eigenvector's sign is arbitrary."""
    sizes = np.abs(orbitals)
    first = np.argmax(sizes > 0.9 * sizes.max(axis=0), axis=0)
    orbitals *= np.sign(np.take_along_axis(np.asarray(orbitals), first[None], axis=0))
    return orbitals


_DEFAULTS = {"h2": 0.735, "h4": 1.0, "h6": 1.0, "lih": 1.6, "h2o": 0.9572}
