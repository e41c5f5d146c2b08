"""Conditions of `if_else`, as plain functions of the classical bits."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from qiskit.circuit import ClassicalRegister, Clbit
from qiskit.circuit.classical import expr, types

Condition = Callable[[int], bool]
"""Given all classical bits of the circuit as one integer (bit i is clbit i), whether it holds."""

_Reading = Callable[[int], Any]

BINARY: dict[expr.Binary.Op, Callable[[Any, Any], Any]] = {
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
"""What operators do to two values."""


class Unsupported(TypeError):
    """An instruction or condition that goes beyond the circuit's gates, bits and registers."""


def compile_condition(
    condition: tuple[Clbit | ClassicalRegister, int] | expr.Expr, clbits: Mapping[Any, int]
) -> Condition:
    """The condition of an `IfElseOp` as a function.

    Args:
        condition: a bit or register with the value it must have, or a classical expression.
        clbits: place of each `Clbit` that it may name in the whole circuit.

    Raises:
        Unsupported: the expression reads variables, durations or divides.
    """
    if not isinstance(condition, tuple):
        value = condition.accept(_Reader(clbits))
        return lambda bits: bool(value(bits))
    operand, wanted = condition
    read = _read_bits([operand] if isinstance(operand, Clbit) else list(operand), clbits)
    return lambda bits: read(bits) == int(wanted)


def _read_bits(wanted: list[Clbit], clbits: Mapping[Any, int]) -> _Reading:
    places = [clbits[bit] for bit in wanted]
    return lambda bits: sum((bits >> place & 1) << i for i, place in enumerate(places))


def _fit(kind: types.Type, read: _Reading) -> _Reading:
    """Values of `read` brought into the range of their type: unsigned integers wrap."""
    if isinstance(kind, types.Uint):
        mask = (1 << kind.width) - 1
        return lambda bits: int(read(bits)) & mask
    if isinstance(kind, types.Bool):
        return lambda bits: bool(read(bits))
    raise Unsupported(f"booleans and unsigned integers expected, found type {kind}")


class _Reader(expr.ExprVisitor[_Reading]):
    def __init__(self, clbits: Mapping[Any, int]) -> None:
        self._clbits = clbits

    def visit_generic(self, node: expr.Expr, /) -> _Reading:
        raise Unsupported(f"the expression {type(node).__name__} is not supported in a condition")

    def visit_var(self, node: expr.Var, /) -> _Reading:
        if node.standalone:
            raise Unsupported(f"measured bits expected in a condition, found variable {node.name!r}")
        bits = [node.var] if isinstance(node.var, Clbit) else list(node.var)
        return _fit(node.type, _read_bits(bits, self._clbits))

    def visit_value(self, node: expr.Value, /) -> _Reading:
        return _fit(node.type, lambda _bits: node.value)

    def visit_cast(self, node: expr.Cast, /) -> _Reading:
        return _fit(node.type, node.operand.accept(self))

    def visit_index(self, node: expr.Index, /) -> _Reading:
        target, index = node.target.accept(self), node.index.accept(self)
        return lambda bits: bool(target(bits) >> index(bits) & 1)

    def visit_unary(self, node: expr.Unary, /) -> _Reading:
        operand = node.operand.accept(self)
        if node.op is expr.Unary.Op.NEGATE:
            return _fit(node.type, lambda bits: -operand(bits))
        if isinstance(node.type, types.Bool):
            return lambda bits: not operand(bits)
        return _fit(node.type, lambda bits: ~operand(bits))

    def visit_binary(self, node: expr.Binary, /) -> _Reading:
        if node.op not in BINARY:
            raise Unsupported(f"the operator {node.op.name} is not supported in a condition")
        apply, left, right = BINARY[node.op], node.left.accept(self), node.right.accept(self)
        return _fit(node.type, lambda bits: apply(left(bits), right(bits)))
