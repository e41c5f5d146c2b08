"""Hamiltonians as problems: what is minimized, and what is known of the system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qorum.statevector.observables import PauliSum


@dataclass(frozen=True)
class Hamiltonian:
    """A Hermitian operator whose lowest eigenvalue is sought.

    Attributes:
        name: as reports call it.
        observable: the operator; in hartree for molecules.
        initial_state: a computational basis state to start from, rightmost character = qubit 0; None: |0…0>,
            or the Hartree-Fock state where `num_particles` is given.
        num_particles: spin-up and spin-down electrons of a Jordan-Wigner mapped system; None: no fermions.
        spin_orbitals: `interleaved`: qubit 2p is orbital p with spin up, 2p + 1 with spin down; `blocked`:
            all spin-up orbitals come first.
    """

    name: str
    observable: PauliSum
    initial_state: str | None = None
    num_particles: tuple[int, int] | None = None
    spin_orbitals: Literal["interleaved", "blocked"] = "interleaved"

    @property
    def num_qubits(self) -> int:
        """Qubits 0 … num_qubits - 1 are acted on."""
        return self.observable.num_qubits
