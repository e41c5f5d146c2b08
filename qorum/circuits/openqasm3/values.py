"""Values that depend on measured bits, as tables over them."""

# Operators are written as plain functions of values.
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qorum.circuits.openqasm3.types import BIT, BOOL, Type

MAX_SUPPORT = 12
"""Most measured bits that one calculated value may depend on."""


class TooWide(ValueError):
    """A value would depend on more than MAX_SUPPORT measured bits."""


@dataclass(frozen=True, slots=True)
class Value:
    """A scalar, or a register of bits taken as one number.

    Attributes:
        type: its type.
        bits: the measured bits that it depends on, rising; none if it is known.
        table: its value for each of their values: entry i belongs to bit k = i >> k & 1.
    """

    type: Type
    bits: tuple[int, ...]
    table: tuple[Any, ...]

    @property
    def known(self) -> bool:
        """Whether it depends on no measured bit."""
        return not self.bits


def known(kind: Type, value: Any) -> Value:
    """A value that is known before the run."""
    return Value(kind, (), (value,))


FALSE = known(BIT, False)
TRUE = known(BIT, True)


def measured(bit: int) -> Value:
    """What the classical bit holds."""
    return Value(BIT, (bit,), (False, True))


def lift(kind: Type, function: Callable[..., Any], *operands: Value) -> Value:
    """The function of the operands, for all values of the bits they depend on.

    Raises:
        TooWide: these are too many.
    """
    if all(not operand.bits for operand in operands):
        return Value(kind, (), (function(*[operand.table[0] for operand in operands]),))
    bits = tuple(sorted({bit for operand in operands for bit in operand.bits}))
    if len(bits) > MAX_SUPPORT:
        raise TooWide
    columns = [_spread(operand, bits) for operand in operands]
    return _narrowed(kind, bits, [function(*row) for row in zip(*columns, strict=True)])


def _spread(value: Value, bits: Sequence[int]) -> Sequence[Any]:
    """Its table over more bits."""
    if value.bits == bits:
        return value.table
    places = [bits.index(bit) for bit in value.bits]
    table = value.table
    return [
        table[sum((row >> place & 1) << k for k, place in enumerate(places))] for row in range(1 << len(bits))
    ]


def _narrowed(kind: Type, bits: tuple[int, ...], table: list[Any]) -> Value:
    """The value without the bits that it turned out not to depend on."""
    for bit in reversed(bits):
        place = 1 << bits.index(bit)
        low = [row for row in range(len(table)) if not row & place]
        if all(table[row] == table[row | place] for row in low):
            table = [table[row] for row in low]
            bits = tuple(other for other in bits if other != bit)
    return Value(kind, bits, tuple(table))


def fixed(value: Value, facts: Mapping[int, bool]) -> Value:
    """The value where some bits are known."""
    if not value.bits or facts.keys().isdisjoint(value.bits):
        return value
    rest = tuple(bit for bit in value.bits if bit not in facts)
    base = sum(int(facts[bit]) << k for k, bit in enumerate(value.bits) if bit in facts)
    places = [value.bits.index(bit) for bit in rest]
    table = [
        value.table[base + sum((row >> k & 1) << place for k, place in enumerate(places))]
        for row in range(1 << len(rest))
    ]
    return _narrowed(value.type, rest, table)


def renamed(value: Value, old: int, new: int) -> Value:
    """The value where another bit holds what the old one held."""
    if old not in value.bits:
        return value
    names = [new if bit == old else bit for bit in value.bits]
    bits = tuple(sorted(names))
    places = [bits.index(name) for name in names]
    table = [
        value.table[sum((row >> place & 1) << k for k, place in enumerate(places))]
        for row in range(len(value.table))
    ]
    return Value(value.type, bits, tuple(table))


def chosen(condition: Value, first: Value, second: Value) -> Value:
    """The first where the condition holds, else the second.

    Raises:
        TooWide: they depend on too many bits.
    """
    return lift(first.type, lambda which, one, other: one if which else other, condition, first, second)


def negation(value: Value) -> Value:
    """Whether the value is 0."""
    return lift(BOOL, lambda truth: not truth, value)


def support(values: Iterable[Value]) -> set[int]:
    """The measured bits that any of them depends on."""
    return {bit for value in values for bit in value.bits}


def certain(condition: Value, truth: bool) -> dict[int, bool]:
    """The bits whose value follows from the condition being so."""
    rows = [row for row, entry in enumerate(condition.table) if bool(entry) == truth]
    facts: dict[int, bool] = {}
    for k, bit in enumerate(condition.bits):
        found = {row >> k & 1 for row in rows}
        if len(found) == 1:
            facts[bit] = bool(found.pop())
    return facts
