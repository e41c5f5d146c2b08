"""A circuit's plan: stages for its elements, whatever the angles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch

from qorum.statevector.costs import NEAR_BITS
from qorum.statevector.fusion import fuse
from qorum.statevector.gate_ir import ControlledX, DiagonalPhase, Element, Merged, RealRotation
from qorum.statevector.gates import FLIP
from qorum.statevector.kernels import Stage
from qorum.statevector.layout import moved_dimensions
from qorum.statevector.merging import merge_turns
from qorum.statevector.passes import Block, Group, Moves, Parts, Relayout, Spec, linear_map, tiles
from qorum.statevector.permutations import Exchange, Gather, Rows, Transposition, linear_index
from qorum.statevector.renaming import without_swaps

Tensor = torch.Tensor

FEW_MOVES = 2
"""Up to so many moves are made one after another; more as one gathering of all amplitudes."""


class Plan:
    """Stages for a sequence of elements; plans are equal where elements are, whatever the angles.

    Attributes:
        num_qubits: n; states have 2**n amplitudes, qubit q is bit q of the index.
        specs: the stages, ending in the qubits' natural order.
        start: what turns |0…0> at the start, for ranges of bits; None for a plan of any state.
    """

    def __init__(
        self, elements: tuple[Element, ...], num_qubits: int, from_zero: bool, bound_often: bool
    ) -> None:
        self.num_qubits = num_qubits
        self.start: tuple[Group, ...] | None = None
        rest, places = without_swaps(elements, num_qubits)
        if from_zero:
            turned, rest = first_turns(rest, num_qubits)
            self.start = tuple(Group(low, tuple(turned[low:high])) for low, high in tiles(num_qubits))
        self.specs = fuse(rest, num_qubits, bound_often=bound_often)
        names = {wire: qubit for qubit, wire in enumerate(places)}
        order = tuple(names[wire] for wire in _final_order(self.specs, num_qubits))
        natural = tuple(range(num_qubits))
        if order != natural:
            self.specs.append(Relayout(order, natural))


@lru_cache(maxsize=256)
def plan_for(elements: tuple[Element, ...], num_qubits: int, from_zero: bool, bound_often: bool) -> Plan:
    """The plan of some elements, from memory if it was made lately."""
    return Plan(elements, num_qubits, from_zero, bound_often)


def _final_order(specs: Sequence[Spec], num_qubits: int) -> tuple[int, ...]:
    order = tuple(range(num_qubits))
    for spec in specs:
        if isinstance(spec, Block) and spec.permuted is not None:
            width = len(spec.operands)
            order = (*spec.permuted[-width:], *spec.permuted[:-width])
    return order


def first_turns(elements: Sequence[Merged], num_qubits: int) -> tuple[list[Parts | None], list[Merged]]:
    """What the first elements make of |0…0>: a turn for each qubit; and the elements that remain.

    A qubit that is still |0> makes all phases and controls vanish that ask for a 1.
    """
    turned: list[Parts | None] = [None] * num_qubits
    touched = 0
    rest: list[Merged] = []
    for element in merge_turns(elements, reflect=False):
        if isinstance(element, DiagonalPhase):
            terms = tuple((mask, angle) for mask, angle in element.terms if not mask & ~touched)
            if terms:
                mask = 0
                for subset, _ in terms:
                    mask |= subset
                rest.append(DiagonalPhase(terms, mask))
            continue
        if isinstance(element, ControlledX):
            if element.controls & ~touched:
                continue
            if element.controls == 0 and not touched >> element.target & 1:
                turned[element.target] = (FLIP,)
                touched |= 1 << element.target
                continue
        elif isinstance(element, RealRotation) and not touched >> element.qubit & 1:
            turned[element.qubit] = element.parts
            touched |= 1 << element.qubit
            continue
        touched |= element.qubits
        rest.append(element)
    return turned, rest


def relayout_stages(spec: Relayout, num_qubits: int, device: torch.device) -> list[Stage]:
    """A change of layout by whichever way is fast for it."""
    sizes, order = moved_dimensions(spec.before, spec.after)
    if order[-1] == len(order) - 1 and sizes[-1] >= 1 << NEAR_BITS:
        return [Transposition(sizes, order)]
    places = {qubit: position for position, qubit in enumerate(spec.before)}
    columns = [places[qubit] for qubit in spec.after]
    half = num_qubits // 2
    if num_qubits >= 16 and all(place >= num_qubits - half for place in columns[:half]):
        # The halves change places: whole rows move, before and after a transposition in blocks.
        low = linear_index([1 << p - (num_qubits - half) for p in columns[:half]], 0, device)
        high = linear_index([1 << p for p in columns[half:]], 0, device)
        return [Rows(low), Transposition([1 << half, 1 << num_qubits - half], [1, 0]), Rows(high)]
    return [Gather([1 << place for place in columns], 0, device)]


def move_stages(spec: Moves, num_qubits: int, device: torch.device) -> list[Stage]:
    """Moves one by one where they are few, or as one permutation."""
    if len(spec.moves) <= FEW_MOVES or not spec.is_linear:
        return [Exchange(controls, target, num_qubits) for controls, target in spec.moves]
    columns, offset = linear_map(spec.moves, num_qubits)
    return [Gather(columns, offset, device)]
