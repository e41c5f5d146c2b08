"""What classical bits and variables hold at one point of a circuit, as far as it can be known."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit, Store
from qiskit.circuit.classical import expr, types

from qorum.circuits.lowered import Condition, Kept
from qorum.circuits.measured_values import MAX_BITS, Value, choose, combine
from qorum.circuits.refusal import NotCanonical

_BINARY: dict[expr.Binary.Op, Callable[[Any, Any], Any]] = {
    expr.Binary.Op.BIT_AND: operator.and_,
    expr.Binary.Op.BIT_OR: operator.or_,
    expr.Binary.Op.BIT_XOR: operator.xor,
    expr.Binary.Op.LOGIC_AND: lambda a, b: bool(a and b),
    expr.Binary.Op.LOGIC_OR: lambda a, b: bool(a or b),
    expr.Binary.Op.EQUAL: operator.eq,
    expr.Binary.Op.NOT_EQUAL: operator.ne,
    expr.Binary.Op.LESS: operator.lt,
    expr.Binary.Op.LESS_EQUAL: operator.le,
    expr.Binary.Op.GREATER: operator.gt,
    expr.Binary.Op.GREATER_EQUAL: operator.ge,
    expr.Binary.Op.SHIFT_LEFT: operator.lshift,
    expr.Binary.Op.SHIFT_RIGHT: operator.rshift,
    expr.Binary.Op.ADD: operator.add,
    expr.Binary.Op.SUB: operator.sub,
    expr.Binary.Op.MUL: operator.mul,
}
_EVERYWHERE = frozenset(
    {
        expr.Binary.Op.BIT_AND,
        expr.Binary.Op.BIT_OR,
        expr.Binary.Op.BIT_XOR,
        expr.Binary.Op.LOGIC_AND,
        expr.Binary.Op.LOGIC_OR,
        expr.Binary.Op.EQUAL,
        expr.Binary.Op.NOT_EQUAL,
        expr.Binary.Op.LESS,
        expr.Binary.Op.LESS_EQUAL,
        expr.Binary.Op.GREATER,
        expr.Binary.Op.GREATER_EQUAL,
    }
)
"""Operators that every simulator with branches evaluates; Aer knows no shift, sum or index."""


class _TooWide(NotCanonical):
    """A value that depends on more measured bits than a table has room for."""

    def __init__(self) -> None:
        super().__init__(
            f"conditions and variables that depend on at most {MAX_BITS} measured bits expected, found "
            "more; compare fewer bits, or a whole register with a number"
        )


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
        except _TooWide:
            table = None
        if table is not None and (table.is_constant or len(table.bits) == 1):
            return table
        kept = self._kept(condition, scope, table)
        if kept is None and table is None:
            raise _TooWide
        return kept or table or Value.constant(False)

    def _truth(self, condition: Any, scope: Mapping[Any, int]) -> Value:
        if not isinstance(condition, tuple):
            return self.value(condition, scope).map(bool)
        target, wanted = condition
        return self.value(target, scope).map(lambda found: int(found) == int(wanted))

    def _kept(self, condition: Any, scope: Mapping[Any, int], table: Value | None) -> Kept | None:
        """The condition itself, if all it reads lies in cells as it is."""
        reads: dict[Any, tuple[int, ...]] = {}
        targets = [condition[0]] if isinstance(condition, tuple) else _plain_reads(condition)
        for target in targets if targets is not None else [None]:
            bits = [target] if isinstance(target, Clbit) else list(target or ())
            cells = [self.cell(scope[bit]) for bit in bits]
            if not cells or None in cells:
                return None
            reads[target] = tuple(cell for cell in cells if cell is not None)
        return Kept(condition, reads, table)

    def _number(self, bits: list[Value]) -> Value:
        if len({bit for value in bits for bit in value.bits}) > MAX_BITS:
            raise _TooWide
        return combine(lambda *read: sum(int(bit) << place for place, bit in enumerate(read)), *bits)

    def _expression(self, node: Any, scope: Mapping[Any, int]) -> Value:
        if isinstance(node, expr.Value):
            return Value.constant(node.value)
        if isinstance(node, expr.Var):
            return self._read(node, scope)
        if isinstance(node, expr.Cast):
            return _fit(node.type, self._expression(node.operand, scope))
        if isinstance(node, expr.Index):
            target, index = self._expression(node.target, scope), self._expression(node.index, scope)
            return _combined(lambda one, place: bool(one >> place & 1), target, index)
        if isinstance(node, expr.Unary):
            return _fit(node.type, self._expression(node.operand, scope).map(_unary(node)))
        if isinstance(node, expr.Binary):
            left, right = self._expression(node.left, scope), self._expression(node.right, scope)
            return _fit(node.type, _combined(_binary(node), left, right))
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
        value = _combined(_with_bit, _combined(lambda one, other: (one, other), whole, place), value)
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


def _plain_reads(condition: Any) -> list[Any] | None:
    """Bits and registers that an expression reads; None if not every simulator evaluates it."""
    if isinstance(condition, expr.Value):
        return []
    if isinstance(condition, expr.Var):
        return None if condition.standalone else [condition.var]
    if isinstance(condition, expr.Cast) or (
        isinstance(condition, expr.Unary) and condition.op is not expr.Unary.Op.NEGATE
    ):
        return _plain_reads(condition.operand)
    if isinstance(condition, expr.Binary) and condition.op in _EVERYWHERE:
        left, right = _plain_reads(condition.left), _plain_reads(condition.right)
        return None if left is None or right is None else [*left, *right]
    return None


def _combined(function: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    if len({*left.bits, *right.bits}) > MAX_BITS:
        raise _TooWide
    return combine(function, left, right)


def _unary(node: expr.Unary) -> Callable[[Any], Any]:
    if node.op is expr.Unary.Op.NEGATE:
        return operator.neg
    if isinstance(node.type, types.Bool):
        return operator.not_
    return operator.invert


def _binary(node: expr.Binary) -> Callable[[Any, Any], Any]:
    if node.op is not expr.Binary.Op.DIV:
        return _BINARY[node.op]

    def divide(one: Any, other: Any) -> Any:
        if not other:
            raise NotCanonical("a divisor other than 0 expected, found 0; correct the expression")
        return one / other if isinstance(node.type, types.Float) else one // other

    return divide


def _fit(kind: Any, value: Value) -> Value:
    """Brought into the range of its type: unsigned integers wrap."""
    if isinstance(kind, types.Uint):
        mask = (1 << kind.width) - 1
        return value.map(lambda one: int(one) & mask)
    if isinstance(kind, types.Bool):
        return value.map(bool)
    if isinstance(kind, types.Float):
        return value.map(float)
    raise NotCanonical(f"booleans, unsigned integers and floats expected, found type {kind}")
