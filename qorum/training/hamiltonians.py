"""Hamiltonians as problems: what is minimized, and what is known of the system."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from typing import Literal

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum

SpinOrbitals = Literal["interleaved", "blocked"]

CONSERVED = 1e-8
"""A commutator with the particle numbers below this, relative to the largest coefficient, is rounding."""


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
        reference: the lowest eigenvalue (of these particle numbers) as known from elsewhere, for plots.

    Raises:
        InputRejected: the operator is zero, constant or not finite; the initial state or the particle
            numbers do not fit the qubits or one another; or the operator does not conserve them.
    """

    name: str
    observable: PauliSum
    initial_state: str | None = None
    num_particles: tuple[int, int] | None = None
    spin_orbitals: SpinOrbitals = "interleaved"
    reference: float | None = None

    def __post_init__(self) -> None:
        _check_operator(self)
        if self.num_particles is not None:
            _check_particles(self, self.num_particles)
        if self.initial_state is not None:
            _check_initial_state(self, self.initial_state)

    @property
    def num_qubits(self) -> int:
        """Qubits 0 … num_qubits - 1 are acted on."""
        return self.observable.num_qubits

    @property
    def start_state(self) -> str:
        """The initial state, written out where it is None; rightmost character = qubit 0."""
        if self.initial_state is not None:
            return self.initial_state
        if self.num_particles is None:
            return "0" * self.num_qubits
        return hartree_fock_state(self.num_qubits, self.num_particles, self.spin_orbitals)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over all that a training depends on: not the name, not the reference."""
        content = {
            "num_qubits": self.num_qubits,
            "terms": [[term.x, term.z, term.coefficient.hex()] for term in self.observable.terms],
            "constant": self.observable.constant.hex(),
            "initial_state": self.initial_state,
            "num_particles": self.num_particles,
            "spin_orbitals": self.spin_orbitals,
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def spin_masks(num_qubits: int, spin_orbitals: SpinOrbitals) -> tuple[int, int]:
    """Bit masks of the spin-up and of the spin-down qubits."""
    half = num_qubits // 2
    if spin_orbitals == "blocked":
        return (1 << half) - 1, (1 << half) - 1 << half
    ups = sum(1 << 2 * orbital for orbital in range(half))
    return ups, ups << 1


def hartree_fock_state(num_qubits: int, num_particles: tuple[int, int], spin_orbitals: SpinOrbitals) -> str:
    """The lowest orbitals of each spin filled; rightmost character = qubit 0."""
    half = num_qubits // 2
    step, down = (2, 1) if spin_orbitals == "interleaved" else (1, half)
    filled = [step * orbital for orbital in range(num_particles[0])]
    filled += [step * orbital + down for orbital in range(num_particles[1])]
    return format(sum(1 << qubit for qubit in filled), f"0{num_qubits}b")


def _check_operator(problem: Hamiltonian) -> None:
    observable = problem.observable
    coefficients = [observable.constant, *(term.coefficient for term in observable.terms)]
    if not all(map(isfinite, coefficients)):
        raise InputRejected(problem.name, "finite coefficients expected, found sums of terms beyond floats")
    if not any(coefficients[1:]):
        reason = "a Pauli string other than the identity with a coefficient other than 0 expected, found none"
        raise InputRejected(problem.name, f"{reason}; there is nothing to minimize")
    if problem.reference is not None and not isfinite(problem.reference):
        raise InputRejected(problem.name, f"a finite reference expected, found {problem.reference}")


def _check_particles(problem: Hamiltonian, particles: tuple[int, int]) -> None:
    n = problem.num_qubits
    found = f"found num_particles {list(particles)} on {n} qubits"
    if n % 2:
        raise InputRejected(
            problem.name, f"an even number of qubits (two spins for each orbital) expected, {found}"
        )
    if not all(0 <= count <= n // 2 for count in particles):
        raise InputRejected(
            problem.name, f"at most {n // 2} electrons of each spin (one for each orbital) expected, {found}"
        )
    for spin, mask in zip(("up", "down"), spin_masks(n, problem.spin_orbitals), strict=True):
        if not _conserves(problem.observable, mask):
            raise InputRejected(
                problem.name,
                f"an operator that conserves the number of spin-{spin} electrons expected, as num_particles "
                f"is given and spin_orbitals is {problem.spin_orbitals}; found one that does not; correct "
                "spin_orbitals, or leave num_particles out",
            )


def _conserves(observable: PauliSum, mask: int) -> bool:
    """Whether it commutes with the number of ones among the qubits of `mask`.

    [Z_q, P] = 2 Z_q P for each q where P has X or Y; a Z on top of X or Y turns the one into the other.
    """
    commutator: dict[tuple[int, int], complex] = {}
    largest = max(abs(term.coefficient) for term in observable.terms)
    for term in observable.terms:
        flipped = term.x & mask
        while flipped:
            bit = flipped & -flipped
            flipped ^= bit
            phase = -1j if term.z & bit else 1j  # Z Y = -i X, Z X = i Y
            key = (term.x, term.z ^ bit)
            commutator[key] = commutator.get(key, 0) + phase * term.coefficient
    return all(abs(value) <= CONSERVED * largest for value in commutator.values())


def _check_initial_state(problem: Hamiltonian, state: str) -> None:
    n = problem.num_qubits
    if len(state) != n or state.strip("01"):
        reason = f"an initial_state of {n} characters 0 or 1, one for each qubit, expected, found {state!r}"
        raise InputRejected(problem.name, reason)
    if problem.num_particles is None:
        return
    bits = int(state, 2)
    ups, downs = spin_masks(n, problem.spin_orbitals)
    found = ((bits & ups).bit_count(), (bits & downs).bit_count())
    if found != problem.num_particles:
        raise InputRejected(
            problem.name,
            f"an initial_state with num_particles {list(problem.num_particles)} (spin up, down) expected, "
            f"found {state!r} with {list(found)} in {problem.spin_orbitals} order",
        )
