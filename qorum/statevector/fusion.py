"""Elements to stages: what is merged into one pass over the state, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qorum.statevector.costs import (
    DENSE_COST,
    FAR,
    GATHER_COST,
    MOVE_COST,
    NEAR,
    NEAR_BITS,
    PHASE_COST,
    REAL_COST,
    with_calls,
)
from qorum.statevector.elements import Dense, Element, Move, Phase, Turn
from qorum.statevector.gates import FLIP
from qorum.statevector.layout import Layout, bits
from qorum.statevector.specs import Block, Moves, Phases, Spec, Turns, factors_of, turn_groups

WIDEST_BLOCK = 5
WINDOW = 1000
"""Elements looked at for one stage."""

SEEDS = 4
"""Sets of qubits that a block is grown from."""

BINDING_CALLS = 12
"""PyTorch calls that bind an element within a block to its angle."""

GAIN = {Turn: REAL_COST[1], Phase: PHASE_COST, Move: MOVE_COST}


def merge_turns(elements: Sequence[Element]) -> list[Element]:
    """Turns in a row on one qubit become one; identities vanish; a lone flip becomes a move."""
    merged: list[Element | None] = []
    latest: dict[int, int] = {}
    for element in elements:
        if isinstance(element, Turn):
            before = latest.get(element.qubit)
            if before is not None:
                earlier = merged[before]
                assert isinstance(earlier, Turn)
                joined = Turn(element.qubit, _product(earlier.parts, element.parts))
                merged[before] = joined if joined.parts else None
                if not joined.parts:
                    del latest[element.qubit]
                continue
            latest[element.qubit] = len(merged)
        else:
            for qubit in bits(element.qubits):
                latest.pop(qubit, None)
        merged.append(element)
    return [
        Move(0, element.qubit) if isinstance(element, Turn) and element.parts == (FLIP,) else element
        for element in merged
        if element is not None
    ]


Part = tuple[float, float, float, float] | int


def _product(first: tuple[Part, ...], then: tuple[Part, ...]) -> tuple[Part, ...]:
    last, next_ = first[-1], then[0]
    if isinstance(last, int) or isinstance(next_, int):
        return first + then
    a, b, c, d = last
    p, q, r, s = next_
    product = (p * a + q * c, p * b + q * d, r * a + s * c, r * b + s * d)
    is_identity = all(abs(x - y) < 1e-14 for x, y in zip(product, (1, 0, 0, 1), strict=True))
    return first[:-1] + (() if is_identity else (product,)) + then[1:]


def fuse(elements: Sequence[Element], num_qubits: int) -> list[Spec]:
    """The stages of the cheaper of two plans: layers of one kind, or layers and small dense blocks."""
    merged = merge_turns(elements)
    plans = [_Fusion(merged, num_qubits, widest).run() for widest in _widths(merged, num_qubits)]
    return min(plans, key=lambda plan: plan[0])[1]


def _widths(elements: list[Element], num_qubits: int) -> list[int]:
    dense = [element for element in elements if isinstance(element, Dense)]
    if dense:
        return [max(4, *(len(element.operands) for element in dense))]
    return [0, 4] if num_qubits > 1 else [0]


class _Fusion:
    """One plan in the making."""

    def __init__(self, elements: list[Element], num_qubits: int, widest: int) -> None:
        self._rest, self._n, self._widest = elements, num_qubits, min(widest, num_qubits)
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
        offers: list[tuple[float, float, Callable[[], Spec], list[Element], list[Element]]] = []
        for kind in (Phase, Turn, Move):
            taken, rest = _ready(self._rest, kind)
            if taken:
                cost, build = self._layer(kind, taken)
                gain = GAIN[kind] * len(taken)
                offers.append((gain / cost, cost, build, taken, rest))
        if self._widest:
            offer = self._block()
            if offer is not None:
                offers.append(offer)
        _, cost, build, _, rest = max(offers, key=lambda offer: offer[0])
        self._rest = rest
        self._cost += cost
        self._stages.append(build())

    def _layer(self, kind: type[Element], taken: list[Element]) -> tuple[float, Callable[[], Spec]]:
        n, layout = self._n, self._layout
        if kind is Phase:
            factors, slices = factors_of(taken, layout, n)
            calls = 2 * len(factors) + len(slices)
            cost = with_calls(PHASE_COST * len(factors) + 0.2 * len(slices), calls, n)
            return cost, lambda: Phases(factors, slices)
        if kind is Turn:
            groups = turn_groups(taken, layout, n)
            passes = sum(REAL_COST[g.width] if g.position else DENSE_COST[g.width] for g in groups)
            return with_calls(passes, 2 * len(groups), n), lambda: Turns(groups)
        spec = Moves.of(taken, layout)
        return with_calls(min(GATHER_COST, MOVE_COST * len(taken)), 1, n), lambda: spec

    def _block(self) -> tuple[float, float, Callable[[], Spec], list[Element], list[Element]] | None:
        gains = _cones(self._rest, self._widest)
        if not gains:
            return None
        best: tuple[float, float, int] | None = None
        for seed in sorted(gains, key=gains.__getitem__, reverse=True)[:SEEDS]:
            chosen, gain = _grown(seed, gains, self._widest)
            passes, calls = self._block_cost(chosen)
            cost = with_calls(passes, calls, self._n)
            if best is None or gain / cost > best[0]:
                best = (gain / cost, cost, chosen)
        assert best is not None
        _, cost, chosen = best
        taken, rest = _ready(self._rest, None, chosen)
        gain = sum(_gain(element) for element in taken)
        cost += with_calls(0.0, BINDING_CALLS * sum(_is_free(element) for element in taken), self._n)
        return gain / cost, cost, lambda: self._build_block(chosen, taken), taken, rest

    def _block_cost(self, qubits: int) -> tuple[float, int]:
        positions = self._layout.positions(qubits)
        width = positions.bit_count()
        low = (positions & -positions).bit_length() - 1
        cost = DENSE_COST[width]
        if positions >> low != (1 << width) - 1 or not _is_cheap(low, width, self._n):
            return cost + (NEAR if low >= NEAR_BITS else FAR), 4
        return cost, 2

    def _build_block(self, qubits: int, taken: list[Element]) -> Spec:
        layout, n = self._layout, self._n
        positions = layout.positions(qubits)
        low, width = (positions & -positions).bit_length() - 1, positions.bit_count()
        if positions >> low == (1 << width) - 1 and _is_cheap(low, width, n):
            return Block(low, tuple(layout.order[low : low + width]), tuple(taken), None, None)
        operands = tuple(qubit for qubit in layout.order if qubits >> qubit & 1)
        others = [qubit for qubit in layout.order if not qubits >> qubit & 1]
        before = tuple(layout.order)
        self._layout = Layout([*operands, *others])
        return Block(n - width, operands, tuple(taken), before, (*others, *operands))


def _is_cheap(low: int, width: int, num_qubits: int) -> bool:
    """Whether a matrix on contiguous bits is multiplied at full speed without a change of layout."""
    return low == 0 or low + width == num_qubits or width >= 4 or low >= 11


def _ready(
    elements: list[Element], kind: type[Element] | None, within: int = -1
) -> tuple[list[Element], list[Element]]:
    """The elements that can come first: of a kind, or of any within a set of qubits; and the others.

    An element may pass those before it that share no qubit with it, or act diagonally on all they share.
    """
    taken: list[Element] = []
    rest: list[Element] = []
    moved = turned = 0  # qubits that skipped elements act on: at all, and not diagonally
    for place, element in enumerate(elements):
        if isinstance(element, Phase):
            is_free, diagonal = not element.qubits & turned, element.qubits
        elif isinstance(element, Move):
            target = 1 << element.target
            is_free, diagonal = not (target & moved or element.controls & turned), element.controls
        else:
            is_free, diagonal = not element.qubits & moved, 0
        fits = isinstance(element, kind) if kind is not None else not element.qubits & ~within
        if is_free and fits:
            taken.append(element)
            continue
        rest.append(element)
        moved |= element.qubits
        turned |= element.qubits & ~diagonal
        if place >= WINDOW:
            rest.extend(elements[place + 1 :])
            break
    return taken, rest


def _gain(element: Element) -> float:
    return DENSE_COST[len(element.operands)] if isinstance(element, Dense) else GAIN[type(element)]


def _is_free(element: Element) -> bool:
    if isinstance(element, Phase):
        return any(angle.slots for _, angle in element.terms)
    return isinstance(element, Turn) and any(isinstance(part, int) for part in element.parts)


def _cones(elements: list[Element], widest: int) -> dict[int, float]:
    """Sets of qubits that hold an element with all it depends on, to what such elements gain."""
    cone: dict[int, int] = {}
    gains: dict[int, float] = {}
    for element in elements[:WINDOW]:
        joined = element.qubits
        for qubit in bits(element.qubits):
            joined |= cone.get(qubit, 0)
        if element.qubits == 0:
            continue
        if joined.bit_count() <= widest:
            gains[joined] = gains.get(joined, 0.0) + _gain(element)
        for qubit in bits(element.qubits):
            cone[qubit] = joined
    return gains


def _grown(seed: int, gains: dict[int, float], widest: int) -> tuple[int, float]:
    """The set with others added while it stays narrow, and what all elements within it gain."""
    chosen = seed
    while True:
        best, best_gain = 0, 0.0
        for other, gain in gains.items():
            if other & ~chosen and (chosen | other).bit_count() <= widest and gain > best_gain:
                best, best_gain = other, gain
        if not best:
            break
        chosen |= best
    return chosen, sum(gain for other, gain in gains.items() if not other & ~chosen)
