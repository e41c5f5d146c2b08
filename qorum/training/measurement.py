"""Which Pauli strings are measured together, and what their histograms say of energies and covariances.

Strings commute qubit-wise if on every qubit they have the same letter or one of them has none: rotations
of single qubits then make all of them diagonal at once (McClean et al., arXiv:1509.04279, section 4.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from qiskit import QuantumCircuit

from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm

Array = np.ndarray

AT_ONCE = 1 << 16
"""Outcomes whose eigenvalues are computed together."""


@dataclass(frozen=True)
class Basis:
    """Single-qubit bases: X where bit q of `x` alone is 1, Y where both are, Z otherwise."""

    x: int = 0
    z: int = 0

    @classmethod
    def of(cls, terms: Sequence[PauliTerm]) -> Basis:
        """That of strings which commute qubit-wise."""
        basis = cls()
        for term in terms:
            basis = Basis(basis.x | term.x, basis.z | term.z)
        return basis

    def taken_into(self, bases: list[Basis]) -> int:
        """Join the first basis that has the same letter on each qubit where both have one, else the end.

        Returns:
            The place of the basis that strings of this one are measured in from now on.
        """
        for place, basis in enumerate(bases):
            both = (basis.x | basis.z) & (self.x | self.z)
            if not ((basis.x ^ self.x) | (basis.z ^ self.z)) & both:
                bases[place] = Basis(basis.x | self.x, basis.z | self.z)
                return place
        bases.append(self)
        return len(bases) - 1

    def rotations(self, num_qubits: int) -> QuantumCircuit:
        """Takes these bases to the computational one: H for X, S† and H for Y."""
        circuit = QuantumCircuit(num_qubits, name="basis")
        for qubit in range(num_qubits):
            if self.x >> qubit & 1:
                if self.z >> qubit & 1:
                    circuit.sdg(qubit)
                circuit.h(qubit)
        return circuit


@dataclass(frozen=True)
class Group:
    """Strings that commute qubit-wise, and the basis that all of them are measured in."""

    terms: tuple[PauliTerm, ...]
    basis: Basis

    @property
    def spread(self) -> float:
        """√Σc²: the standard deviation of one sample in the maximally mixed state."""
        return sum(term.coefficient**2 for term in self.terms) ** 0.5


def group_terms(observable: PauliSum) -> tuple[Group, ...]:
    """Every string but the identity in one group.

    Strings are taken by falling |coefficient|, ties by their masks, each into the first group that takes it:
    sorted insertion, which needs fewer shots than groupings by the fewest groups (Crawford et al.,
    arXiv:1908.06942, section 3).
    """
    ordered = sorted(observable.terms, key=lambda term: (-abs(term.coefficient), term.x, term.z))
    members: list[list[PauliTerm]] = []
    bases: list[Basis] = []
    for term in ordered:
        place = Basis(term.x, term.z).taken_into(bases)
        if place == len(members):
            members.append([])
        members[place].append(term)
    return tuple(Group(tuple(terms), basis) for terms, basis in zip(members, bases, strict=True))


class Samples(NamedTuple):
    """Histograms of one measured circuit at several points, in rows.

    Attributes:
        bits: what was read, shape [rows, qubits], uint8; column q is qubit q.
        counts: how often, shape [rows], int64.
        points: at which point, shape [rows], int64.
    """

    bits: Array
    counts: Array
    points: Array


def bits_of_keys(keys: Sequence[str], num_qubits: int) -> Array:
    """Keys in Qiskit's order as rows of `Samples.bits`; clbit q belongs to qubit q."""
    characters = np.frombuffer("".join(keys).encode(), dtype=np.uint8).reshape(len(keys), num_qubits)
    return characters[:, ::-1] - ord("0")


def bits_of_indices(indices: Array, num_qubits: int) -> Array:
    """Indices of basis states as rows of `Samples.bits`."""
    return (indices[:, None] >> np.arange(num_qubits) & 1).astype(np.uint8)


def sampled_values(terms: Sequence[PauliTerm], bits: Array) -> Array:
    """Σ c (±1) of each outcome in the terms' basis, shape [rows]."""
    num_qubits = bits.shape[1]
    masks = [[(term.x | term.z) >> qubit & 1 for qubit in range(num_qubits)] for term in terms]
    supports = np.array(masks, dtype=np.float32).reshape(len(terms), num_qubits).T
    coefficients = np.array([term.coefficient for term in terms])
    values = np.empty(len(bits))
    for start in range(0, len(bits), AT_ONCE):
        ones = bits[start : start + AT_ONCE].astype(np.float32) @ supports
        values[start : start + AT_ONCE] = (1 - 2 * (ones % 2)) @ coefficients
    return values


def estimate(group: Group, samples: Samples, shots: int, points: int) -> tuple[Array, Array]:
    """Mean of a group at each point and the estimated variance of that mean, covariances included.

    Args:
        group: what was measured.
        samples: in the group's basis.
        shots: of each point, at least 2.
        points: how many.

    Returns:
        Two arrays of shape [points]; variances by n - 1, so that they are unbiased.
    """
    values = sampled_values(group.terms, samples.bits)
    where = samples.points
    means = np.bincount(where, samples.counts * values, minlength=points) / shots
    squares = samples.counts * (values - means[where]) ** 2
    return means, np.bincount(where, squares, minlength=points) / (shots * (shots - 1))
