"""Hamiltonians of molecules by PySCF: integrals of the orbitals that matter, on qubits.

PySCF is an optional part: `pip install qorum[chemistry]`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from qorum.errors import InputRejected
from qorum.training.fermions import jordan_wigner
from qorum.training.hamiltonians import Hamiltonian, hartree_fock_state
from qorum.training.mappings import mapped, mapped_state, without_characters, without_qubits
from qorum.training.molecules import Molecule

MOST_FUNCTIONS = 300
"""Of a basis: more take minutes and gigabytes."""

MOST_ORBITALS = 15
"""Two qubits each; no ansatz has more than 30."""

MOST_DETERMINANTS = 1_000_000
"""Up to which the lowest energy is computed, in a minute or so."""

NOBLE_GASES = (2, 10, 18, 36, 54, 86)
"""Electrons of closed shells."""


class ActiveSpace(NamedTuple):
    """Orbitals that become qubits.

    Attributes:
        orbitals: how many.
        up: electrons in them with spin up.
        down: and with spin down.
    """

    orbitals: int
    up: int
    down: int


def electronic_hamiltonian(molecule: Molecule, name: str) -> Hamiltonian:
    """The electronic Hamiltonian, nuclear repulsion included, in hartree.

    Restricted Hartree-Fock orbitals, of open shells too (ROHF), ascending in energy.

    Args:
        molecule: see there.
        name: as reports call it.

    Returns:
        `reference` is the lowest energy of these electrons in these orbitals (CASCI; FCI where nothing is
        frozen), None where that would take long. By Jordan and Wigner with `num_particles`; by other
        mappings with the Hartree-Fock state as `initial_state`.

    Raises:
        InputRejected: PySCF is not installed or does not know the basis or an element; charge, spin and
            active space do not fit; the basis or the active space is too large; Hartree-Fock does not
            converge.
    """
    try:
        from pyscf import ao2mo, lib
    except ImportError:
        raise InputRejected(name, "molecules need PySCF: pip install qorum[chemistry]") from None
    with lib.with_omp_threads(1):  # sums in one order: the same integrals every time
        atoms = _atoms(molecule, name)
        space = _active_space(molecule, atoms, name)
        field = _mean_field(atoms, name)
        active = _active_part(field, space)
        one_body, constant = active.get_h1eff()
        two_body = ao2mo.restore(1, active.get_h2eff(), space.orbitals)
        reference = _lowest(one_body, two_body, float(constant), space)
    return _on_qubits(molecule, name, (float(constant), one_body, two_body), space, reference)


def _atoms(molecule: Molecule, name: str) -> Any:
    from pyscf import gto

    given = [(element, place) for element, *place in molecule.atoms]
    try:
        atoms = gto.M(
            atom=given, basis=molecule.basis, charge=molecule.charge, spin=None, symmetry=True, verbose=0
        )
    except (KeyError, RuntimeError, ValueError, AssertionError) as error:  # PySCF's own, of many kinds
        reason = f"elements and a basis that PySCF knows expected, found {molecule.basis!r}: {error}"
        raise InputRejected(name, " ".join(reason.split())) from None
    electrons = atoms.nelectron
    if electrons < max(1, molecule.spin) or (electrons - molecule.spin) % 2:
        reason = (
            f"a spin (unpaired electrons) that fits {electrons} electrons expected, found {molecule.spin};"
            " set charge or spin"
        )
        raise InputRejected(name, reason)
    if atoms.nao > MOST_FUNCTIONS:
        reason = f"at most {MOST_FUNCTIONS} basis functions expected, found {atoms.nao}; take a smaller basis"
        raise InputRejected(name, reason)
    atoms.spin = molecule.spin
    return atoms


def _active_space(molecule: Molecule, atoms: Any, name: str) -> ActiveSpace:
    total = atoms.nelectron
    core = _inner_orbitals(molecule) if molecule.frozen_core else 0
    electrons = total - 2 * core if molecule.electrons is None else molecule.electrons
    frozen, odd = divmod(total - electrons, 2)
    if odd or frozen < 0 or electrons < max(1, molecule.spin):
        reason = (
            f"active electrons that leave pairs of the {total} frozen expected, as many as the spin at least,"
            f" found {electrons}"
        )
        raise InputRejected(name, reason)
    left = atoms.nao - frozen
    orbitals = left if molecule.orbitals is None else molecule.orbitals
    up, down = (electrons + molecule.spin) // 2, (electrons - molecule.spin) // 2
    if not up <= orbitals <= left:
        reason = (
            f"{max(1, up)} to {left} active orbitals for {electrons} electrons expected, found {orbitals};"
            " set electrons and orbitals"
        )
        raise InputRejected(name, reason)
    if orbitals > MOST_ORBITALS:
        reason = (
            f"at most {MOST_ORBITALS} active orbitals, two qubits each, expected, found {orbitals}; set"
            " electrons and orbitals, or frozen_core"
        )
        raise InputRejected(name, reason)
    return ActiveSpace(orbitals, up, down)


def _inner_orbitals(molecule: Molecule) -> int:
    """Those of the noble gas before each element."""
    from pyscf.data.elements import charge

    numbers = [charge(element) for element, *_ in molecule.atoms]
    return sum(max([0, *(gas // 2 for gas in NOBLE_GASES if gas < number)]) for number in numbers)


def _mean_field(atoms: Any, name: str) -> Any:
    from pyscf import scf

    made = scf.ROHF(atoms) if atoms.spin else scf.RHF(atoms)
    field = made.set(conv_tol=1e-12, conv_tol_grad=1e-8, max_cycle=200)
    field.kernel()
    if not field.converged:
        reason = "Hartree-Fock did not converge; a geometry nearer to equilibrium, or another spin, is needed"
        raise InputRejected(name, reason)
    field.mo_coeff = _with_definite_signs(field.mo_coeff)
    return field


def _active_part(field: Any, space: ActiveSpace) -> Any:
    from pyscf import mcscf

    return mcscf.CASCI(field, space.orbitals, (space.up, space.down))


def _with_definite_signs(orbitals: Any) -> Any:
    """Each orbital with its first large coefficient positive: an eigenvector's sign is arbitrary."""
    sizes = np.abs(orbitals)
    first = np.argmax(sizes > 0.9 * sizes.max(axis=0), axis=0)
    orbitals *= np.sign(np.take_along_axis(np.asarray(orbitals), first[None], axis=0))
    return orbitals


def _lowest(one_body: Any, two_body: Any, constant: float, space: ActiveSpace) -> float | None:
    """By full interaction in all spatial symmetries; None where the determinants are too many."""
    from pyscf import fci

    ways = math.comb(space.orbitals, space.up) * math.comb(space.orbitals, space.down)
    if ways > MOST_DETERMINANTS:
        return None
    solver = fci.direct_spin1.FCI()
    solver.verbose, solver.conv_tol = 0, 1e-12
    found, _ = solver.kernel(one_body, two_body, space.orbitals, (space.up, space.down))
    return float(found) + constant


def _on_qubits(
    molecule: Molecule,
    name: str,
    integrals: tuple[float, Any, Any],
    space: ActiveSpace,
    reference: float | None,
) -> Hamiltonian:
    order, particles = molecule.order, (space.up, space.down)
    observable = jordan_wigner(*integrals, order)
    if molecule.mapping == "jordan-wigner":
        return Hamiltonian(
            name, observable, num_particles=particles, spin_orbitals=order, reference=reference
        )
    observable = mapped(observable, molecule.mapping)
    occupied = hartree_fock_state(observable.num_qubits, particles, order)
    state = mapped_state(occupied, molecule.mapping)
    if molecule.two_qubit_reduction:  # blocked: these hold the parity of spin up and of all electrons
        removed = space.orbitals - 1, 2 * space.orbitals - 1
        observable = without_qubits(name, observable, state, removed)
        state = without_characters(state, removed)
    return Hamiltonian(name, observable, initial_state=state, reference=reference)
