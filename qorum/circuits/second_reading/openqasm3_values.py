"""Values of OpenQASM 3: whole and real numbers, truths, bits; and what operators make of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from qorum.circuits.second_reading.tokens import Abstains

_MACHINE = 64


class Value(NamedTuple):
    """A value.

    Attributes:
        kind: `int`, `uint`, `float`, `bool`, `bits` (a register as a number, bit 0 least significant) or
            `angle` (in radians).
        width: bits of its type; None where the type states none.
        value: a Python int, float or bool.
    """

    kind: str
    width: int | None
    value: Any

    @property
    def whole(self) -> bool:
        """Whether it is a whole number, a bit or bits."""
        return self.kind in ("int", "uint", "bits", "bool")


CONSTANTS: Mapping[str, float] = {
    "pi": math.pi, "π": math.pi, "tau": math.tau, "τ": math.tau, "euler": math.e, "ℇ": math.e,
}  # fmt: skip
_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "arcsin": math.asin, "arccos": math.acos,
    "arctan": math.atan, "exp": math.exp, "log": math.log, "sqrt": math.sqrt,
}  # fmt: skip


def truth(value: bool) -> Value:
    """A boolean."""
    return Value("bool", None, bool(value))


def number(text: str) -> Value:
    """A literal number."""
    if text[:2].lower() in ("0x", "0b", "0o"):
        return Value("int", None, int(text, 0))
    if text.isdigit():
        return Value("int", None, int(text))
    return Value("float", None, float(text))


def function(name: str, arguments: list[Value]) -> Value:
    """A built-in function's value."""
    if name == "popcount" and len(arguments) == 1 and arguments[0].whole and arguments[0].value >= 0:
        return Value("uint", None, int(arguments[0].value).bit_count())
    if name == "mod" and len(arguments) == 2:
        return binary("%", *arguments)
    if name in _FUNCTIONS and len(arguments) == 1:
        return Value("float", None, _FUNCTIONS[name](real(arguments[0])))
    raise Abstains(f"the function {name!r}")


def real(value: Value) -> float:
    """A number where a real one is expected."""
    if value.kind == "bits":
        raise Abstains("bits taken for a real number")
    return float(value.value)


def whole(value: Value) -> int:
    """A number where a whole one is expected."""
    if not value.whole:
        raise Abstains(f"a {value.kind} taken for a whole number")
    return int(value.value)


def fitted(kind: str, width: int | None, value: Value) -> Value:
    """A value as one of a type: assigned or cast."""
    raw = value.value
    if kind == "bool":
        return truth(raw != 0)
    if kind == "float":
        return Value("float", width, real(value))
    if kind == "angle":
        return Value("angle", width, _angle(width, real(value)))
    if value.kind == "angle" or kind not in ("int", "uint", "bits"):
        raise Abstains(f"a {value.kind} as a {kind}")
    if value.kind == "float" and not math.isfinite(raw):
        raise Abstains("a number that is not finite")
    return Value(kind, width, _wrapped(kind, width, math.trunc(raw)))


def _angle(width: int | None, radians: float) -> float:
    if width is None:
        return radians % math.tau
    units = 1 << width
    return (round(radians / math.tau * units) % units) * math.tau / units


def _wrapped(kind: str, width: int | None, value: int) -> int:
    bits = _MACHINE if width is None else width
    if kind == "int":
        half = 1 << bits - 1
        result = (value + half) % (2 * half) - half
    else:
        result = value % (1 << bits)
    if width is None and result != value:
        raise Abstains("a whole number beyond 64 bits")
    return result


def unary(sign: str, operand: Value) -> Value:
    """`-`, `!` or `~` of a value."""
    if sign == "!":
        return truth(not operand.value)
    if sign == "~":
        if operand.kind == "bool":
            return truth(not operand.value)
        if operand.kind in ("bits", "uint") and operand.width is not None:
            return Value(operand.kind, operand.width, ~operand.value % (1 << operand.width))
        if operand.kind == "int":
            return Value("int", operand.width, ~operand.value)
    elif operand.kind == "float":
        return Value("float", operand.width, -operand.value)
    elif operand.kind == "int":
        return Value("int", operand.width, _wrapped("int", operand.width, -operand.value))
    raise Abstains(f"{sign} of a {operand.kind}")


_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
}  # fmt: skip
_BITWISE: Mapping[str, Callable[[int, int], int]] = {
    "&": lambda a, b: a & b, "|": lambda a, b: a | b, "^": lambda a, b: a ^ b,
}  # fmt: skip


def binary(sign: str, left: Value, right: Value) -> Value:
    """An operator's value; of two whole numbers the quotient has no fraction.

    Raises:
        Abstains: operands on which the specification leaves room.
    """
    if sign in ("&&", "||"):
        return truth((left.value and right.value) if sign == "&&" else (left.value or right.value))
    if "angle" in (left.kind, right.kind):
        raise Abstains("calculation with angles")
    if sign in _ORDER:
        if left.whole and right.whole:
            _common(left, right)
        return truth(_ORDER[sign](left.value, right.value))
    if not (left.whole and right.whole):
        return Value("float", None, _real(sign, float(left.value), float(right.value)))
    if sign in ("<<", ">>"):
        return _shifted(sign, left, int(right.value))
    if sign in _BITWISE and left.kind == right.kind == "bool":
        return truth(_BITWISE[sign](int(left.value), int(right.value)) != 0)
    kind, width = _common(left, right)
    return Value(kind, width, _wrapped(kind, width, _whole(sign, int(left.value), int(right.value))))


def _common(left: Value, right: Value) -> tuple[str, int | None]:
    """The type in which two whole numbers meet, as in C; signed numbers below 0 meet no unsigned ones."""
    kinds = [("int", None) if each.kind == "bool" else (each.kind, each.width) for each in (left, right)]
    if kinds[0][0] == kinds[1][0]:
        return max(kinds, key=lambda kind: _rank(kind[1]))
    if "bits" in (kinds[0][0], kinds[1][0]):
        kinds = [("uint", width) if kind == "bits" else (kind, width) for kind, width in kinds]
        if kinds[0][0] == kinds[1][0]:
            return max(kinds, key=lambda kind: _rank(kind[1]))
    if left.value < 0 or right.value < 0:
        raise Abstains("a negative number beside an unsigned one")
    signed, unsigned = sorted(kinds)
    return unsigned if unsigned[1] is not None and _rank(unsigned[1]) >= _rank(signed[1]) else signed


def _rank(width: int | None) -> int:
    return 1 << 20 if width is None else width


def _real(sign: str, a: float, b: float) -> float:
    if sign == "**":
        if a < 0 and not b.is_integer():
            raise Abstains("a power that is not real")
        return float(a**b)
    calculate: Mapping[str, Callable[[], float]] = {
        "+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b,
    }  # fmt: skip
    if sign not in calculate:
        raise Abstains(f"{sign} of real numbers")
    return calculate[sign]()


def _whole(sign: str, a: int, b: int) -> int:
    if sign in "/%":
        if b == 0:
            raise Abstains("a division by zero")
        quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
        return quotient if sign == "/" else a - b * quotient
    if sign == "**":
        if b < 0 or b * max(abs(a), 1).bit_length() > 4 * _MACHINE:
            raise Abstains("a whole power too large or below 1")
        return a**b
    if sign in _BITWISE:
        return _BITWISE[sign](a, b)
    calculate = {"+": a + b, "-": a - b, "*": a * b}
    if sign not in calculate:
        raise Abstains(f"the operator {sign!r}")
    return calculate[sign]


def _shifted(sign: str, left: Value, places: int) -> Value:
    if not 0 <= places <= _MACHINE or left.value < 0 or left.kind == "bool":
        raise Abstains("a shift of or by something unusual")
    moved = left.value << places if sign == "<<" else left.value >> places
    if left.kind == "bits":
        return Value("bits", left.width, moved % (1 << (left.width or 1)))
    return Value(left.kind, left.width, _wrapped(left.kind, left.width, moved))
