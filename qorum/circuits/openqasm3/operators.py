"""Operators of OpenQASM 3: the type of a result, and how it is worked out."""

# Operators are written as plain functions of values.
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from qorum.circuits.openqasm3.types import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    MAX_WIDTH,
    BadValue,
    Span,
    Type,
    convert,
    wrap,
)

Result = tuple[Type, Callable[[Any, Any], Any]]

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_BITWISE: Mapping[str, Callable[[int, int], int]] = {
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}
COMPARISONS = frozenset(_COMPARISONS)


def binary(sign: str, left: Type, right: Type) -> Result:
    """The result's type, and the function of the two values.

    Raises:
        BadValue: the operator does not take these types; the function raises it too.
    """
    if sign in ("&&", "||"):
        logic = operator.and_ if sign == "&&" else operator.or_
        return BOOL, lambda a, b: logic(bool(a), bool(b))
    if DURATION in (left, right):
        return _of_durations(sign, left, right)
    if sign in _COMPARISONS:
        return _comparison(sign, left, right)
    if sign in _BITWISE:
        return _bitwise(sign, left, right)
    if sign in ("<<", ">>"):
        return _shift(sign, left, right)
    if "angle" in (left.kind, right.kind):
        found = _of_angles(sign, left, right)
        if found is not None:
            return found
    return _arithmetic(sign, left, right)


def unary(sign: str, kind: Type) -> tuple[Type, Callable[[Any], Any]]:
    """Likewise for an operator with one operand."""
    if sign == "!":
        return BOOL, lambda a: not a
    if sign == "~":
        if kind.kind in ("bool", "bit"):
            return kind, lambda a: not a
        if kind.kind in ("float", "duration"):
            raise BadValue(f"bits or a whole number beside '~' expected, found {kind}; correct it")
        return kind, lambda a: wrap(kind, ~a)
    if kind.kind == "duration":
        return kind, lambda a: a.scaled(-1)
    if kind.kind in ("bool", "bit", "bits"):
        return INT, lambda a: -int(a)
    if kind.kind == "float":
        return kind, operator.neg
    return kind, lambda a: wrap(kind, -a)


def _common(left: Type, right: Type) -> Type:
    """The type of whole numbers that both operands are brought to, as in C."""
    left, right = _as_integer(left), _as_integer(right)
    if left.kind == right.kind:
        return left if _rank(left) >= _rank(right) else right
    signed, unsigned = (left, right) if left.kind == "int" else (right, left)
    return unsigned if unsigned.width is not None and _rank(unsigned) >= _rank(signed) else signed


def _rank(kind: Type) -> int:
    return MAX_WIDTH + 1 if kind.width is None else kind.width


def _as_integer(kind: Type) -> Type:
    if kind.kind in ("bool", "bit"):
        return INT
    return Type("uint", kind.width) if kind.kind == "bits" else kind


def _comparison(sign: str, left: Type, right: Type) -> Result:
    compare = _COMPARISONS[sign]
    if "angle" in (left.kind, right.kind):
        kinds = [kind for kind in (left, right) if kind.kind == "angle"]
        common = max(kinds, key=lambda kind: kind.bits)
        return BOOL, lambda a, b: compare(convert(common, left, a), convert(common, right, b))
    if "float" in (left.kind, right.kind):
        return BOOL, compare
    common = _common(left, right)
    if common.kind == "uint" and "int" in (left.kind, right.kind):
        return BOOL, lambda a, b: compare(wrap(common, int(a)), wrap(common, int(b)))
    return BOOL, lambda a, b: compare(int(a), int(b))


def _bitwise(sign: str, left: Type, right: Type) -> Result:
    apply = _BITWISE[sign]
    if "float" in (left.kind, right.kind):
        raise BadValue(f"bits or whole numbers on both sides of {sign!r} expected, found a real number")
    if left.kind in ("bool", "bit") and right.kind in ("bool", "bit"):
        return left, lambda a, b: bool(apply(bool(a), bool(b)))
    if "angle" in (left.kind, right.kind):
        common = left if left.kind == "angle" else right
        if left.kind in ("angle", "bits") and right.kind in ("angle", "bits"):
            return common, lambda a, b: wrap(
                common, apply(convert(common, left, a), convert(common, right, b))
            )
        raise BadValue(f"two angles beside {sign!r} expected, found {left} and {right}; cast one")
    if "bits" in (left.kind, right.kind):
        width = max(kind.bits for kind in (left, right) if kind.kind == "bits")
        common = Type("bits", width)
        return common, lambda a, b: apply(int(a), int(b)) & (1 << width) - 1
    common = _common(left, right)
    return common, lambda a, b: wrap(common, apply(int(a), int(b)))


def _shift(sign: str, left: Type, right: Type) -> Result:
    if left.kind in ("float", "duration") or not right.whole:
        raise BadValue(f"whole numbers on both sides of {sign!r} expected, found {left} and {right}")
    kind = INT if left.kind in ("bool", "bit") else left

    def shifted(a: Any, b: Any) -> int:
        places = int(b)
        if places < 0:
            raise BadValue(f"a shift by 0 or more places expected, found {places}; correct it")
        if sign == ">>":
            return int(a) >> places
        if places > MAX_WIDTH:
            return 0
        return wrap(kind, int(a) << places)

    return kind, shifted


def _of_angles(sign: str, left: Type, right: Type) -> Result | None:
    """Angles count like unsigned integers in units of their type; None: calculate with real numbers."""
    if left.kind == "angle" and right.kind == "angle":
        common = left if left.bits >= right.bits else right
        if sign == "/":
            return Type("uint", common.bits), lambda a, b: _quotient(
                convert(common, left, a), convert(common, right, b)
            )
        if sign in "+-":
            apply = operator.add if sign == "+" else operator.sub
            return common, lambda a, b: wrap(
                common, apply(convert(common, left, a), convert(common, right, b))
            )
        return None
    angle, other = (left, right) if left.kind == "angle" else (right, left)
    if sign in ("+", "-") and other.kind == "float":
        apply = operator.add if sign == "+" else operator.sub
        return angle, lambda a, b: wrap(angle, apply(convert(angle, left, a), convert(angle, right, b)))
    if sign == "*" and other.whole:
        return angle, lambda a, b: wrap(angle, int(a) * int(b))
    if sign == "/" and other.whole and left is angle:
        return angle, lambda a, b: _quotient(a, int(b))
    return None


def _arithmetic(sign: str, left: Type, right: Type) -> Result:
    if not (left.whole and right.whole):
        real = {
            "+": operator.add,
            "-": operator.sub,
            "*": operator.mul,
            "/": _real_quotient,
            "%": _real_remainder,
            "**": _real_power,
        }.get(sign)
        if real is None:
            raise BadValue(f"an arithmetic operator expected, found {sign!r}; correct it")
        return FLOAT, lambda a, b: real(convert(FLOAT, left, a), convert(FLOAT, right, b))
    common = _common(left, right)
    whole = {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": _quotient,
        "%": lambda a, b: a - b * _quotient(a, b),
    }.get(sign)
    if sign == "**":
        return common, lambda a, b: _whole_power(common, int(a), int(b))
    if whole is None:
        raise BadValue(f"an arithmetic operator expected, found {sign!r}; correct it")
    return common, lambda a, b: wrap(common, whole(wrap(common, int(a)), wrap(common, int(b))))


def _quotient(a: int, b: int) -> int:
    """Division that drops the fraction, as in C."""
    if b == 0:
        raise BadValue("a finite number expected, found a division by zero; correct it")
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _real_quotient(a: float, b: float) -> float:
    if b == 0:
        raise BadValue("a finite number expected, found a division by zero; correct it")
    return a / b


def _real_remainder(a: float, b: float) -> float:
    if b == 0:
        raise BadValue("a finite number expected, found a division by zero; correct it")
    return math.fmod(a, b)


def _real_power(a: float, b: float) -> float:
    try:
        power = a**b
    except (OverflowError, ZeroDivisionError):
        raise BadValue("a finite power expected, found one that is not; correct it") from None
    if isinstance(power, complex):
        raise BadValue(f"a real power expected, found ({a}) ** {b}; correct it")
    return power


def _whole_power(kind: Type, a: int, b: int) -> int:
    if b < 0:
        raise BadValue(f"an exponent of 0 or more for a whole number expected, found {b}; write {a}.0")
    if kind.width is not None:
        return wrap(kind, pow(a, b, 1 << kind.width))
    if abs(a) > 1 and b * a.bit_length() > 2 * MAX_WIDTH:
        raise BadValue("a power of at most 64 bits expected, found a larger one; write a real number")
    return wrap(kind, pow(a, b)) if abs(a) > 1 or b == 0 else a ** (1 + (b - 1) % 2)


def _of_durations(sign: str, left: Type, right: Type) -> Result:
    if sign in _COMPARISONS and left == right:
        compare = _COMPARISONS[sign]
        return BOOL, lambda a, b: compare((a.nanoseconds, a.cycles), (b.nanoseconds, b.cycles))
    if sign == "+" and left == right:
        return DURATION, Span.plus
    if sign == "-" and left == right:
        return DURATION, lambda a, b: a.plus(b.scaled(-1))
    if sign == "/" and left == right:
        return FLOAT, lambda a, b: _real_quotient(a.nanoseconds or a.cycles, b.nanoseconds or b.cycles)
    if sign == "*" and left != right:
        if left.kind == "duration":
            return DURATION, lambda a, b: a.scaled(convert(FLOAT, right, b))
        return DURATION, lambda a, b: b.scaled(convert(FLOAT, left, a))
    if sign == "/" and left.kind == "duration":
        return DURATION, lambda a, b: a.scaled(_real_quotient(1.0, convert(FLOAT, right, b)))
    raise BadValue(f"durations added, subtracted or scaled expected, found {left} {sign} {right}")
