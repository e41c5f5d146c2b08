"""Classical expressions of Qiskit on values that depend on measured bits."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from qiskit.circuit.classical import expr, types

from qorum.circuits.conditions import BINARY
from qorum.circuits.measured_values import MAX_BITS, Value, combine
from qorum.circuits.refusal import NotCanonical

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


class TooWide(NotCanonical):
    """A value that depends on more measured bits than a table has room for."""

    def __init__(self) -> None:
        super().__init__(
            f"conditions and variables that depend on at most {MAX_BITS} measured bits expected, found "
            "more; compare fewer bits, or a whole register with a number"
        )


def plain_reads(condition: Any) -> list[Any] | None:
    """Bits and registers that an expression reads; None if not every simulator evaluates it."""
    if isinstance(condition, expr.Value):
        return []
    if isinstance(condition, expr.Var):
        return None if condition.standalone else [condition.var]
    if isinstance(condition, expr.Cast) or (
        isinstance(condition, expr.Unary) and condition.op is not expr.Unary.Op.NEGATE
    ):
        return plain_reads(condition.operand)
    if isinstance(condition, expr.Binary) and condition.op in _EVERYWHERE:
        left, right = plain_reads(condition.left), plain_reads(condition.right)
        return None if left is None or right is None else [*left, *right]
    return None


def combined_within(function: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    """The function of two values.

    Raises:
        TooWide: it depends on too many bits.
    """
    if len({*left.bits, *right.bits}) > MAX_BITS:
        raise TooWide
    return combine(function, left, right)


def unary_of(node: expr.Unary) -> Callable[[Any], Any]:
    """What a unary operator does."""
    if node.op is expr.Unary.Op.NEGATE:
        return operator.neg
    if isinstance(node.type, types.Bool):
        return operator.not_
    return operator.invert


def binary_of(node: expr.Binary) -> Callable[[Any, Any], Any]:
    """What a binary operator does; whole numbers are divided without a rest."""
    if node.op is not expr.Binary.Op.DIV:
        return BINARY[node.op]

    def divide(one: Any, other: Any) -> Any:
        if not other:
            raise NotCanonical("a divisor other than 0 expected, found 0; correct the expression")
        return one / other if isinstance(node.type, types.Float) else one // other

    return divide


def fitted(kind: Any, value: Value) -> Value:
    """Brought into the range of its type: unsigned integers wrap."""
    if isinstance(kind, types.Uint):
        mask = (1 << kind.width) - 1
        return value.map(lambda one: int(one) & mask)
    if isinstance(kind, types.Bool):
        return value.map(bool)
    if isinstance(kind, types.Float):
        return value.map(float)
    raise NotCanonical(f"booleans, unsigned integers and floats expected, found type {kind}")
