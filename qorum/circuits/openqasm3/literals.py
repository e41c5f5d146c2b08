"""Literals, and what bits numbers are made of."""

# The syntax tree carries few types.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from typing import Any

from openqasm3 import ast

from qorum.circuits.openqasm3.formulas import Operand
from qorum.circuits.openqasm3.types import BIT, BOOL, DURATION, FLOAT, INT, Span, Type
from qorum.circuits.openqasm3.values import FALSE, Value, known, lift

LITERALS = (
    ast.IntegerLiteral,
    ast.FloatLiteral,
    ast.BooleanLiteral,
    ast.BitstringLiteral,
    ast.DurationLiteral,
)

_NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}


def literal(node: Any) -> Value:
    """The value of a literal."""
    if isinstance(node, ast.DurationLiteral):
        unit, number = node.unit.name, float(node.value)
        span = Span(0.0, number) if unit == "dt" else Span(number * _NANOSECONDS[unit], 0.0)
        return known(DURATION, span)
    if isinstance(node, ast.BitstringLiteral):
        return known(Type("bits", node.width), node.value)
    if isinstance(node, ast.BooleanLiteral):
        return known(BOOL, node.value)
    return known(INT, node.value) if isinstance(node, ast.IntegerLiteral) else known(FLOAT, float(node.value))


def split(value: Value) -> tuple[Value, ...]:
    """The bits of a number, the least significant first."""
    if value.type.kind in ("bool", "bit"):
        return (value,)
    return tuple(
        lift(BIT, lambda number, place=place: bool(number >> place & 1), value)
        for place in range(value.type.bits)
    )


def resized(bits: tuple[Value, ...], width: int) -> tuple[Value, ...]:
    """Without the upper bits, or with zeros above."""
    return bits[:width] + (FALSE,) * (width - len(bits))


def shifted(bits: tuple[Value, ...], places: int) -> tuple[Value, ...]:
    """Moved up by so many places, or down."""
    zeros = (FALSE,) * min(abs(places), len(bits))
    if places >= 0:
        return zeros + bits[: len(bits) - len(zeros)]
    return bits[len(zeros) :] + zeros


def whole(operand: Operand) -> bool:
    """Whether it is a whole number."""
    return isinstance(operand, Value) and operand.type.kind in ("int", "uint")


def written_out(node: Any) -> bool:
    """Whether an expression is made of whole numbers as written."""
    if isinstance(node, ast.UnaryExpression):
        return written_out(node.expression)
    if isinstance(node, ast.BinaryExpression):
        return written_out(node.lhs) and written_out(node.rhs)
    return isinstance(node, ast.IntegerLiteral)
