"""Truths about registers of any width, kept as formulas where a table would be too large."""

# Operators are written as plain functions of values.
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from qorum.circuits.openqasm3.types import BOOL, Type
from qorum.circuits.openqasm3.values import (
    TooWide,
    Value,
    certain,
    fixed,
    known,
    lift,
    negation,
    renamed,
    support,
)


@dataclass(frozen=True, slots=True)
class Register:
    """Classical bits, the least significant first, read as a value of a type."""

    type: Type
    bits: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """A register of unsigned value compared with a number."""

    sign: Literal["==", "<"]
    bits: tuple[Value, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Negated:
    """The opposite of a formula."""

    part: Formula


@dataclass(frozen=True, slots=True)
class Joined:
    """All of the formulas, or any."""

    every: bool
    parts: tuple[Formula, ...]


Formula = Value | Compared | Negated | Joined
Operand = Value | Compared | Negated | Joined | Register


def number(register: Register) -> Value:
    """The register as one value.

    Raises:
        TooWide: it depends on too many measured bits.
    """
    width = len(register.bits)

    def joined(*bits: bool) -> int:
        value = sum(int(bit) << place for place, bit in enumerate(bits))
        return value - (1 << width) if register.type.kind == "int" and bits[-1] else value

    return lift(register.type, joined, *register.bits)


def compared(register: Register, sign: str, other: int) -> Formula:
    """A register of unsigned value beside a number, without a table."""
    if sign == "!=":
        return opposite(compared(register, "==", other))
    if sign in (">", "<="):
        less = compared(register, "<", other + 1)
        return less if sign == "<=" else opposite(less)
    if sign == ">=":
        return opposite(compared(register, "<", other))
    if other < 0 or (sign == "==" and other >> len(register.bits)):
        return known(BOOL, False)
    if sign == "<" and other >> len(register.bits):
        return known(BOOL, True)
    return _simplified(Compared("==" if sign == "==" else "<", register.bits, other))


def opposite(formula: Formula) -> Formula:
    """Its negation."""
    if isinstance(formula, Value):
        return negation(formula)
    return formula.part if isinstance(formula, Negated) else Negated(formula)


def joined(every: bool, *parts: Formula) -> Formula:
    """All of them, or any; a table where that is small enough."""
    values = [part for part in parts if isinstance(part, Value)]
    rest = tuple(part for part in parts if not isinstance(part, Value))
    if values:
        try:
            truth = lift(BOOL, lambda *truths: (all if every else any)(truths), *values)
        except TooWide:
            return Joined(every, parts)
        if not rest or (truth.known and bool(truth.table[0]) != every):
            return truth
        if not truth.known:
            rest = (truth, *rest)
    return rest[0] if len(rest) == 1 else Joined(every, rest)


def depends(operand: Operand) -> set[int]:
    """The measured bits that it depends on."""
    if isinstance(operand, Value):
        return set(operand.bits)
    if isinstance(operand, Register | Compared):
        return support(operand.bits)
    if isinstance(operand, Negated):
        return depends(operand.part)
    return {bit for part in operand.parts for bit in depends(part)}


def with_facts(formula: Formula, facts: Mapping[int, bool]) -> Formula:
    """The formula where some bits are known."""
    if isinstance(formula, Value):
        return fixed(formula, facts)
    if isinstance(formula, Compared):
        return _simplified(
            Compared(formula.sign, tuple(fixed(bit, facts) for bit in formula.bits), formula.number)
        )
    if isinstance(formula, Negated):
        return opposite(with_facts(formula.part, facts))
    return joined(formula.every, *[with_facts(part, facts) for part in formula.parts])


def moved(formula: Formula, old: int, new: int) -> Formula:
    """The formula where another bit holds what the old one held."""
    if isinstance(formula, Value):
        return renamed(formula, old, new)
    if isinstance(formula, Compared):
        return Compared(formula.sign, tuple(renamed(bit, old, new) for bit in formula.bits), formula.number)
    if isinstance(formula, Negated):
        return Negated(moved(formula.part, old, new))
    return Joined(formula.every, tuple(moved(part, old, new) for part in formula.parts))


def follows(formula: Formula, truth: bool) -> dict[int, bool]:
    """Bits whose value follows from the formula being so."""
    if isinstance(formula, Value):
        return certain(formula, truth)
    if isinstance(formula, Negated):
        return follows(formula.part, not truth)
    if isinstance(formula, Compared):
        facts: dict[int, bool] = {}
        if formula.sign == "==" and truth:
            for place, bit in enumerate(formula.bits):
                facts |= certain(bit, bool(formula.number >> place & 1))
        return facts
    if formula.every == truth:
        return {bit: value for part in formula.parts for bit, value in follows(part, truth).items()}
    return {}


def _simplified(formula: Compared) -> Formula:
    """As a table if that is small, or without the bits that are known."""
    bits = formula.bits
    try:
        value = number(Register(Type("bits", len(bits)), bits))
    except TooWide:
        return formula
    other = formula.number
    if formula.sign == "==":
        return lift(BOOL, lambda found: found == other, value)
    return lift(BOOL, lambda found: found < other, value)
