"""Values that are known once certain classical bits are: tables over these bits."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit.circuit import Clbit
from qiskit.circuit.classical import expr

MAX_BITS = 12
"""Measured bits that one value may depend on: its table has a row for each of their outcomes."""


@dataclass(frozen=True)
class Value:
    """A bool, whole number or float for each outcome of some classical bits.

    Attributes:
        bits: the bits that it depends on, rising; none for a constant.
        table: its values; bit i of a row's number is what `bits[i]` reads.
    """

    bits: tuple[int, ...]
    table: tuple[Any, ...]

    @classmethod
    def constant(cls, value: Any) -> Value:
        """The same whatever was measured."""
        return cls((), (value,))

    @classmethod
    def of_bit(cls, bit: int) -> Value:
        """What one bit reads, as a bool."""
        return cls((bit,), (False, True))

    @property
    def is_constant(self) -> bool:
        """Whether it depends on no bit."""
        return not self.bits

    def given(self, bit: int, outcome: bool) -> Value:
        """The value where `bit` is known to read `outcome`."""
        if bit not in self.bits:
            return self
        place = self.bits.index(bit)
        rows = [value for row, value in enumerate(self.table) if row >> place & 1 == outcome]
        return _trimmed(tuple(other for other in self.bits if other != bit), tuple(rows))

    def map(self, function: Callable[[Any], Any]) -> Value:
        """The function of the value."""
        return _trimmed(self.bits, tuple(map(function, self.table)))


def combine(function: Callable[..., Any], *values: Value) -> Value:
    """The function of several values, outcome by outcome.

    The caller sees to it that it depends on no more than MAX_BITS bits.
    """
    bits = tuple(sorted({bit for value in values for bit in value.bits}))
    columns = [_spread(value, bits) for value in values]
    return _trimmed(bits, tuple(function(*row) for row in zip(*columns, strict=True)))


def choose(condition: Value, chosen: Value, otherwise: Value) -> Value:
    """`chosen` where the condition holds, else `otherwise`."""
    return combine(lambda holds, one, other: one if holds else other, condition, chosen, otherwise)


def as_expression(value: Value, clbits: Mapping[int, Clbit]) -> expr.Expr:
    """A bool that is no constant, as Qiskit writes conditions: of bits, not, and, or, exclusive or."""
    return _expression(tuple(map(bool, value.table)), [clbits[bit] for bit in value.bits])


def _expression(table: Sequence[bool], bits: Sequence[Clbit]) -> expr.Expr:
    """By the last bit, whose outcomes are the two halves of the table."""
    half = len(table) // 2
    low, high = tuple(table[:half]), tuple(table[half:])
    bit, others = expr.lift(bits[-1]), bits[:-1]
    if low == high:
        return _expression(low, others)
    if _same(low) and _same(high):
        return bit if high[0] else expr.logic_not(bit)
    if high == tuple(not row for row in low):
        return expr.bit_xor(bit, _expression(low, others))
    if _same(high):
        rest = _expression(low, others)
        return expr.logic_or(bit, rest) if high[0] else expr.logic_and(expr.logic_not(bit), rest)
    if _same(low):
        rest = _expression(high, others)
        return expr.logic_or(expr.logic_not(bit), rest) if low[0] else expr.logic_and(bit, rest)
    return expr.logic_or(
        expr.logic_and(bit, _expression(high, others)),
        expr.logic_and(expr.logic_not(bit), _expression(low, others)),
    )


def _same(table: Sequence[bool]) -> bool:
    return all(row == table[0] for row in table)


def _spread(value: Value, bits: Sequence[int]) -> list[Any]:
    """The table over more bits."""
    places = [bits.index(bit) for bit in value.bits]
    return [
        value.table[sum((row >> place & 1) << own for own, place in enumerate(places))]
        for row in range(1 << len(bits))
    ]


def _trimmed(bits: tuple[int, ...], table: tuple[Any, ...]) -> Value:
    """Without the bits on which nothing depends."""
    for place in range(len(bits) - 1, -1, -1):
        step = 1 << place
        if all(value == table[row ^ step] for row, value in enumerate(table)):
            table = tuple(value for row, value in enumerate(table) if not row & step)
            bits = bits[:place] + bits[place + 1 :]
    return Value(bits, table)
