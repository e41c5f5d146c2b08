"""Qubits and bits of random OpenQASM 3 programs: indices, slices, sets, aliases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from numpy.random import Generator

from benchmarks._reading_expressions import Expression, binary, literal, name
from benchmarks._reading_trees import Meaningless, Register, Run


@dataclass
class Names:
    """What may be named at a place of a program.

    Attributes:
        qubits, bits: registers and aliases with their size; None for a single one.
        gates: parameters and qubits.
        wholes: integers that are known without running; `ranges` those between known bounds.
        counters: integers that may be assigned where nothing measured decides.
        learned: integers that hold what was measured, with their width.
        reals: constants and variables.
        routines: parameters and result of each subroutine.
        dynamic: whether what was measured decides if this place is reached.
        loop: whether a loop stands around it.
    """

    qubits: dict[str, int | None] = field(default_factory=dict)
    bits: dict[str, int | None] = field(default_factory=dict)
    gates: dict[str, tuple[int, int]] = field(default_factory=dict)
    wholes: list[str] = field(default_factory=list)
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)
    counters: list[str] = field(default_factory=list)
    learned: dict[str, int] = field(default_factory=dict)
    reals: list[str] = field(default_factory=list)
    routines: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fixed: list[str] = field(default_factory=list)
    dynamic: bool = False
    loop: bool = False
    depth: int = 0

    def inner(self, **changes: bool) -> Names:
        """A copy for a block."""
        copies = {
            key: value.copy() if isinstance(value, dict | list) else value
            for key, value in vars(self).items()
        }
        return replace(Names(**copies), depth=self.depth + 1, **changes)


@dataclass(frozen=True)
class Operand:
    """Text of qubits or bits, their places in a run, how many; None for a single one, alone."""

    text: str
    places: Callable[[Run], list[int]]
    size: int | None


def register(run: Run, called: str) -> list[int]:
    """Places of a register, qubit or alias."""
    found = run[called]
    if not isinstance(found, Register):
        raise Meaningless(called)
    return found.places


def index(rng: Generator, size: int, names: Names) -> Expression:
    """An index below `size`, or a negative one from the end."""
    fitting = [each for each, (least, most) in names.ranges.items() if least >= 0 and most < size]
    turned = [each for each, (least, most) in names.ranges.items() if least >= 0 and most == size - 1]
    kind = rng.random()
    if fitting and kind < 0.5:
        return name(str(rng.choice(fitting)))
    if turned and kind < 0.6:
        return binary("-", literal(size - 1), name(str(rng.choice(turned))))
    if names.ranges and kind < 0.68:
        counted = [each for each, (least, _) in names.ranges.items() if least >= 0]
        if counted:
            inner = binary("+", name(str(rng.choice(counted))), literal(int(rng.integers(0, 3))))
            return binary("%", inner, literal(size))
    number = int(rng.integers(0, size))
    return literal(number - size if rng.random() < 0.12 else number)


def at(called: str, size: int, where: Expression) -> Operand:
    """One of a register."""

    def places(run: Run) -> list[int]:
        found, value = register(run, called), where.value(run)
        if len(found) != size or not -size <= value < size:
            raise Meaningless(called)
        return [found[value]]

    return Operand(f"{called}[{where.text}]", places, None)


def one(rng: Generator, sizes: dict[str, int | None], names: Names) -> Operand:
    """A single qubit or bit."""
    called = str(rng.choice(list(sizes)))
    size = sizes[called]
    if size is None:
        return Operand(called, lambda run: register(run, called), None)
    return at(called, size, index(rng, size, names))


def several(rng: Generator, sizes: dict[str, int | None], wanted: int | None = None) -> Operand | None:
    """A whole register, a slice or a set; of `wanted` size if given. None where it did not come out."""
    options = [(each, size) for each, size in sizes.items() if size is not None]
    if not options:
        return None
    called, size = options[rng.integers(len(options))]
    if rng.random() < 0.4:
        if wanted not in (None, size):
            return None
        return Operand(called, lambda run: _checked(register(run, called), size), size)
    chosen, text = _slice(rng, size) if rng.random() < 0.8 else _set(rng, size)
    if not chosen or wanted not in (None, len(chosen)):
        return None

    def places(run: Run) -> list[int]:
        found = _checked(register(run, called), size)
        return [found[i] for i in chosen]

    return Operand(f"{called}[{text}]", places, len(chosen))


def _checked(found: list[int], size: int) -> list[int]:
    if len(found) != size:
        raise Meaningless("a register of another size")
    return found


def _slice(rng: Generator, size: int) -> tuple[list[int], str]:
    start, stop = int(rng.integers(size)), int(rng.integers(size))
    step = int(rng.choice([1, 1, 1, 2, -1, -1, -2]))
    chosen = list(range(start, stop + (1 if step > 0 else -1), step))
    ends = [str(end - size if rng.random() < 0.2 else end) for end in (start, stop)]
    if step == 1 and start == 0 and rng.random() < 0.4:
        ends[0] = ""
    if step == 1 and stop == size - 1 and rng.random() < 0.4:
        ends[1] = ""
    middle = [] if step == 1 and (rng.random() < 0.9 or not ends[1]) else [str(step)]
    return chosen, ":".join([ends[0], *middle, ends[1]])


def _set(rng: Generator, size: int) -> tuple[list[int], str]:
    chosen = [int(i) for i in rng.permutation(size)[: rng.integers(1, size + 1)]]
    return chosen, "{" + ", ".join(map(str, chosen)) + "}"


def operands(rng: Generator, width: int, names: Names) -> list[Operand] | None:
    """Operands of a gate, some of which broadcast."""
    wanted: int | None = None
    chosen: list[Operand] = []
    for _ in range(width):
        found = several(rng, names.qubits, wanted) if rng.random() < 0.25 else None
        if found is None:
            found = one(rng, names.qubits, names)
        elif wanted is None:
            wanted = found.size
        chosen.append(found)
    return chosen if len({each.text for each in chosen}) == width else None


def broadcast(run: Run, chosen: Sequence[Operand]) -> list[list[int]]:
    """Places of each single application of a gate on these operands."""
    places = [each.places(run) for each in chosen]
    length = max((len(each) for each, operand in zip(places, chosen, strict=True) if operand.size), default=1)
    calls = [
        [each[i] if operand.size else each[0] for each, operand in zip(places, chosen, strict=True)]
        for i in range(length)
    ]
    if any(len(set(call)) < len(call) for call in calls):
        raise Meaningless("one qubit twice")
    return calls
