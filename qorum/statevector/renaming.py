"""Swaps taken out of a circuit: what comes after them acts on other qubits instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qorum.statevector.gate_ir import (
    ControlledX,
    Dense,
    DiagonalPhase,
    Element,
    RealRotation,
    Swap,
    Unswapped,
)
from qorum.statevector.layout import bits


def without_swaps(elements: Sequence[Element], num_qubits: int) -> tuple[list[Unswapped], list[int]]:
    """The elements but swaps, renamed; and the qubit that each qubit's state is found in at the end."""
    now = list(range(num_qubits))
    if not any(isinstance(element, Swap) for element in elements):
        return [element for element in elements if not isinstance(element, Swap)], now
    found: list[Unswapped] = []
    changed = 0
    for element in elements:
        if isinstance(element, Swap):
            a, b = element.first, element.second
            now[a], now[b] = now[b], now[a]
            changed |= element.qubits
        elif element.qubits & changed:
            found.append(renamed(element, now))
        else:
            found.append(element)
    return found, now


def renamed(element: Unswapped, now: Mapping[int, int] | Sequence[int]) -> Unswapped:
    """The element on other qubits: what stood on q stands on now[q]."""
    if isinstance(element, DiagonalPhase):
        return DiagonalPhase(
            tuple((_mask(m, now), angle) for m, angle in element.terms), _mask(element.qubits, now)
        )
    if isinstance(element, RealRotation):
        return RealRotation(now[element.qubit], element.parts)
    if isinstance(element, ControlledX):
        return ControlledX(_mask(element.controls, now), now[element.target])
    operands = tuple(now[qubit] for qubit in element.operands)
    return Dense(operands, element.matrix, element.identity, _mask(element.qubits, now))


def _mask(mask: int, now: Mapping[int, int] | Sequence[int]) -> int:
    found = 0
    for qubit in bits(mask):
        found |= 1 << now[qubit]
    return found
