"""Elements to stages: what is merged into one pass over the state, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from qorum.statevector.costs import (
    BINDING_CALLS,
    DENSE_COST,
    FAR,
    GATHER_COST,
    MOVE_COST,
    NEAR,
    NEAR_BITS,
    PHASE_COST,
    REAL_COST,
    REFLECTION_COST,
    with_calls,
)
from qorum.statevector.elements import Dense, Merged, Move, Phase, Reflection, Turn
from qorum.statevector.layout import Layout, bits
from qorum.statevector.merging import merge_turns
from qorum.statevector.specs import (
    SMALL_STATE,
    Block,
    Moves,
    Phases,
    Reflections,
    Spec,
    Turns,
    factors_of,
    turn_groups,
)

BOUND_BLOCKS = 16
"""Qubits up to which circuits of free turns are not even tried with blocks."""

SEEDS, DENSE_SEEDS = 4, 12
"""Sets of qubits that a block is grown from; more where it pays, in circuits of dense matrices."""

GAIN: dict[type[Merged], float] = {
    Turn: REAL_COST[1],
    Phase: PHASE_COST,
    Move: MOVE_COST,
    Reflection: REFLECTION_COST,
}


KINDS: tuple[type[Merged], ...] = (Phase, Turn, Move, Reflection)
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
        if isinstance(element, Phase):
            return cls(element, Phase, 0, element.qubits, GAIN[Phase])
        if isinstance(element, Move):
            return cls(element, Move, 1 << element.target, element.controls, GAIN[Move])
        if isinstance(element, Dense):
            return cls(element, Dense, element.qubits, 0, DENSE_COST[len(element.operands)])
        kind = Reflection if isinstance(element, Reflection) else Turn
        return cls(element, kind, element.qubits, 0, GAIN[kind])


def fuse(elements: Sequence[Merged], num_qubits: int, *, bound_often: bool) -> list[Spec]:
    """The stages of the cheapest of some plans: layers of one kind alone, or with dense blocks.

    Args:
        elements: swaps taken out.
        num_qubits: width of the state.
        bound_often: whether blocks will be bound to angles as often as they are run.
    """
    items = [Item.of(element) for element in merge_turns(elements, reflect=True)]
    plans = [_Fusion(items, num_qubits, widest, bound_often).run() for widest in _widths(items, num_qubits)]
    return min(plans, key=lambda plan: plan[0])[1]


def _widths(items: list[Item], num_qubits: int) -> list[int]:
    dense = [item.sharp.bit_count() for item in items if item.kind is Dense]
    if dense:
        widest = max(4, *dense)
        return [widest, 5] if num_qubits <= SMALL_STATE and widest == 4 else [widest]
    turns = [item for item in items if item.kind is Turn]
    free = sum(_is_free(item.element) for item in turns)
    if num_qubits == 1 or (SMALL_STATE < num_qubits <= BOUND_BLOCKS and 2 * free > len(turns)):
        return [0]  # binding blocks would cost more than they save
    return [0, 4, 5] if num_qubits <= SMALL_STATE else [0, 4]


Offer = tuple[float, float, Callable[[], Spec], list[Item]]
"""Gain over cost, cost, what makes the stage, and the items that are left."""


class _Fusion:
    """One plan in the making."""

    def __init__(self, items: list[Item], num_qubits: int, widest: int, bound_often: bool) -> None:
        self._rest, self._n, self._widest = items, num_qubits, min(widest, num_qubits)
        self._binding = BINDING_CALLS if bound_often else 0
        self._seeds = DENSE_SEEDS if any(item.kind is Dense for item in items) else SEEDS
        self._layout = Layout(range(num_qubits))
        self._cost = 0.0
        self._stages: list[Spec] = []

    def run(self) -> tuple[float, list[Spec]]:
        """Cost and stages."""
        while self._rest:
            self._step()
        if self._layout.order != list(range(self._n)):
            self._cost += FAR
        return self._cost, self._stages

    def _step(self) -> None:
        """Appends the stage that does the most for its cost."""
        offers: list[Offer] = []
        for kind in KINDS:
            taken, rest = _ready(self._rest, self._n, kind)
            if taken:
                cost, build = self._layer(kind, taken)
                offers.append((GAIN[kind] * len(taken) / cost, cost, build, rest))
        if self._widest:
            offer = self._block()
            if offer is not None:
                offers.append(offer)
        _, cost, build, self._rest = max(offers, key=lambda offer: offer[0])
        self._cost += cost
        self._stages.append(build())

    def _layer(self, kind: type[Merged], taken: list[Item]) -> tuple[float, Callable[[], Spec]]:
        n, layout = self._n, self._layout
        elements = [item.element for item in taken]
        if kind is Phase:
            factors, slices = factors_of(elements, layout, n)
            calls = 2 * len(factors) + len(slices)
            cost = with_calls(PHASE_COST * len(factors) + 0.2 * len(slices), calls, n)
            return cost, lambda: Phases(factors, slices)
        if kind is Reflection:
            cost = with_calls(REFLECTION_COST, 6, n) * len(taken)
            return cost, lambda: Reflections.of(elements, layout)
        if kind is Turn:
            groups = turn_groups(elements, layout, n)
            passes = sum(REAL_COST[g.width] if g.position else DENSE_COST[g.width] for g in groups)
            return with_calls(passes, 2 * len(groups), n), lambda: Turns(groups)
        return with_calls(min(GATHER_COST, MOVE_COST * len(taken)), 1, n), lambda: Moves.of(elements, layout)

    def _block(self) -> Offer | None:
        gains = _cones(self._rest, self._widest, self._n)
        if not gains:
            return None
        best: tuple[float, float, int] | None = None
        for seed in sorted(gains, key=gains.__getitem__, reverse=True)[: self._seeds]:
            chosen, gain = _grown(seed, gains, self._widest)
            passes, calls = self._block_cost(chosen)
            cost = with_calls(passes, calls, self._n)
            if best is None or gain / cost > best[0]:
                best = (gain / cost, cost, chosen)
        assert best is not None
        _, cost, chosen = best
        taken, rest = _ready(self._rest, self._n, None, chosen)
        if self._binding:
            free = sum(_is_free(item.element) for item in taken)
            cost += with_calls(0.0, self._binding * free, self._n)
        gain = sum(item.gain for item in taken)
        return gain / cost, cost, lambda: self._build_block(chosen, taken, rest), rest

    def _block_cost(self, qubits: int) -> tuple[float, int]:
        positions = self._layout.positions(qubits)
        width = positions.bit_count()
        low = (positions & -positions).bit_length() - 1
        cost = DENSE_COST[width]
        if positions >> low != (1 << width) - 1 or not _is_cheap(low, width, self._n):
            return cost + (NEAR if low >= NEAR_BITS else FAR), 4
        return cost, 2

    def _build_block(self, qubits: int, taken: list[Item], rest: list[Item]) -> Spec:
        layout, n = self._layout, self._n
        elements = tuple(item.element for item in taken)
        positions = layout.positions(qubits)
        low, width = (positions & -positions).bit_length() - 1, positions.bit_count()
        if positions >> low == (1 << width) - 1 and _is_cheap(low, width, n):
            return Block(low, tuple(layout.order[low : low + width]), elements, None, None)
        # The lowest bits stay in place in the next change of layout, if nothing wants them soon.
        operands = tuple(reversed(_by_next_use(qubits, rest)))
        others = [qubit for qubit in layout.order if not qubits >> qubit & 1]
        before = tuple(layout.order)
        self._layout = Layout([*operands, *others])
        return Block(n - width, operands, elements, before, (*others, *operands))


def _by_next_use(qubits: int, items: list[Item]) -> list[int]:
    """The qubits of a mask, those that an item needs first in front."""
    order: list[int] = []
    left = qubits
    for item in items:
        wanted = (item.sharp | item.diagonal) & left
        if wanted:
            order.extend(bits(wanted))
            left &= ~wanted
            if not left:
                break
    return [*order, *bits(left)]


def _is_cheap(low: int, width: int, num_qubits: int) -> bool:
    """Whether a matrix on contiguous bits is multiplied at full speed without a change of layout."""
    return low == 0 or low + width == num_qubits or width >= 4 or low >= 11


def _is_free(element: Merged) -> bool:
    if isinstance(element, Phase):
        return any(angle.slots for _, angle in element.terms)
    return isinstance(element, Turn) and any(isinstance(part, int) for part in element.parts)


def _ready(
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


def _cones(items: list[Item], widest: int, num_qubits: int) -> dict[int, float]:
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


def _grown(seed: int, gains: dict[int, float], widest: int) -> tuple[int, float]:
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
