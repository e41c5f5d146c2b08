"""Phases pulled back through CX gates: a rotation between two ladders is a phase of a parity.

After CX gates a bit is the parity of bits before them, so a phase on it can come before them, as phases
where all of several bits are 1: parity = Σ (-2)^(k - 1) · product, over all subsets of k of its bits. The
gates then meet, and cancel where they were there for the phases alone (phase polynomials: Amy, Maslov and
Mosca, arXiv:1303.2042).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from qorum.statevector.gate_ir import Angle, ControlledX, DiagonalPhase, Merged
from qorum.statevector.layout import bits

MOST_BITS = 5
"""Of one phase: its table has at most 2**5 entries."""

NEGLIGIBLE = 1e-15


def pull_phases(elements: Sequence[Merged], num_qubits: int) -> list[Merged] | None:
    """The same circuit with one phase in place of several between CX gates; None where there are none."""
    pulling = _Pulling(num_qubits)
    for element in elements:
        pulling.add(element)
    return without_pairs(pulling.result()) if pulling.pulled else None


def without_pairs(elements: Sequence[Merged]) -> list[Merged]:
    """Without moves that undo one another."""
    kept: list[Merged] = []
    for element in elements:
        place = _undone(kept, element) if isinstance(element, ControlledX) else None
        if place is None:
            kept.append(element)
        else:
            del kept[place]
    return kept


class _Pulling:
    """The elements so far, and the last phase that others may join."""

    def __init__(self, num_qubits: int) -> None:
        self.pulled = 0
        self._elements: list[Merged | None] = []
        self._place: int | None = None
        self._qubits = 0
        self._sums: dict[int, tuple[float, dict[int, float]]] = {}
        self._fresh = {qubit: 1 << qubit for qubit in range(num_qubits)}
        self._parities: dict[int, int] = {}
        """Of each qubit, the bits at the last phase whose parity it is; missing where it is none."""

    def add(self, element: Merged) -> None:
        """One more element in order of time."""
        if isinstance(element, DiagonalPhase):
            if all(mask.bit_count() <= 1 for mask, _ in element.terms) and not self._join(element):
                self._begin(element)
            elif any(mask.bit_count() > 1 for mask, _ in element.terms):
                self._elements.append(element)
            return
        self._elements.append(element)
        if not isinstance(element, ControlledX):
            for qubit in bits(element.qubits):
                self._parities.pop(qubit, None)
            return
        control = self._parities.get(element.controls.bit_length() - 1)
        target = self._parities.pop(element.target, None)
        if element.controls.bit_count() == 1 and control is not None and target is not None:
            self._parities[element.target] = control ^ target

    def result(self) -> list[Merged]:
        """What is left."""
        self._close()
        return [element for element in self._elements if element is not None]

    def _begin(self, phase: DiagonalPhase) -> None:
        self._close()
        self._place, self._qubits, self._sums = len(self._elements), phase.qubits, {}
        self._elements.append(phase)
        self._parities = dict(self._fresh)
        for mask, angle in phase.terms:
            self._put(mask, angle)

    def _join(self, phase: DiagonalPhase) -> bool:
        if self._place is None:
            return False
        joined, found = self._qubits, list[tuple[int, Angle]]()
        for mask, angle in phase.terms:
            parity = self._parities.get(mask.bit_length() - 1) if mask else 0
            if parity is None or (mask and not parity & self._qubits):
                return False
            joined |= parity
            found.append((parity, angle))
        if joined.bit_count() > MOST_BITS:
            return False
        self._qubits, self.pulled = joined, self.pulled + 1
        for parity, angle in found:
            for mask, share in _products(parity, angle):
                self._put(mask, share)
        return True

    def _put(self, mask: int, angle: Angle) -> None:
        constant, slots = self._sums.get(mask, (0.0, {}))
        for slot, weight in angle.slots:
            slots[slot] = slots.get(slot, 0.0) + weight
        self._sums[mask] = (constant + angle.constant, slots)

    def _close(self) -> None:
        """Write the last phase, with all that has joined it."""
        if self._place is None:
            return
        terms: list[tuple[int, Angle]] = []
        for mask, (constant, slots) in self._sums.items():
            weights = tuple((slot, weight) for slot, weight in slots.items() if abs(weight) > NEGLIGIBLE)
            if weights or abs(constant) > NEGLIGIBLE:
                terms.append((mask, Angle(constant, weights)))
        qubits = 0
        for mask, _ in terms:
            qubits |= mask
        self._elements[self._place] = DiagonalPhase(tuple(terms), qubits) if terms else None


def _products(parity: int, angle: Angle) -> Iterator[tuple[int, Angle]]:
    """A phase of a parity as phases of products of its bits; of no bits, for all states."""
    if not parity:
        yield 0, angle
    single = [1 << bit for bit in bits(parity)]
    for size in range(1, len(single) + 1):
        for subset in combinations(single, size):
            yield sum(subset), angle.scaled((-2.0) ** (size - 1))


def _undone(kept: Sequence[Merged], move: ControlledX) -> int | None:
    """Where the same move stands, with nothing after it that it cannot pass."""
    for place in reversed(range(len(kept))):
        other = kept[place]
        if other == move:
            return place
        if isinstance(other, DiagonalPhase):
            stands = other.qubits >> move.target & 1
        elif isinstance(other, ControlledX):
            stands = other.controls >> move.target & 1 or move.controls >> other.target & 1
        else:
            stands = other.qubits & move.qubits
        if stands:
            return None
    return None
