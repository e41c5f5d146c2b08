"""A circuit's plan: the stages, and what they need to be bound to angles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import torch

from qorum.statevector.binding import PhaseTables, TurnMatrices
from qorum.statevector.blocks import block_matrix
from qorum.statevector.elements import Element, Move, Phase, Turn
from qorum.statevector.costs import NEAR_BITS
from qorum.statevector.fusion import fuse, merge_turns
from qorum.statevector.gates import FLIP
from qorum.statevector.layout import moved_dimensions
from qorum.statevector.renaming import without_swaps
from qorum.statevector.specs import Block, Moves, Phases, Relayout, Spec, Turns, linear_map
from qorum.statevector.stages import (
    Exchange,
    Gather,
    Matrix,
    Stage,
    SubspacePhase,
    Table,
    Transposition,
)

Tensor = torch.Tensor
Parts = tuple[tuple[float, float, float, float] | int, ...]

FEW_MOVES = 2
"""Up to so many moves are made one after another; more as one gathering of all amplitudes."""


class Plan:
    """Stages for a sequence of elements; plans are equal where elements are, whatever the angles.

    Attributes:
        num_qubits: n; states have 2**n amplitudes, qubit q is bit q of the index.
        num_slots: how many values the angles take.
        specs: the stages.
        turned: for each qubit what turns it from |0> at the start, None for a plan of any state.
    """

    def __init__(
        self, elements: tuple[Element, ...], num_qubits: int, num_slots: int, from_zero: bool
    ) -> None:
        self.num_qubits, self.num_slots = num_qubits, num_slots
        self.turned: list[Parts] | None = None
        rest, places = without_swaps(elements, num_qubits)
        if from_zero:
            self.turned, rest = first_turns(rest, num_qubits)
        self.specs = fuse(rest, num_qubits)
        names = {wire: qubit for qubit, wire in enumerate(places)}
        self._in_order = tuple(names[wire] for wire in _final_order(self.specs, num_qubits))

    def prepare(self, dtype: torch.dtype, device: torch.device) -> Prepared:
        """What does not depend on angles, made on the device."""
        return Prepared(self, dtype, device)

    @property
    def ordered_specs(self) -> list[Spec]:
        """The stages, ending in the qubits' natural order."""
        natural = tuple(range(self.num_qubits))
        return self.specs if self._in_order == natural else [*self.specs, Relayout(self._in_order, natural)]


@lru_cache(maxsize=256)
def plan_for(elements: tuple[Element, ...], num_qubits: int, num_slots: int, from_zero: bool) -> Plan:
    """The plan of some elements, from memory if it was made lately."""
    return Plan(elements, num_qubits, num_slots, from_zero)


def _final_order(specs: Sequence[Spec], num_qubits: int) -> tuple[int, ...]:
    order = tuple(range(num_qubits))
    for spec in specs:
        if isinstance(spec, Block) and spec.permuted is not None:
            width = len(spec.operands)
            order = (*spec.permuted[-width:], *spec.permuted[:-width])
    return order


def first_turns(elements: Sequence[Element], num_qubits: int) -> tuple[list[Parts], list[Element]]:
    """What the first elements make of |0…0>: a turn for each qubit; and the elements that remain.

    A qubit that is still |0> makes all phases and controls vanish that ask for a 1.
    """
    turned: list[Parts] = [((1.0, 0.0, 0.0, 1.0),)] * num_qubits
    touched = 0
    rest: list[Element] = []
    for element in merge_turns(elements):
        if isinstance(element, Phase):
            terms = tuple((mask, angle) for mask, angle in element.terms if not mask & ~touched)
            if terms:
                mask = 0
                for subset, _ in terms:
                    mask |= subset
                rest.append(Phase(terms, mask))
            continue
        if isinstance(element, Move):
            if element.controls & ~touched:
                continue
            if element.controls == 0 and not touched >> element.target & 1:
                turned[element.target] = (FLIP,)
                touched |= 1 << element.target
                continue
        elif isinstance(element, Turn) and not touched >> element.qubit & 1:
            turned[element.qubit] = element.parts
            touched |= 1 << element.qubit
            continue
        touched |= element.qubits
        rest.append(element)
    return turned, rest


class Prepared:
    """A plan on a device: index tensors made, ready to be bound to angles again and again."""

    def __init__(self, plan: Plan, dtype: torch.dtype, device: torch.device) -> None:
        self.plan, self.dtype, self.device = plan, dtype, device
        self._specs = plan.ordered_specs
        n = plan.num_qubits
        turns = list(plan.turned or [])
        groups = [group for spec in self._specs if isinstance(spec, Turns) for group in spec.groups]
        inside = [parts for group in groups for parts in group.turns if parts is not None]
        self._turns = TurnMatrices([*turns, *inside], groups, device)
        layers = [spec for spec in self._specs if isinstance(spec, Phases)]
        factors = [factor for spec in layers for factor in spec.factors]
        singles = [part.angle for spec in layers for part in spec.slices]
        self._phases = PhaseTables(factors, singles, plan.num_slots, device)
        self._needs_turns = bool(turns or groups)
        self._has_tables, self._has_singles = bool(factors), bool(singles)
        self._natural = _relayout(self._specs[-1], n, device) if self._specs else None
        self._moves = {
            i: _moves(spec, n, device) for i, spec in enumerate(self._specs) if isinstance(spec, Moves)
        }

    def bind(self, values: Tensor) -> tuple[list[Stage], Tensor | None]:
        """The stages for some angles, and what the qubits start from.

        Args:
            values: of the slots, in radians, shape [slots] or [batch, slots], real.

        Returns:
            Stages, and for a plan that starts from |0…0> the states of the single qubits,
            shape [..., n, 2], real; else None.
        """
        n = self.plan.num_qubits
        real = torch.float32 if self.dtype == torch.complex64 else torch.float64
        start: Tensor | None = None
        groups: list[Tensor] = []
        if self._needs_turns:
            single = self._turns.single(values).to(real)
            groups = self._turns.groups(single)
            if self.plan.turned is not None:
                start = self._turns.columns(single, n)
        tables = [t.to(self.dtype) for t in self._phases.tables(values)] if self._has_tables else []
        singles = self._phases.singles(values).to(self.dtype) if self._has_singles else None
        stages: list[Stage] = []
        next_group = next_table = next_single = 0
        for place, spec in enumerate(self._specs):
            if isinstance(spec, Turns):
                for group in spec.groups:
                    stages.append(Matrix(groups[next_group], group.position, n))
                    next_group += 1
            elif isinstance(spec, Phases):
                for factor in spec.factors:
                    stages.append(Table(tables[next_table], factor.mask, n))
                    next_table += 1
                for part in spec.slices:
                    assert singles is not None
                    stages.append(SubspacePhase(singles[..., next_single], part.mask, n))
                    next_single += 1
            elif isinstance(spec, Moves):
                stages.extend(self._moves[place])
            elif isinstance(spec, Relayout):
                stages.append(self._natural)
            else:
                stages.extend(self._block(spec, values))
        return stages, start

    def _block(self, spec: Block, values: Tensor) -> list[Stage]:
        matrix = block_matrix(spec, values, self.dtype, self.device)
        if spec.before is None or spec.permuted is None:
            return [Matrix(matrix, spec.position, self.plan.num_qubits)]
        change = Transposition(*moved_dimensions(spec.before, spec.permuted))
        return [change, Matrix(matrix, spec.position, self.plan.num_qubits, rotate=True)]


def _relayout(spec: Spec, num_qubits: int, device: torch.device) -> Stage | None:
    if not isinstance(spec, Relayout):
        return None
    sizes, order = moved_dimensions(spec.before, spec.after)
    if order[-1] == len(order) - 1 and sizes[-1] >= 1 << NEAR_BITS:
        return Transposition(sizes, order)
    places = {qubit: position for position, qubit in enumerate(spec.before)}
    return Gather(_linear_index([1 << places[qubit] for qubit in spec.after], 0, num_qubits, device))


def _moves(spec: Moves, num_qubits: int, device: torch.device) -> list[Stage]:
    if len(spec.moves) <= FEW_MOVES or not spec.is_linear:
        return [Exchange(controls, target, num_qubits) for controls, target in spec.moves]
    columns, offset = linear_map(spec.moves, num_qubits)
    return [Gather(_linear_index(columns, offset, num_qubits, device))]


def _linear_index(columns: Sequence[int], offset: int, num_bits: int, device: torch.device) -> Tensor:
    """offset ⊕ the columns of the set bits of each index, shape [2**n]."""
    dtype = torch.int32 if num_bits < 31 else torch.int64
    index = torch.empty(1 << num_bits, dtype=dtype, device=device)
    index[0] = offset
    for bit, column in enumerate(columns):
        half = 1 << bit
        torch.bitwise_xor(index[:half], column, out=index[half : 2 * half])
    return index
