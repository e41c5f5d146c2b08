"""The stages of a plan: passes over the state, told by bits of its index; no number is bound yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import cast

from qorum.statevector.gate_ir import (
    Angle,
    ControlledX,
    DiagonalPhase,
    Merged,
    RealRotation,
    Reflection,
    Unswapped,
)
from qorum.statevector.layout import Layout
from qorum.statevector.renaming import renamed

FACTOR_BITS = 10
"""A table of phases has at most 2**10 entries, which stay in the processor's nearest cache …"""

SMALL_FACTOR_BITS = 8
"""… and at least as many are allowed; between them 2**(n - 7), whose sines cost less than a pass."""

GROUP_BITS = 4
"""One-qubit matrices that are multiplied into one; 5 on small states, where calls count."""

SMALL_STATE = 12

Part = tuple[float, float, float, float] | int
Parts = tuple[Part, ...]
"""Of a `RealRotation`."""


@dataclass(frozen=True)
class Factor:
    """A table of phases over some bits of the index.

    Attributes:
        mask: the bits.
        terms: pairs of a subset of them, as a mask, and the angle where all of these are 1.
    """

    mask: int
    terms: tuple[tuple[int, Angle], ...]


@dataclass(frozen=True)
class Slice:
    """One phase where all bits of `mask` are 1."""

    mask: int
    angle: Angle


@dataclass(frozen=True)
class Phases:
    """Elementwise multiplications."""

    factors: tuple[Factor, ...]
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Group:
    """The Kronecker product of turns on `width` bits from `position` up; None: the identity."""

    position: int
    turns: tuple[Parts | None, ...]

    @property
    def width(self) -> int:
        """Number of bits."""
        return len(self.turns)


@dataclass(frozen=True)
class Turns:
    """Real matrices on disjoint ranges of bits."""

    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Moves:
    """A permutation of the amplitudes.

    Attributes:
        moves: pairs of a mask of controls and a target bit, in order of time.
        is_linear: whether no move has more than one control.
    """

    moves: tuple[tuple[int, int], ...]
    is_linear: bool

    @classmethod
    def of(cls, moves: Sequence[Merged], layout: Layout) -> Moves:
        """Moves of qubits as moves of bits."""
        found = [cast(ControlledX, move) for move in moves]
        pairs = tuple((layout.positions(move.controls), layout.place[move.target]) for move in found)
        return cls(pairs, all(controls.bit_count() <= 1 for controls, _ in pairs))


@dataclass(frozen=True)
class Reflections:
    """Phases of product states, one after another.

    Attributes:
        parts: for each the states of its bits, by bit, and the angle.
    """

    parts: tuple[tuple[tuple[tuple[int, tuple[float, float]], ...], Angle], ...]

    @classmethod
    def of(cls, elements: Sequence[Merged], layout: Layout) -> Reflections:
        """Reflections of qubits as those of bits."""
        found = [cast(Reflection, element) for element in elements]
        return cls(
            tuple(
                (tuple(sorted((layout.place[qubit], vector) for qubit, vector in one.vectors)), one.angle)
                for one in found
            )
        )


@dataclass(frozen=True)
class Block:
    """A dense matrix on `len(operands)` bits from `position` up.

    Attributes:
        position: the lowest bit, once the layout is as told.
        operands: the qubits of the matrix, lowest bit first.
        elements: what it is made of, in order of time.
        before: if not None, the order of qubits, lowest first, that is changed …
        after: … so that the operands stand lowest afterwards; the matrix acts on the way.
    """

    position: int
    operands: tuple[int, ...]
    elements: tuple[Merged, ...]
    before: tuple[int, ...] | None
    permuted: tuple[int, ...] | None

    @cached_property
    def on_rows(self) -> tuple[Unswapped, ...]:
        """The elements on bits k to 2k - 1 instead of the operands."""
        width = len(self.operands)
        places = {qubit: width + position for position, qubit in enumerate(self.operands)}
        return tuple(renamed(cast(Unswapped, element), places) for element in self.elements)

    @cached_property
    def slots(self) -> set[int]:
        """Of the angles of its elements."""
        found: set[int] = set()
        for element in self.elements:
            if isinstance(element, DiagonalPhase):
                found.update(slot for _, angle in element.terms for slot, _ in angle.slots)
            elif isinstance(element, RealRotation):
                found.update(part for part in element.parts if isinstance(part, int))
        return found


@dataclass(frozen=True)
class Relayout:
    """A change of the order of qubits, lowest first."""

    before: tuple[int, ...]
    after: tuple[int, ...]


Spec = Phases | Turns | Moves | Reflections | Block | Relayout


def factors_of(
    elements: Sequence[Merged], layout: Layout, num_bits: int
) -> tuple[tuple[Factor, ...], tuple[Slice, ...]]:
    """The phases' terms, summed, and spread over as few tables as their bits allow."""
    summed: dict[int, Angle] = {}
    for element in elements:
        for mask, angle in cast(DiagonalPhase, element).terms:
            place = layout.positions(mask)
            known = summed.get(place)
            summed[place] = angle if known is None else _sum(known, angle)
    widest = max(SMALL_FACTOR_BITS, min(FACTOR_BITS, num_bits - 7))
    slices = tuple(Slice(mask, a) for mask, a in summed.items() if mask.bit_count() > widest)
    narrow = [(mask, a) for mask, a in summed.items() if mask.bit_count() <= widest]
    if num_bits <= widest:
        return ((Factor((1 << num_bits) - 1, tuple(narrow)),) if narrow else ()), slices
    narrow.sort(key=lambda term: (term[0] & -term[0], term[0]))
    tables: list[tuple[int, list[tuple[int, Angle]]]] = []
    for mask, angle in narrow:
        for place, (covered, terms) in enumerate(tables):
            if (covered | mask).bit_count() <= widest:
                tables[place] = (covered | mask, terms)
                terms.append((mask, angle))
                break
        else:
            tables.append((mask, [(mask, angle)]))
    return tuple(Factor(_widened(mask, num_bits), tuple(terms)) for mask, terms in tables), slices


def _widened(mask: int, num_bits: int) -> int:
    """With the lowest four bits if it has any of them: short rows are slow to multiply."""
    return mask | 15 & (1 << num_bits) - 1 if mask & 15 or not mask else mask


def _sum(a: Angle, b: Angle) -> Angle:
    weights = dict(a.slots)
    for slot, weight in b.slots:
        weights[slot] = weights.get(slot, 0.0) + weight
    return Angle(a.constant + b.constant, tuple(weights.items()))


def turn_groups(elements: Sequence[Merged], layout: Layout, num_bits: int) -> tuple[Group, ...]:
    """The turns by ranges of bits that are multiplied at once."""
    turns = {
        layout.place[cast(RealRotation, turn).qubit]: cast(RealRotation, turn).parts for turn in elements
    }
    groups: list[Group] = []
    for low, high in tiles(num_bits):
        inside = [position for position in range(low, high) if position in turns]
        if inside:
            if low >= SMALL_STATE - 1:
                low, high = inside[0], inside[-1] + 1
            groups.append(Group(low, tuple(turns.get(position) for position in range(low, high))))
    return tuple(groups)


def tiles(num_bits: int) -> list[tuple[int, int]]:
    """Ranges of bits, of nearly equal widths; none of the lower ones is very narrow."""
    widest = GROUP_BITS if num_bits > SMALL_STATE else GROUP_BITS + 1
    count = -(-num_bits // widest)
    edges = [round(num_bits * tile / count) for tile in range(count + 1)]
    return list(pairwise(edges))


def linear_map(moves: Sequence[tuple[int, int]], num_bits: int) -> tuple[list[int], int]:
    """The basis state that ends at each: x(y) = offset ⊕ the columns of y's set bits."""
    columns = [1 << bit for bit in range(num_bits)]
    offset = 0
    for controls, target in reversed(moves):
        flip = 1 << target
        if controls == 0:
            offset ^= flip
            continue
        columns = [column ^ flip if column & controls else column for column in columns]
        if offset & controls:
            offset ^= flip
    return columns, offset
