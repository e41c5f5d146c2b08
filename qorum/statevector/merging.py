"""Turns merged before anything is planned: with their neighbours, and through wide phases."""

from __future__ import annotations

from collections.abc import Sequence

from qorum.statevector.gate_ir import ControlledX, DiagonalPhase, Merged, RealRotation, Reflection
from qorum.statevector.gates import FLIP
from qorum.statevector.layout import bits
from qorum.statevector.passes import Parts

IDENTITY = (1.0, 0.0, 0.0, 1.0)

WIDE = 8
"""Qubits of a phase that is worth more as a reflection than as a slice between two layers of turns."""


def merge_turns(elements: Sequence[Merged], *, reflect: bool) -> list[Merged]:
    """Turns in a row on one qubit become one; identities vanish; a lone flip becomes a move.

    With `reflect` a phase of many qubits lets constant turns before it pass, and becomes a reflection.
    """
    merging = _Merging(reflect)
    for element in elements:
        merging.add(element)
    return merging.result()


class _Merging:
    """The elements so far, and which of them are turns that nothing has followed on their qubits."""

    def __init__(self, reflect: bool) -> None:
        self._reflects = reflect
        self._merged: list[Merged | None] = []
        self._latest: dict[int, int] = {}

    def add(self, element: Merged) -> None:
        """One more element in order of time."""
        if isinstance(element, RealRotation):
            self._turn(element)
            return
        if self._reflects and isinstance(element, DiagonalPhase) and _is_wide(element):
            self._reflect(element)
            return
        for qubit in bits(element.qubits):
            self._latest.pop(qubit, None)
        self._merged.append(element)

    def result(self) -> list[Merged]:
        """What is left."""
        return [
            ControlledX(0, element.qubit)
            if isinstance(element, RealRotation) and element.parts == (FLIP,)
            else element
            for element in self._merged
            if element is not None
        ]

    def _turn(self, element: RealRotation) -> None:
        before = self._latest.get(element.qubit)
        if before is None:
            self._latest[element.qubit] = len(self._merged)
            self._merged.append(element)
            return
        earlier = self._merged[before]
        assert isinstance(earlier, RealRotation)
        joined = RealRotation(element.qubit, _product(earlier.parts, element.parts))
        if joined.parts:
            self._merged[before] = joined
        else:
            self._merged[before] = None
            del self._latest[element.qubit]

    def _reflect(self, element: DiagonalPhase) -> None:
        """S T = T (T† S T): the turns T before a phase S act after it, on what is then a reflection."""
        passing: list[RealRotation] = []
        vectors: list[tuple[int, tuple[float, float]]] = []
        for qubit in bits(element.qubits):
            place = self._latest.pop(qubit, None)
            vector = (0.0, 1.0)
            if place is not None:
                turn = self._merged[place]
                assert isinstance(turn, RealRotation)
                (part, *more) = turn.parts
                if not more and not isinstance(part, int):
                    vector = (part[2], part[3])
                    self._merged[place] = None
                    passing.append(turn)
            vectors.append((qubit, vector))
        if not passing:
            self._merged.append(element)
            return
        self._merged.append(Reflection(tuple(vectors), element.terms[0][1]))
        for turn in passing:
            self._latest[turn.qubit] = len(self._merged)
            self._merged.append(turn)


def _is_wide(element: DiagonalPhase) -> bool:
    return len(element.terms) == 1 and element.qubits.bit_count() >= WIDE


def _product(first: Parts, then: Parts) -> Parts:
    last, next_ = first[-1], then[0]
    if isinstance(last, int) or isinstance(next_, int):
        return first + then
    a, b, c, d = last
    p, q, r, s = next_
    product = (p * a + q * c, p * b + q * d, r * a + s * c, r * b + s * d)
    if _is_close(product, IDENTITY):
        return first[:-1] + then[1:]
    return (*first[:-1], FLIP if _is_close(product, FLIP) else product, *then[1:])


def _is_close(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return all(abs(x - y) < 1e-14 for x, y in zip(a, b, strict=True))
