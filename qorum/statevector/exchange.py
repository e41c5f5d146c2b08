"""Which qubits a sharded state keeps on every rank, and when they change places with the ranks' own bits.

The top bits of the index are the rank. Diagonal gates, controls and flips among those bits need no
communication; all else on them needs an exchange with bits that every rank holds, as in Häner and
Steiger, arXiv:1704.01127, section 3. Which ones leave is Belady's rule: those needed last.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from qorum.statevector.gate_ir import ControlledX, Dense, DiagonalPhase, Element, RealRotation, mask_of
from qorum.statevector.gates import FLIP
from qorum.statevector.layout import bits


@dataclass(frozen=True, slots=True)
class Segment:
    """What runs between two exchanges.

    Attributes:
        local: the qubit at each low bit of the index, the same on every rank.
        ranked: the qubit at each bit of a rank's label.
        elements: in an order that may be run; those that act on qubits of `ranked` are diagonal there,
            or flip one of them for labels alone.
    """

    local: tuple[int, ...]
    ranked: tuple[int, ...]
    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A circuit from |0…0>, cut into segments; between two of them is one exchange.

    Attributes:
        opening: the first turn of each qubit that begins with one, made on |0> before the first segment.
        segments: at least one.
    """

    opening: dict[int, RealRotation]
    segments: tuple[Segment, ...]

    @property
    def exchanged(self) -> list[int]:
        """How many qubits each exchange moves."""
        pairs = zip(self.segments, self.segments[1:], strict=False)
        return [len(set(before.ranked) - set(after.ranked)) for before, after in pairs]


def schedule(elements: Sequence[Element], num_qubits: int, num_local: int) -> Schedule:
    """Segments with few exchanges for elements without swaps.

    Args:
        elements: in order of time; a matrix has at most `num_local` operands.
        num_qubits: n.
        num_local: bits of the index within a rank.
    """
    opening, rest = _opening(elements)
    every = range(num_qubits)
    first = _next_uses(rest, num_qubits)
    by_use = sorted(every, key=lambda qubit: first[qubit])
    local, ranked = tuple(sorted(by_use[:num_local])), tuple(sorted(by_use[num_local:]))
    segments: list[Segment] = []
    while True:
        ready, rest = _ready(rest, mask_of(local), (1 << num_qubits) - 1)
        segments.append(Segment(local, ranked, tuple(ready)))
        if not rest:
            return Schedule(opening, tuple(segments))
        local, ranked = _after_exchange(rest, local, ranked)


def _needed(element: Element) -> int:
    """The qubits that an element is not diagonal on, as a bit mask."""
    if isinstance(element, DiagonalPhase):
        return 0
    return 1 << element.target if isinstance(element, ControlledX) else element.qubits


def _opening(elements: Sequence[Element]) -> tuple[dict[int, RealRotation], list[Element]]:
    """The first turns, and the rest: phases and moves that ask for a 1 where |0> stands are gone."""
    opening: dict[int, RealRotation] = {}
    touched = entangled = 0
    rest: list[Element] = []
    for element in elements:
        if isinstance(element, RealRotation):
            bit = element.qubits
            if not entangled & bit:
                before = opening[element.qubit].parts if touched & bit else ()
                opening[element.qubit] = RealRotation(element.qubit, before + element.parts)
                touched |= bit
                continue
            if element.parts == (FLIP,):
                element = ControlledX(0, element.qubit)
        elif isinstance(element, DiagonalPhase):
            terms = tuple((mask, angle) for mask, angle in element.terms if not mask & ~touched)
            if not terms:
                continue
            element = DiagonalPhase(terms, _union(mask for mask, _ in terms))
        elif isinstance(element, ControlledX) and element.controls & ~touched:
            continue
        touched |= element.qubits
        entangled |= element.qubits
        rest.append(element)
    return opening, rest


def _union(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _next_uses(elements: Sequence[Element], num_qubits: int) -> list[int]:
    """For each qubit the first element that is not diagonal on it; none: past the end."""
    found = [len(elements)] * num_qubits
    missing = (1 << num_qubits) - 1
    for place, element in enumerate(elements):
        mask = _needed(element)
        for qubit in bits(mask & missing):
            found[qubit] = place
        missing &= ~mask
        if not missing:
            break
    return found


def _ready(elements: Sequence[Element], local: int, every: int) -> tuple[list[Element], list[Element]]:
    """Those that can be run with the qubits of `local` on every rank, and those that must wait.

    An element passes waiting ones if on each qubit they share both are diagonal, or both are flips.
    """
    ready: list[Element] = []
    waiting: list[Element] = []
    diagonal = flipped = mixed = 0
    for place, element in enumerate(elements):
        needed = _needed(element)
        flips = needed if isinstance(element, ControlledX) else 0
        other, kept = needed & ~flips, element.qubits & ~needed
        must_wait = (
            kept & (flipped | mixed) | flips & (diagonal | mixed) | other & (diagonal | flipped | mixed)
        )
        is_label = isinstance(element, ControlledX) and not element.qubits & local
        if not must_wait and (is_label or not needed & ~local):
            ready.append(element)
            continue
        waiting.append(element)
        diagonal, flipped, mixed = diagonal | kept, flipped | flips, mixed | other
        if mixed | diagonal & flipped == every:
            return ready, [*waiting, *elements[place + 1 :]]
    return ready, waiting


def _after_exchange(
    waiting: Sequence[Element], local: tuple[int, ...], ranked: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The next `local` and `ranked`: the qubits needed first are local; those that leave take the
    arriving ones' bits of the label, and the arriving ones the highest bits of the index."""
    uses = _next_uses(waiting, len(local) + len(ranked))
    # Whoever stays costs nothing: local ones first among equals.
    by_use = sorted([*local, *ranked], key=lambda qubit: uses[qubit])
    chosen = set(by_use[: len(local)])
    leaving = [qubit for qubit in local if qubit not in chosen]
    arriving = [qubit for qubit in ranked if qubit in chosen]
    kept = [qubit for qubit in local if qubit in chosen]
    heirs = dict(zip(arriving, leaving, strict=True))
    return (*kept, *arriving), tuple(heirs.get(qubit, qubit) for qubit in ranked)


def widest_matrix(elements: Sequence[Element]) -> int:
    """How many qubits must be local at least, 1 for elements without matrices."""
    return max((len(element.operands) for element in elements if isinstance(element, Dense)), default=1)


def resolved(segment: Segment, labels: list[int], rank: int) -> list[Element]:
    """What a rank does in a segment, qubits named by their bits within it; `labels` changes on the way.

    Args:
        segment: of a schedule.
        labels: for each rank the bits of the index that it holds; flips among them exchange labels.
        rank: which one.
    """
    local = {qubit: bit for bit, qubit in enumerate(segment.local)}
    ranked = {qubit: bit for bit, qubit in enumerate(segment.ranked)}
    found: list[Element] = []
    for element in segment.elements:
        if isinstance(element, ControlledX) and element.target in ranked:
            controls = mask_of(tuple(ranked[qubit] for qubit in bits(element.controls)))
            flip = 1 << ranked[element.target]
            labels[:] = [label ^ flip if label & controls == controls else label for label in labels]
            continue
        label = labels[rank]
        zeros = mask_of(tuple(qubit for qubit, bit in ranked.items() if not label >> bit & 1))
        mine = _within(element, zeros, local)
        if mine is not None:
            found.append(mine)
    return found


def _within(element: Element, zeros: int, local: dict[int, int]) -> Element | None:
    """An element on local bits; None if it asks for a 1 of a qubit that is 0 on this rank."""
    if isinstance(element, DiagonalPhase):
        terms = tuple((_bits_of(mask, local), angle) for mask, angle in element.terms if not mask & zeros)
        return DiagonalPhase(terms, _union(mask for mask, _ in terms)) if terms else None
    if isinstance(element, ControlledX):
        if element.controls & zeros:
            return None
        return ControlledX(_bits_of(element.controls, local), local[element.target])
    if isinstance(element, RealRotation):
        return RealRotation(local[element.qubit], element.parts)
    assert isinstance(element, Dense)
    operands = tuple(local[qubit] for qubit in element.operands)
    return Dense(operands, element.matrix, element.identity, mask_of(operands))


def _bits_of(mask: int, local: dict[int, int]) -> int:
    return mask_of(tuple(local[qubit] for qubit in bits(mask) if qubit in local))
