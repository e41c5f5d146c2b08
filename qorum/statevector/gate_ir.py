"""What gates are made of: phases, real turns, moves of basis states, and dense matrices.

Every one-qubit gate is P(phi) RY(theta) P(lambda) up to a phase (Barenco et al., arXiv:quant-ph/9503016,
lemma 4.1). Split like this, all diagonal parts of a circuit merge into elementwise products, and what is
left to multiply is real, which halves the arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import torch


class Angle(NamedTuple):
    """`constant` + Σ weight · value of slot, in radians."""

    constant: float = 0.0
    slots: tuple[tuple[int, float], ...] = ()

    def scaled(self, factor: float) -> Angle:
        """`factor` times this angle."""
        return Angle(self.constant * factor, tuple((slot, weight * factor) for slot, weight in self.slots))


def mask_of(qubits: tuple[int, ...]) -> int:
    """The set of qubits as a bit mask."""
    mask = 0
    for qubit in qubits:
        mask |= 1 << qubit
    return mask


@dataclass(frozen=True, slots=True)
class DiagonalPhase:
    """Multiplies basis state x by exp(i Σ angle of each term whose qubits are all 1 in x).

    Attributes:
        terms: pairs of a set of qubits, as a bit mask, and an angle.
        qubits: all of them, as a bit mask.
    """

    terms: tuple[tuple[int, Angle], ...]
    qubits: int


@dataclass(frozen=True, slots=True)
class RealRotation:
    """A real 2 x 2 matrix on one qubit: the product of `parts`, of which the first acts first.

    A part is a matrix, row after row, or the slot of the angle of an RY.
    """

    qubit: int
    parts: tuple[tuple[float, float, float, float] | int, ...]

    @property
    def qubits(self) -> int:
        """As a bit mask."""
        return 1 << self.qubit


@dataclass(frozen=True, slots=True)
class ControlledX:
    """Flips `target` where all `controls` are 1; no controls: always.

    Attributes:
        controls: as a bit mask.
        target: index of a qubit.
    """

    controls: int
    target: int

    @property
    def qubits(self) -> int:
        """As a bit mask."""
        return self.controls | 1 << self.target


@dataclass(frozen=True, slots=True)
class Dense:
    """A constant matrix, unitary or not, on some qubits.

    Attributes:
        operands: the first one is the lowest bit of the matrix's indices, as in Qiskit.
        matrix: shape [2**k, 2**k], complex128, on the CPU; two elements of one identity are equal.
        qubits: the operands as a bit mask.
    """

    operands: tuple[int, ...]
    matrix: torch.Tensor = field(compare=False)
    identity: bytes
    qubits: int


@dataclass(frozen=True, slots=True)
class Swap:
    """Exchanges two qubits: a matter of names, no work."""

    first: int
    second: int

    @property
    def qubits(self) -> int:
        """As a bit mask."""
        return 1 << self.first | 1 << self.second


@dataclass(frozen=True, slots=True)
class Reflection:
    """Multiplies the part of the state along one product state v by exp(i angle): 1 + (e^ia - 1)|v><v|.

    A phase of many qubits between layers of turns is one: pulled through it, the layers meet and merge.

    Attributes:
        vectors: pairs of a qubit and its real state in v; on all other qubits nothing is done.
        angle: in radians.
    """

    vectors: tuple[tuple[int, tuple[float, float]], ...]
    angle: Angle

    @property
    def qubits(self) -> int:
        """As a bit mask."""
        return mask_of(tuple(qubit for qubit, _ in self.vectors))


Element = DiagonalPhase | RealRotation | ControlledX | Dense | Swap
"""What gates are made of."""

Unswapped = DiagonalPhase | RealRotation | ControlledX | Dense
"""What is left of them where swaps became renamings."""

Merged = Unswapped | Reflection
"""What a plan is made of."""
