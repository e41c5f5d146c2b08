"""Random OpenQASM 2 parameter expressions that know their value."""

from __future__ import annotations

import math
from collections.abc import Sequence

from numpy.random import Generator

from benchmarks._reading_trees import Run


def expression(rng: Generator, names: Sequence[str], depth: int = 0):
    """A parameter expression: its text and its value. Parentheses stand where the language needs them."""
    text, value, _ = _expression(rng, names, depth)
    return text, value


def _expression(rng: Generator, names: Sequence[str], depth: int):
    kind = rng.random()
    if depth > 2 or kind < 0.4:
        return _atom(rng, names)
    if kind < 0.5:
        inner, value, level = _expression(rng, names, depth + 1)
        inner = f"({inner})" if level < 2 else inner
        return f"-{inner}", lambda run: -value(run), 1
    if kind < 0.58:
        name, function = [("sin", math.sin), ("cos", math.cos), ("exp", lambda x: math.exp(min(x, 5.0)))][
            rng.integers(2)
        ]
        inner, value, _ = _expression(rng, names, depth + 1)
        return f"{name}({inner})", lambda run: function(value(run)), 4
    if kind < 0.64:
        inner, value, level = _atom(rng, names)
        power = int(rng.integers(0, 4))
        return f"{inner}^{power}", lambda run: value(run) ** power, 3
    sign = "+-*/"[rng.integers(4)]
    level = 1 if sign in "+-" else 2
    left, left_value, left_level = _expression(rng, names, depth + 1)
    if sign == "/":
        right_number = int(rng.integers(2, 9))
        right, right_level = str(right_number), 4

        def right_value(_: Run) -> float:
            return right_number
    else:
        right, right_value, right_level = _expression(rng, names, depth + 1)
    left = f"({left})" if left_level < level else left
    right = f"({right})" if right_level <= level or right.startswith("-") else right
    gap = " " if rng.random() < 0.5 else ""

    def value(run: Run) -> float:
        a, b = left_value(run), right_value(run)
        return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[sign]()

    return f"{left}{gap}{sign}{gap}{right}", value, level


def _atom(rng: Generator, names: Sequence[str]):
    kind = rng.random()
    if names and kind < 0.6:
        name = str(rng.choice(list(names)))
        return name, lambda run: run[name], 4
    if kind < 0.7:
        return "pi", lambda _: math.pi, 4
    if kind < 0.85:
        number = int(rng.integers(1, 5))
        return str(number), lambda _: float(number), 4
    number = round(float(rng.uniform(0.1, 3.0)), 3)
    text = str(number) if rng.random() < 0.8 else f"{number * 100:.4e}".replace("e+", "E")
    return text, lambda _: float(text), 4
