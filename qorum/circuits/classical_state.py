"""What classical bits and variables hold at one point of a circuit, as far as it can be known."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit, Measure, Reset, Store
from qiskit.circuit.classical import expr
from qiskit.circuit.library import XGate

from qorum.circuits.expressions import (
    TooWide,
    binary_of,
    combined_within,
    fitted,
    plain_reads,
    unary_of,
)
from qorum.circuits.lowered import Condition, Kept, Lowered
from qorum.circuits.measured_values import MAX_BITS, Value, choose, combine
from qorum.circuits.refusal import NotCanonical


class ClassicalState:
    """Values of the source's bits and variables, in terms of the cells that were measured into.

    Attributes:
        bits: of each classical bit of the source, a bool.
        variables: of each variable, by its identity.
        contents: what cells are known to hold; a cell is one classical bit of the circuit made.
    """

    def __init__(self, num_bits: int) -> None:
        """All bits are 0, in cells of their own, and there are no variables."""
        self.bits = [Value.constant(False)] * num_bits
        self.variables: dict[Any, Value] = {}
        self.contents: dict[int, bool] = dict.fromkeys(range(num_bits), False)

    def copy(self) -> ClassicalState:
        """An independent one."""
        other = ClassicalState(0)
        other.bits = list(self.bits)
        other.variables, other.contents = dict(self.variables), dict(self.contents)
        return other

    def given(self, cell: int, outcome: bool) -> ClassicalState:
        """The state where a cell is known to hold `outcome`."""
        other = ClassicalState(0)
        other.bits = [value.given(cell, outcome) for value in self.bits]
        other.variables = {name: value.given(cell, outcome) for name, value in self.variables.items()}
        other.contents = {**self.contents, cell: outcome}
        return other

    def become(self, other: ClassicalState) -> None:
        """Takes over all that `other` knows."""
        self.bits, self.variables, self.contents = other.bits, other.variables, other.contents

    def measured(self, bit: int, cell: int) -> None:
        """Notes that a bit of the source was measured into a cell."""
        self.bits[bit] = Value.of_bit(cell)
        self.contents.pop(cell, None)

    def depends_on(self, cell: int) -> bool:
        """Whether a bit other than the cell's own, or a variable, needs what the cell holds."""
        others = [value for bit, value in enumerate(self.bits) if bit != cell]
        return any(cell in value.bits for value in (*others, *self.variables.values()))

    def forget(self, cell: int, read_later: Callable[[], set[Any]]) -> None:
        """Drops variables that need a cell and are not read any more."""
        needing = [name for name, value in self.variables.items() if cell in value.bits]
        for name in set(needing) - read_later() if needing else ():
            del self.variables[name]

    def cell(self, bit: int) -> int | None:
        """The cell that holds a bit of the source as it is."""
        value = self.bits[bit]
        if value.table == (False, True):
            return value.bits[0]
        if value.is_constant and self.contents.get(bit) == value.table[0]:
            return bit
        return None

    def value(self, node: Any, scope: Mapping[Any, int]) -> Value:
        """Of an expression, bit or register; `scope` numbers the bits that it names.

        Raises:
            NotCanonical: it depends on too much, or on what has no value here.
        """
        if isinstance(node, Clbit):
            return self.bits[scope[node]]
        if isinstance(node, ClassicalRegister):
            return self._number([self.bits[scope[bit]] for bit in node])
        return self._expression(node, scope)

    def condition(self, condition: Any, scope: Mapping[Any, int]) -> Condition:
        """Of an `if` or `while`, as Qiskit has it: a bit or register with a value, or an expression.

        Raises:
            NotCanonical: see `value`.
        """
        try:
            table = self._truth(condition, scope)
        except TooWide:
            table = None
        if table is not None and (table.is_constant or len(table.bits) == 1):
            return table
        kept = self._kept(condition, scope, table)
        if kept is None and table is None:
            raise TooWide
        return kept or table or Value.constant(False)

    def _truth(self, condition: Any, scope: Mapping[Any, int]) -> Value:
        if not isinstance(condition, tuple):
            return self.value(condition, scope).map(bool)
        target, wanted = condition
        return self.value(target, scope).map(lambda found: int(found) == int(wanted))

    def _kept(self, condition: Any, scope: Mapping[Any, int], table: Value | None) -> Kept | None:
        """The condition itself, if all it reads lies in cells as it is."""
        reads: dict[Any, tuple[int, ...]] = {}
        targets = [condition[0]] if isinstance(condition, tuple) else plain_reads(condition)
        for target in targets if targets is not None else [None]:
            bits = [target] if isinstance(target, Clbit) else list(target or ())
            cells = [self.cell(scope[bit]) for bit in bits]
            if not cells or None in cells:
                return None
            reads[target] = tuple(cell for cell in cells if cell is not None)
        return Kept(condition, reads, table)

    def _number(self, bits: list[Value]) -> Value:
        if len({bit for value in bits for bit in value.bits}) > MAX_BITS:
            raise TooWide
        return combine(lambda *read: sum(int(bit) << place for place, bit in enumerate(read)), *bits)

    def _expression(self, node: Any, scope: Mapping[Any, int]) -> Value:
        if isinstance(node, expr.Value):
            return Value.constant(node.value)
        if isinstance(node, expr.Var):
            return self._read(node, scope)
        if isinstance(node, expr.Cast):
            return fitted(node.type, self._expression(node.operand, scope))
        if isinstance(node, expr.Index):
            target, index = self._expression(node.target, scope), self._expression(node.index, scope)
            return combined_within(lambda one, place: bool(one >> place & 1), target, index)
        if isinstance(node, expr.Unary):
            return fitted(node.type, self._expression(node.operand, scope).map(unary_of(node)))
        if isinstance(node, expr.Binary):
            left, right = self._expression(node.left, scope), self._expression(node.right, scope)
            return fitted(node.type, combined_within(binary_of(node), left, right))
        raise NotCanonical(f"an expression of bits, registers, variables and numbers expected, found {node}")

    def _read(self, node: expr.Var, scope: Mapping[Any, int]) -> Value:
        if not node.standalone:
            return self.value(node.var, scope)
        if node not in self.variables:
            raise NotCanonical(
                f"a variable with a value expected, found {node.name!r} without; store one before it is read"
            )
        return self.variables[node]


def merged(
    holds: Value | None, chosen: ClassicalState, otherwise: ClassicalState, read_later: Callable[[], set[Any]]
) -> ClassicalState | None:
    """The state after a branch, from those at the ends of its two bodies.

    Args:
        holds: its condition, where that can still be told from the cells.
        chosen: where it held.
        otherwise: where it did not.
        read_later: the variables that are read afterwards.

    Returns:
        None: they differ in what cannot be told any more.
    """
    state = ClassicalState(0)
    state.contents = {
        cell: held for cell, held in chosen.contents.items() if otherwise.contents.get(cell) == held
    }
    for bit, (one, other) in enumerate(zip(chosen.bits, otherwise.bits, strict=True)):
        value = _either(holds, one, other, bit, chosen, otherwise)
        if value is None:
            return None
        state.bits.append(value)
    for name in chosen.variables.keys() & otherwise.variables.keys():
        value = _either(holds, chosen.variables[name], otherwise.variables[name], None, chosen, otherwise)
        if value is not None:
            state.variables[name] = value
        elif name in read_later():
            return None
    return state


def stored(store: Store, state: ClassicalState, scope: Mapping[Any, int]) -> None:
    """Does a store: into a variable, a bit, a register, or one bit of them.

    Raises:
        NotCanonical: what is stored depends on too much, or has no value.
    """
    target, value = store.lvalue, state.value(store.rvalue, scope)
    if isinstance(target, expr.Index):
        place = state.value(target.index, scope)
        whole = state.value(target.target, scope)
        value = combined_within(
            _with_bit, combined_within(lambda one, other: (one, other), whole, place), value
        )
        target = target.target
    if not isinstance(target, expr.Var):
        raise NotCanonical(f"a variable, bit or register to store into expected, found {target}")
    if target.standalone:
        state.variables[target] = value
        return
    bits = [target.var] if isinstance(target.var, Clbit) else list(target.var)
    for number, bit in enumerate(bits):
        state.bits[scope[bit]] = value.map(lambda one, number=number: bool(int(one) >> number & 1))


def _with_bit(where: tuple[int, int], bit: Any) -> int:
    whole, place = where
    return (whole | 1 << place) if bit else whole & ~(1 << place)


def _either(
    holds: Value | None,
    one: Value,
    other: Value,
    bit: int | None,
    chosen: ClassicalState,
    otherwise: ClassicalState,
) -> Value | None:
    if one == other:
        return one
    if bit is not None and all(
        value == Value.of_bit(bit) or (value.is_constant and state.contents.get(bit) == value.table[0])
        for value, state in ((one, chosen), (other, otherwise))
    ):
        return Value.of_bit(bit)  # where it was not measured, its cell holds what it is known to be
    if holds is None or len({*holds.bits, *one.bits, *other.bits}) > MAX_BITS:
        return None
    return choose(holds, one, other)


def placed(state: ClassicalState, shown: int, free: int, writer: int) -> tuple[list[int], list[Lowered]]:
    """The cell of each bit of the histogram at the end of a circuit.

    Args:
        state: at the end.
        shown: how many bits the histogram has.
        free: the first cell that nothing uses.
        writer: a qubit that nothing uses: what no cell holds is measured from it.

    Returns:
        The cells, bit 0 first, and the steps that measure what no cell held.
    """
    cells: dict[int, int] = {}
    for bit in range(shown):
        cell = state.cell(bit)
        if cell is not None and cell not in cells.values():
            cells[bit] = cell
    steps: list[Lowered] = []
    for place, bit in enumerate(sorted(set(range(shown)) - cells.keys())):
        cells[bit] = free + place
        value = state.bits[bit]
        if value == Value.constant(False):
            continue
        if steps:
            steps.append(Lowered(Reset(), (writer,)))
        turn = Lowered(XGate(), (writer,))
        steps.append(turn if value.is_constant else Lowered(None, (), (), value, ([turn], [])))
        steps.append(Lowered(Measure(), (writer,), (cells[bit],)))
    return [cells[bit] for bit in range(shown)], steps
