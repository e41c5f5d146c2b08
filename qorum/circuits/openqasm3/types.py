"""Classical types of OpenQASM 3 and conversion between them.

Python's values stand for them: int for `int`, `uint`, `bit[n]` (bit 0 is the least significant one) and
`angle` (in units of 2π/2^width), bool for `bool` and `bit`, float for `float`, `Span` for `duration`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["int", "uint", "float", "angle", "bool", "bit", "bits", "duration"]

MACHINE_WIDTH = 64
"""Bits of `int` and `uint` without a width; a result beyond them is refused, not wrapped."""

ANGLE_WIDTH = 52
"""Bits of `angle` without a width: multiples of π/2^51 are exact, others closer than a float's error."""

MAX_WIDTH = 4096
"""Most bits of a number."""


class BadValue(ValueError):
    """A value that an operation or type cannot have, in words."""


@dataclass(frozen=True, slots=True)
class Span:
    """A duration: nanoseconds and cycles of the device's clock (`dt`) together."""

    nanoseconds: float = 0.0
    cycles: float = 0.0

    def scaled(self, factor: float) -> Span:
        return Span(self.nanoseconds * factor, self.cycles * factor)

    def plus(self, other: Span) -> Span:
        return Span(self.nanoseconds + other.nanoseconds, self.cycles + other.cycles)


@dataclass(frozen=True, slots=True)
class Type:
    """A scalar type, or `bits`: a register of classical bits taken as one value."""

    kind: Kind
    width: int | None = None

    @property
    def bits(self) -> int:
        """How many bits it is stored in."""
        if self.kind in ("bool", "bit"):
            return 1
        if self.width is not None:
            return self.width
        return ANGLE_WIDTH if self.kind == "angle" else MACHINE_WIDTH

    @property
    def whole(self) -> bool:
        """Whether its values are whole numbers."""
        return self.kind in ("int", "uint", "bool", "bit", "bits")

    def __str__(self) -> str:
        name = "bit" if self.kind == "bits" else self.kind
        return name if self.width is None else f"{name}[{self.width}]"


INT = Type("int")
UINT = Type("uint")
FLOAT = Type("float")
BOOL = Type("bool")
BIT = Type("bit")
DURATION = Type("duration")


def wrap(kind: Type, value: int) -> int:
    """A whole number brought into the range of its type.

    Raises:
        BadValue: it does not fit into a number without a width.
    """
    if kind.kind == "int":
        if kind.width is None:
            if not -(1 << MACHINE_WIDTH - 1) <= value < 1 << MACHINE_WIDTH - 1:
                raise BadValue(f"whole numbers of at most {MACHINE_WIDTH} bits expected, found a larger one")
            return value
        half = 1 << kind.width - 1
        return (value + half) % (2 * half) - half
    return value & (1 << kind.bits) - 1


def from_radians(kind: Type, radians: float) -> int:
    """The nearest angle in units of its type, ties to even."""
    if not math.isfinite(radians):
        raise BadValue("a finite angle expected, found inf or nan; correct the expression")
    return round(radians / (2 * math.pi) * (1 << kind.bits)) & (1 << kind.bits) - 1


def radians(kind: Type, units: int) -> float:
    """An angle in [0, 2π)."""
    return units * (2 * math.pi / (1 << kind.bits))


def convert(target: Type, source: Type, value: Any) -> Any:
    """A value in another type, by assignment or by cast.

    Whole numbers wrap, real ones lose their fraction, registers lose their upper bits or get zeros.

    Raises:
        BadValue: there is no such conversion.
    """
    if target == source:
        return value
    if target.kind in ("bool", "bit"):
        if source.kind == "duration":
            raise _no_cast(target, source)
        return bool(value)
    if source.kind == "duration" or target.kind == "duration":
        raise _no_cast(target, source)
    if target.kind == "float":
        return radians(source, value) if source.kind == "angle" else float(value)
    if target.kind == "angle":
        return _to_angle(target, source, value)
    if source.kind == "angle":
        if target.kind != "bits":
            raise _no_cast(target, source)
        return value & (1 << target.bits) - 1
    if source.kind == "float":
        if not math.isfinite(value):
            raise BadValue("a finite number expected, found inf or nan; correct the expression")
        value = math.trunc(value)
    return wrap(target, int(value))


def _to_angle(target: Type, source: Type, value: Any) -> int:
    if source.kind == "angle":
        shift = target.bits - source.bits
        return value << shift if shift >= 0 else value >> -shift
    if source.kind == "bits":
        return int(value) & (1 << target.bits) - 1
    return from_radians(target, float(value))


def _no_cast(target: Type, source: Type) -> BadValue:
    return BadValue(f"a value that can become {target} expected, found {source}; write it without")


def zero(kind: Type) -> Any:
    """The value of a variable that has been given none."""
    return {"float": 0.0, "bool": False, "bit": False, "duration": Span()}.get(kind.kind, 0)
