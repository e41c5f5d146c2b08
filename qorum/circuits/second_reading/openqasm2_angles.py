"""Parameters of OpenQASM 2 gates: functions of what a definition is given."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from qorum.circuits.second_reading.tokens import Abstains, Words

Number = Callable[[Mapping[str, float]], float]
_FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "exp": math.exp, "ln": math.log, "sqrt": math.sqrt,
}  # fmt: skip


def angles_of(words: Words) -> list[Number]:
    """What stands between parentheses, where the next word opens one.

    Raises:
        Abstains: a function that is not known.
    """
    angles: list[Number] = []
    if words.accept("("):
        while not words.accept(")"):
            angles.append(_sum(words))
            words.accept(",")
    return angles


def _sum(words: Words) -> Number:
    left = _product(words)
    while words.sees("+", "-"):
        left = _joined(words.take().text, left, _product(words))
    return left


def _product(words: Words) -> Number:
    left = _signed(words)
    while words.sees("*", "/"):
        left = _joined(words.take().text, left, _signed(words))
    return left


def _signed(words: Words) -> Number:
    if words.accept("-"):
        inner = _signed(words)
        return lambda given: -inner(given)
    if words.accept("+"):
        return _signed(words)
    base = _atom(words)
    return _joined("^", base, _signed(words)) if words.accept("^") else base


def _atom(words: Words) -> Number:
    if words.accept("("):
        inner = _sum(words)
        words.need(")")
        return inner
    token = words.take()
    if token.kind == "number":
        return lambda _: float(token.text)
    if words.accept("("):
        function, inner = _FUNCTIONS.get(token.text), _sum(words)
        words.need(")")
        if function is None:
            raise Abstains(f"the function {token.text!r}")
        return lambda given: function(inner(given))
    if token.text == "pi":
        return lambda given: given.get("pi", math.pi)
    return lambda given: given[token.text]


def _joined(sign: str, left: Number, right: Number) -> Number:
    if sign == "+":
        return lambda given: left(given) + right(given)
    if sign == "-":
        return lambda given: left(given) - right(given)
    if sign == "*":
        return lambda given: left(given) * right(given)
    if sign == "/":
        return lambda given: left(given) / right(given)
    return lambda given: left(given) ** right(given)
