"""Built-in functions and constants of OpenQASM 3."""

# Operators are written as plain functions of values.
# pyright: reportUnknownLambdaType=false

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qorum.circuits.openqasm3.operators import binary
from qorum.circuits.openqasm3.types import FLOAT, UINT, BadValue, Type, convert

CONSTANTS: Mapping[str, float] = {
    **dict.fromkeys(("pi", "π"), math.pi),
    **dict.fromkeys(("tau", "τ"), math.tau),
    **dict.fromkeys(("euler", "ℇ"), math.e),
}

_REAL: Mapping[str, Callable[[float], float]] = {
    "arccos": math.acos,
    "arcsin": math.asin,
    "arctan": math.atan,
    "ceiling": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
    "log": math.log,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
    "ln": math.log,
    "acos": math.acos,
    "asin": math.asin,
    "atan": math.atan,
    "abs": abs,
}
"""The language's functions; the last five are of OpenQASM 2 and of older files."""

NAMES = frozenset((*_REAL, "mod", "popcount", "rotl", "rotr"))


def call(name: str, kinds: Sequence[Type]) -> tuple[Type, Callable[..., Any]]:
    """The type of a function's result for operands of these types, and the function of their values.

    Raises:
        BadValue: another number of operands, or other types; the function raises it too.
    """
    expected = 1 if name in _REAL or name == "popcount" else 2
    if len(kinds) != expected:
        raise BadValue(f"{expected} operands of {name} expected, found {len(kinds)}; correct them")
    if name in _REAL:
        return FLOAT, lambda a: _real(name, convert(FLOAT, kinds[0], a))
    if name == "mod":
        return binary("%", *kinds)
    if not (kinds[0].kind in ("bits", "uint", "angle") or (name == "popcount" and kinds[0].whole)):
        raise BadValue(f"a register or unsigned number as operand of {name} expected, found {kinds[0]}")
    if name == "popcount":
        return UINT, lambda a: (int(a) & (1 << kinds[0].bits) - 1).bit_count()
    if not kinds[1].whole:
        raise BadValue(f"a whole number of places for {name} expected, found {kinds[1]}")
    width, sign = kinds[0].bits, 1 if name == "rotl" else -1

    def rotated(a: int, places: int) -> int:
        left = sign * int(places) % width
        return (a << left | a >> width - left) & (1 << width) - 1

    return kinds[0], rotated


def _real(name: str, value: float) -> float:
    try:
        return float(_REAL[name](value))
    except (ValueError, OverflowError):
        raise BadValue(f"a finite value of {name} expected, found {name}({value}); correct it") from None
