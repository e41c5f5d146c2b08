"""Random OpenQASM 3 expressions that know their value, written with no more parentheses than are needed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.random import Generator

from benchmarks._reading_trees import Meaningless, Run

ATOM, POWER, UNARY, PRODUCT, SUM, SHIFT, ORDER, EQUAL, AND, XOR, OR, BOTH, EITHER = range(13, 0, -1)
"""How tightly operators bind, by the language's table."""


@dataclass(frozen=True)
class Expression:
    """A text, what it is worth in a run, and how tightly it holds together."""

    text: str
    value: Callable[[Run], Any]
    level: int = ATOM

    def within(self, level: int) -> str:
        """The text as an operand of an operator of that level."""
        return self.text if self.level >= level else f"({self.text})"


def literal(number: float | str) -> Expression:
    """A number, or a name of one that the language knows."""
    names = {"pi": math.pi, "π": math.pi, "tau": math.tau, "τ": math.tau, "euler": math.e}
    value = names[number] if isinstance(number, str) else number
    return Expression(str(number), lambda _: value)


def name(called: str) -> Expression:
    """What a variable holds."""
    return Expression(called, lambda run: run[called])


def binary(sign: str, left: Expression, right: Expression) -> Expression:
    """Two operands joined; all operators but `**` group from the left."""
    level, act = _BINARY[sign]
    inner = (level + 1, level) if sign == "**" else (level, level + 1)
    text = f"{left.within(inner[0])} {sign} {right.within(inner[1])}"
    return Expression(text, lambda run: act(left.value(run), right.value(run)), level)


def unary(sign: str, operand: Expression) -> Expression:
    """`-`, `!` before an operand."""
    act: Callable[[Any], Any] = {"-": lambda a: -a, "!": lambda a: not a}[sign]
    text = operand.within(UNARY)
    gap = " " if text.startswith(sign) else ""
    return Expression(sign + gap + text, lambda run: act(operand.value(run)), UNARY)


def _divide(a: float, b: float) -> float:
    if isinstance(a, int) and isinstance(b, int):
        if b == 0 or a < 0 or b < 0:
            raise Meaningless("a whole-number division that languages do differently")
        return a // b
    return a / b


def _modulo(a: int, b: int) -> int:
    if b <= 0 or a < 0:
        raise Meaningless("a remainder that languages do differently")
    return a % b


def _power(a: float, b: float) -> float:
    if abs(a) > 1000 or abs(b) > 8 or (isinstance(a, int) and b < 0) or (a == 0 and b < 0):
        raise Meaningless("a power too large")
    return a**b


def _shift(a: int, b: int, left: bool) -> int:
    if a < 0 or not 0 <= b < 8 or a > 1 << 12:
        raise Meaningless("a shift that depends on the width")
    return a << b if left else a >> b


def _whole(act: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def checked(a: int, b: int) -> int:
        if a < 0 or b < 0:
            raise Meaningless("bits of a negative number")
        return act(a, b)

    return checked


_BINARY: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "**": (POWER, _power),
    "*": (PRODUCT, lambda a, b: a * b),
    "/": (PRODUCT, _divide),
    "%": (PRODUCT, _modulo),
    "+": (SUM, lambda a, b: a + b),
    "-": (SUM, lambda a, b: a - b),
    "<<": (SHIFT, lambda a, b: _shift(a, b, True)),
    ">>": (SHIFT, lambda a, b: _shift(a, b, False)),
    "<": (ORDER, lambda a, b: a < b),
    "<=": (ORDER, lambda a, b: a <= b),
    ">": (ORDER, lambda a, b: a > b),
    ">=": (ORDER, lambda a, b: a >= b),
    "==": (EQUAL, lambda a, b: a == b),
    "!=": (EQUAL, lambda a, b: a != b),
    "&": (AND, _whole(lambda a, b: a & b)),
    "^": (XOR, _whole(lambda a, b: a ^ b)),
    "|": (OR, _whole(lambda a, b: a | b)),
    "&&": (BOTH, lambda a, b: bool(a and b)),
    "||": (EITHER, lambda a, b: bool(a or b)),
}


def whole(rng: Generator, names: Sequence[str], depth: int = 0) -> Expression:
    """A whole number of literals and integer variables, signed ones among them."""
    kind = rng.random()
    if depth > 2 or kind < 0.45:
        if names and rng.random() < 0.6:
            return name(str(rng.choice(list(names))))
        number = int(rng.integers(0, 5))
        return Expression(
            ["{}", "{:#x}", "{:#b}"][rng.choice(3, p=[0.9, 0.05, 0.05])].format(number), lambda _: number
        )
    if kind < 0.52:
        return unary("-", whole(rng, names, depth + 1))
    signs = ["+", "-", "*", "**", "/", "%", "<<", ">>", "&", "|", "^"]
    sign = str(rng.choice(signs, p=[0.22, 0.2, 0.18, 0.06, 0.08, 0.08, 0.03, 0.03, 0.04, 0.04, 0.04]))
    left, right = whole(rng, names, depth + 1), whole(rng, names, depth + 1)
    if sign in "/%":
        if not names:
            return left
        left = name(str(rng.choice(list(names))))  # of two literals readers differ on whether it is whole
        right = literal(int(rng.integers(2, 4)))
    if sign in ("**", "<<", ">>"):
        right = literal(int(rng.integers(0, 3)))
    return binary(sign, left, right)


def real(rng: Generator, reals: Sequence[str], wholes: Sequence[str], depth: int = 0) -> Expression:
    """A real number of constants, parameters and integer variables."""
    kind = rng.random()
    if depth > 2 or kind < 0.42:
        if reals and rng.random() < 0.6:
            return name(str(rng.choice(list(reals))))
        if rng.random() < 0.35:
            return literal(str(rng.choice(["pi", "π", "tau", "τ", "euler"])))
        number = round(float(rng.uniform(0.1, 3.0)), 3)
        return (
            literal(number)
            if rng.random() < 0.85
            else Expression(f"{number * 10:.6E}", lambda _: float(f"{number * 10:.6E}"))
        )
    if kind < 0.5:
        return unary("-", real(rng, reals, wholes, depth + 1))
    if kind < 0.58:
        called, function = _FUNCTIONS[rng.integers(len(_FUNCTIONS))]
        inner = real(rng, reals, wholes, depth + 1)
        return Expression(f"{called}({inner.text})", lambda run: function(inner.value(run)))
    if kind < 0.66:
        return binary("**", real(rng, reals, wholes, depth + 1), literal(int(rng.integers(0, 3))))
    sign = str(rng.choice(["+", "-", "*", "/"]))
    left = real(rng, reals, wholes, depth + 1)
    if sign == "/":
        return binary(sign, left, literal(int(rng.integers(2, 9))))
    other = whole(rng, wholes, depth + 2) if rng.random() < 0.3 else real(rng, reals, wholes, depth + 1)
    return binary(sign, *((left, other) if rng.random() < 0.5 else (other, left)))


_FUNCTIONS: list[tuple[str, Callable[[float], float]]] = [
    ("sin", math.sin),
    ("cos", math.cos),
    ("arctan", math.atan),
]
