"""Elements to stages: what is merged into one pass over the state, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
from qorum.statevector.gate_ir import Dense, DiagonalPhase, Merged, RealRotation, Reflection
from qorum.statevector.layout import Layout, bits
from qorum.statevector.merging import merge_turns
from qorum.statevector.passes import (
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
from qorum.statevector.phase_polynomial import pull_phases
from qorum.statevector.scheduling import GAIN, KINDS, Item, cones, grown, is_free, ready

BOUND_BLOCKS = 16
"""Qubits up to which circuits of free turns are not even tried with blocks."""

SEEDS, DENSE_SEEDS = 4, 12
"""Sets of qubits that a block is grown from; more where it pays, in circuits of dense matrices."""


def fuse(elements: Sequence[Merged], num_qubits: int, *, bound_often: bool) -> list[Spec]:
    """The stages of the cheapest of some plans: layers alone, with dense blocks, or with phases pulled back.

    Args:
        elements: swaps taken out.
        num_qubits: width of the state.
        bound_often: whether blocks will be bound to angles as often as they are run.
    """
    merged = merge_turns(elements, reflect=True)
    items = [Item.of(element) for element in merged]
    plans = [_Fusion(items, num_qubits, widest, bound_often).run() for widest in _widths(items, num_qubits)]
    is_dense = any(item.kind is Dense for item in items)
    if not is_dense and (pulled := pull_phases(merged, num_qubits)):
        items = [Item.of(element) for element in merge_turns(pulled, reflect=False)]
        plans.append(_Fusion(items, num_qubits, 0, bound_often).run())
    return min(plans, key=lambda plan: plan[0])[1]


def _widths(items: list[Item], num_qubits: int) -> list[int]:
    dense = [item.sharp.bit_count() for item in items if item.kind is Dense]
    if dense:
        widest = max(4, *dense)
        return [widest, 5] if num_qubits <= SMALL_STATE and widest == 4 else [widest]
    turns = [item for item in items if item.kind is RealRotation]
    free = sum(is_free(item.element) for item in turns)
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
            taken, rest = ready(self._rest, self._n, kind)
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
        if kind is DiagonalPhase:
            factors, slices = factors_of(elements, layout, n)
            calls = 2 * len(factors) + len(slices)
            cost = with_calls(PHASE_COST * len(factors) + 0.2 * len(slices), calls, n)
            return cost, lambda: Phases(factors, slices)
        if kind is Reflection:
            cost = with_calls(REFLECTION_COST, 6, n) * len(taken)
            return cost, lambda: Reflections.of(elements, layout)
        if kind is RealRotation:
            groups = turn_groups(elements, layout, n)
            passes = sum(REAL_COST[g.width] if g.position else DENSE_COST[g.width] for g in groups)
            return with_calls(passes, 2 * len(groups), n), lambda: Turns(groups)
        return with_calls(min(GATHER_COST, MOVE_COST * len(taken)), 1, n), lambda: Moves.of(elements, layout)

    def _block(self) -> Offer | None:
        gains = cones(self._rest, self._widest, self._n)
        if not gains:
            return None
        best: tuple[float, float, int] | None = None
        for seed in sorted(gains, key=gains.__getitem__, reverse=True)[: self._seeds]:
            chosen, gain = grown(seed, gains, self._widest)
            passes, calls = self._block_cost(chosen)
            cost = with_calls(passes, calls, self._n)
            if best is None or gain / cost > best[0]:
                best = (gain / cost, cost, chosen)
        assert best is not None
        _, cost, chosen = best
        taken, rest = ready(self._rest, self._n, None, chosen)
        if self._binding:
            free = sum(is_free(item.element) for item in taken)
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
