"""The transverse-field Ising chain, and its ground energy in closed form."""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.problem_text import Document, read_settings, validated

PREFIX = "tfim:"

Boundary = Literal["open", "periodic"]


class IsingChain(Document):
    """What may stand in `tfim:n=8,J=1,g=1,boundary=open`."""

    n: int = Field(ge=2, le=60, description="spins, 2 to 60, one qubit each")
    J: float = Field(1.0, description="coupling of neighbours")
    g: float = Field(1.0, description="transverse field")
    boundary: Boundary = Field("open", description="open, or periodic from 3 spins on")


def ising_chain(text: str) -> Hamiltonian:
    """H = -J Σ Z_i Z_(i+1) - g Σ X_i, with its ground energy as reference.

    Args:
        text: `tfim:n=8,J=1,g=1,boundary=open`; all but n may be left out.

    Raises:
        InputRejected: a setting is unknown or out of bounds, or the operator is zero.
    """
    chain = validated(IsingChain, read_settings(text.removeprefix(PREFIX), text), text)
    n, periodic = chain.n, chain.boundary == "periodic"
    if periodic and n < 3:
        raise InputRejected(text, f"at least 3 spins on a periodic chain expected, found n={n}")
    bonds = [(1 << i) | (1 << (i + 1) % n) for i in range(n if periodic else n - 1)]
    terms = [PauliTerm(0, bond, -chain.J) for bond in bonds if chain.J]
    terms += [PauliTerm(1 << i, 0, -chain.g) for i in range(n) if chain.g]
    reference = free_fermion_energy(n, chain.J, chain.g, chain.boundary)
    return Hamiltonian(text, PauliSum(n, tuple(sorted(terms))), reference=reference)


def free_fermion_energy(n: int, coupling: float, field: float, boundary: Boundary) -> float:
    """The lowest eigenvalue of the chain: minus the sum of the singular values of a bidiagonal matrix.

    Lieb, Schultz, Mattis, Ann. Phys. 16, 407 (1961); Pfeuty, Ann. Phys. 57, 79 (1970). On a periodic chain
    the fermions' boundary depends on the parity of X⊗…⊗X, and their vacuum has that of the determinant: a
    sector whose vacuum is of the other parity begins one quasiparticle higher (Kitaev, cond-mat/0010440).
    """
    matrix = field * np.eye(n) - coupling * np.eye(n, k=1)
    if boundary == "open":
        return -float(np.linalg.svd(matrix, compute_uv=False).sum())
    energies: list[float] = []
    for parity in (1, -1):
        matrix[-1, 0] = parity * coupling
        modes = np.linalg.svd(matrix, compute_uv=False)
        fits = float(np.linalg.slogdet(matrix)[0]) * parity >= 0
        energies.append(-float(modes.sum()) + (0.0 if fits else 2 * float(modes[-1])))
    return min(energies)
