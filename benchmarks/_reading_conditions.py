"""Random OpenQASM 3 conditions that know their value."""

from __future__ import annotations

from numpy.random import Generator

from benchmarks._reading_expressions import EQUAL, Expression, binary, literal, name, unary, whole
from benchmarks._reading_operands import Names, Operand, one, several
from benchmarks._reading_trees import Run


def condition(rng: Generator, names: Names, depth: int = 0) -> Expression:
    """What was measured, compared and joined."""
    kind = rng.random()
    if depth > 1 or kind < 0.6 or not names.bits:
        return _comparison(rng, names)
    if kind < 0.68:
        return unary("!", condition(rng, names, depth + 1))
    return binary(
        str(rng.choice(["&&", "||"])), condition(rng, names, depth + 1), condition(rng, names, depth + 1)
    )


def _comparison(rng: Generator, names: Names) -> Expression:
    kind = rng.random()
    if not names.bits or (kind < 0.1 and names.wholes):
        sign = str(rng.choice(["==", "!=", "<", "<=", ">", ">="]))
        return binary(sign, whole(rng, names.wholes, 2), whole(rng, names.wholes, 2))
    if kind < 0.22 and names.learned:
        called = str(rng.choice(list(names.learned)))
        sign = str(rng.choice(["==", "!=", "<", "<=", ">", ">="]))
        return binary(sign, name(called), literal(int(rng.integers(0, 2 ** names.learned[called]))))
    if kind < 0.55:
        return _bit(rng, names)
    found = several(rng, names.bits)
    if found is None or found.size is None:
        return _bit(rng, names)
    return _register(rng, found, found.size)


def _bit(rng: Generator, names: Names) -> Expression:
    where = one(rng, names.bits, names)
    bit = Expression(where.text, lambda run: run.machine.read(run.bits[where.places(run)[0]]))
    kind = rng.random()
    if kind < 0.35:
        return bit
    if kind < 0.5:
        return unary("!", bit)
    if kind < 0.75:
        return binary(str(rng.choice(["==", "!="])), bit, literal(int(rng.integers(2))))
    if kind < 0.85:
        value = int(rng.integers(2))
        return binary("==", bit, Expression(["false", "true"][value], lambda _: value))
    other = one(rng, names.bits, names)
    second = Expression(other.text, lambda run: run.machine.read(run.bits[other.places(run)[0]]))
    return binary(str(rng.choice(["^", "&", "|", "==", "!="])), bit, second)


def _register(rng: Generator, found: Operand, size: int) -> Expression:
    wanted = int(rng.integers(0, 2**size + (rng.random() < 0.1)))
    signs = ["==", "==", "!=", "<", ">", "<=", ">="]

    def value(run: Run) -> int:
        return run.read(found.places(run))

    bits = Expression(found.text, value)
    kind = rng.random()
    if kind < 0.5:
        return binary(str(rng.choice(signs)), bits, literal(wanted))
    if kind < 0.65 and wanted < 2**size:
        text = f'"{wanted:0{size}b}"'
        return binary(str(rng.choice(["==", "!="])), bits, Expression(text, lambda _: wanted))
    if kind < 0.85:
        width = int(rng.integers(1, size + 1))
        cast = Expression(f"uint[{width}]({found.text})", lambda run: value(run) & ((1 << width) - 1))
        return binary(str(rng.choice(signs)), cast, literal(wanted & ((1 << width) - 1)))
    mask = int(rng.integers(0, 2**size))
    return Expression(f"~{found.text} == {mask}", lambda run: (~value(run) & (2**size - 1)) == mask, EQUAL)
