"""Conditions of random objects: each as the code that asks it, and as what it asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from numpy.random import Generator

from benchmarks._reading_trees import Meaningless, Run

Condition = tuple[str, Callable[[Run], bool]]


@dataclass
class Names:
    """What a circuit of Cirq may use: keys, how wide and how often measured, own gates; how deep it is."""

    keys: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    gates: dict[str, int] = field(default_factory=dict)
    depth: int = 0


def cirq_condition(rng: Generator, key: str, width: int, count: int, forgotten: bool) -> Condition:
    """Asked of a key of so many qubits, measured so often; indices and masks are forgotten in subcircuits."""
    value, kind = int(rng.integers(2**width)), rng.random()

    def read(run: Run, which: int = -1) -> int:
        """The record as a number, its first qubit the most significant."""
        records = run["*records"].get(key, ([], []))[0]
        if not -len(records) <= which < len(records):
            raise Meaningless(key)
        return sum(run.machine.read(bit) << place for place, bit in enumerate(reversed(records[which])))

    if kind < 0.3:
        return repr(key), lambda run: read(run) != 0
    if kind < 0.45 and not forgotten:
        index = int(rng.integers(-count, count))
        text = f"cirq.KeyCondition(cirq.MeasurementKey.parse_serialized({key!r}), {index})"
        return text, lambda run: read(run, index) != 0
    symbol = f"sympy.Symbol({key!r})"
    if kind < 0.65:
        return f"sympy.Eq({symbol}, {value})", lambda run: read(run) == value
    if kind < 0.75:
        return f"{symbol} > {value}", lambda run: read(run) > value
    if kind < 0.82:
        return (
            f"sympy.Or(sympy.Eq({symbol}, {value}), {symbol} < 1)",
            lambda run: read(run) == value or read(run) < 1,
        )
    if kind < 0.9 or forgotten:
        place = int(rng.integers(width))
        text = f"cirq.SympyCondition(sympy.IndexedBase({key!r})[{place}])"
        return text, lambda run: bool(read(run) >> (width - 1 - place) & 1)
    mask = int(rng.integers(1, 2**width))
    wanted = value & mask
    called = f"cirq.MeasurementKey.parse_serialized({key!r})" if ":" in key else repr(key)
    text = f"cirq.BitMaskKeyCondition.create_equal_mask({called}, {mask})"
    if rng.random() < 0.5:
        return text, lambda run: read(run) & mask == mask
    text = f"cirq.BitMaskKeyCondition({called}, bitmask={mask}, target_value={wanted}, equal_target=True)"
    return text, lambda run: read(run) & mask == wanted


def _value(rng: Generator, results: Sequence[str]) -> tuple[str, Callable[[Run], int]]:
    """A number worked out of results."""
    first, second = (str(name) for name in rng.choice(results, 2))

    def of(work: Callable[[int, int], int]) -> Callable[[Run], int]:
        return lambda run: work(run.machine.read(run[first]), run.machine.read(run[second]))

    kinds: list[tuple[str, Callable[[Run], int]]] = [
        (f"{first} + {second}", of(lambda a, b: a + b)),
        (f"{first} + 2 * {second}", of(lambda a, b: a + 2 * b)),
        (f"{first} - {second}", of(lambda a, b: a - b)),
        (f"{first} * {second}", of(lambda a, b: a * b)),
        (first, of(lambda a, _: a)),
    ]
    return kinds[int(rng.integers(len(kinds)))]


def pennylane_condition(rng: Generator, results: Sequence[str]) -> Condition:
    """Asked of results of mid-circuit measurements, by their names."""
    first, second = (str(name) for name in rng.choice(results, 2))

    def of(work: Callable[[int, int], bool]) -> Callable[[Run], bool]:
        return lambda run: work(run.machine.read(run[first]), run.machine.read(run[second]))

    kind = rng.random()
    if kind < 0.2:
        return first, of(lambda a, _: bool(a))
    if kind < 0.3:
        return f"~{first}", of(lambda a, _: not a)
    if kind < 0.4:
        return f"{first} & {second}", of(lambda a, b: bool(a and b))
    if kind < 0.5:
        return f"{first} | ~{second}", of(lambda a, b: bool(a or not b))
    text, value = _value(rng, results)
    other = int(rng.integers(-1, 4))
    sign, compare = [
        ("==", lambda a: a == other),
        ("!=", lambda a: a != other),
        ("<", lambda a: a < other),
        (">=", lambda a: a >= other),
    ][int(rng.integers(4))]
    return f"({text}) {sign} {other}", lambda run: compare(value(run))


def qiskit_condition(rng: Generator, registers: Mapping[str, Sequence[str]]) -> Condition:
    """Asked of the classical bits, by registers."""
    name = str(rng.choice(list(registers)))
    width, kind = len(registers[name]), rng.random()
    value, index = int(rng.integers(2**width)), int(rng.integers(width))

    def read(run: Run) -> int:
        return run.read(run[name].places)

    bit = f"{name}[{index}]"
    if kind < 0.25:
        wanted = int(rng.integers(2))
        return f"({bit}, {wanted})", lambda run: (read(run) >> index & 1) == wanted
    if kind < 0.5:
        return f"({name}, {value})", lambda run: read(run) == value
    if kind < 0.6:
        return f"expr.logic_not({bit})", lambda run: not read(run) >> index & 1
    if kind < 0.7:
        return f"expr.less({name}, {value})", lambda run: read(run) < value
    if kind < 0.8:
        text = f"expr.equal(expr.bit_and({name}, {value}), {value})"
        return text, lambda run: read(run) & value == value
    if kind < 0.9:
        text = f"expr.greater_equal(expr.bit_xor({name}, {value}), {value})"
        return text, lambda run: read(run) ^ value >= value
    other, others = qiskit_condition(rng, registers)
    if "expr" not in other:
        return other, others
    return (
        f"expr.logic_or({other}, expr.lift({bit}))",
        lambda run: others(run) or bool(read(run) >> index & 1),
    )
