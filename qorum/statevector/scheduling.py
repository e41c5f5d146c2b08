"""Elements in the order in which they can come: which may pass which, and which belong together."""

from __future__ import annotations

from typing import NamedTuple

from qorum.statevector.costs import DENSE_COST, MOVE_COST, PHASE_COST, REAL_COST, REFLECTION_COST
from qorum.statevector.gate_ir import ControlledX, Dense, DiagonalPhase, Merged, RealRotation, Reflection
from qorum.statevector.layout import bits

GAIN: dict[type[Merged], float] = {
    RealRotation: REAL_COST[1],
    DiagonalPhase: PHASE_COST,
    ControlledX: MOVE_COST,
    Reflection: REFLECTION_COST,
}
"""What an element is worth to a stage that takes it: what it would cost alone."""


KINDS: tuple[type[Merged], ...] = (DiagonalPhase, RealRotation, ControlledX, Reflection)
"""Of which layers are made."""


class Item(NamedTuple):
    """An element as the fusion sees it: masks of the qubits it acts on diagonally, and not."""

    element: Merged
    kind: type[Merged]
    sharp: int
    diagonal: int
    gain: float

    @classmethod
    def of(cls, element: Merged) -> Item:
        """What stands in the way of what."""
        if isinstance(element, DiagonalPhase):
            return cls(element, DiagonalPhase, 0, element.qubits, GAIN[DiagonalPhase])
        if isinstance(element, ControlledX):
            return cls(element, ControlledX, 1 << element.target, element.controls, GAIN[ControlledX])
        if isinstance(element, Dense):
            return cls(element, Dense, element.qubits, 0, DENSE_COST[len(element.operands)])
        kind = Reflection if isinstance(element, Reflection) else RealRotation
        return cls(element, kind, element.qubits, 0, GAIN[kind])


def is_free(element: Merged) -> bool:
    """Whether it has to be bound to an angle."""
    if isinstance(element, DiagonalPhase):
        return any(angle.slots for _, angle in element.terms)
    return isinstance(element, RealRotation) and any(isinstance(part, int) for part in element.parts)


def ready(
    items: list[Item], num_qubits: int, kind: type[Merged] | None, within: int = -1
) -> tuple[list[Item], list[Item]]:
    """The items that can come first: of a kind, or of any within a set of qubits; and the others.

    An item may pass those before it that share no qubit with it, or act diagonally on all they share.
    """
    taken: list[Item] = []
    rest: list[Item] = []
    everything = (1 << num_qubits) - 1
    moved = turned = 0  # qubits that skipped items act on: at all, and not diagonally
    for place, item in enumerate(items):
        _, own, sharp, diagonal, _ = item
        if not (sharp & moved or diagonal & turned) and (
            own is kind if kind is not None else not (sharp | diagonal) & ~within
        ):
            taken.append(item)
            continue
        rest.append(item)
        turned |= sharp
        moved |= sharp | diagonal
        if turned == everything:
            rest.extend(items[place + 1 :])
            break
    return taken, rest


def cones(items: list[Item], widest: int, num_qubits: int) -> dict[int, float]:
    """Sets of qubits that hold an item with all it depends on, to what such items gain."""
    cone = [1 << qubit for qubit in range(num_qubits)]
    gains: dict[int, float] = {}
    wide, everything = 0, (1 << num_qubits) - 1
    for _, _, sharp, diagonal, gain in items:
        qubits = sharp | diagonal
        joined = 0
        if qubits & wide:
            wide |= qubits
        else:
            operands = list(bits(qubits))
            for qubit in operands:
                joined |= cone[qubit]
            if joined.bit_count() > widest:
                wide |= qubits
            elif joined:
                gains[joined] = gains.get(joined, 0.0) + gain
                for qubit in operands:
                    cone[qubit] = joined
        if wide == everything:
            break
    return gains


def grown(seed: int, gains: dict[int, float], widest: int) -> tuple[int, float]:
    """The set with others added while it stays narrow, and what all items within it gain."""
    chosen = seed
    while True:
        best, best_gain = 0, 0.0
        for other, gain in gains.items():
            if gain > best_gain and other & ~chosen and (chosen | other).bit_count() <= widest:
                best, best_gain = other, gain
        if not best:
            break
        chosen |= best
    return chosen, sum(gain for other, gain in gains.items() if not other & ~chosen)
