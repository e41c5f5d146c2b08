"""Programs that know their own meaning: trees of statements, each with its text and what it does.

A statement does what it means on an exact machine itself, so that a program's distribution needs no
reader. Trees can be cut: a statement that misses what was cut away raises `Meaningless`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qorum.circuits.second_reading.machine import Bit, Machine, Unread, distribution

Matrix = NDArray[np.complex128]


class Meaningless(Exception):
    """A statement whose operands were cut away."""


@dataclass
class Gate:
    """A gate as a program knows it: 2^k × 2^k by its parameters, operand 0 least significant."""

    num_params: int
    num_qubits: int
    matrix: Callable[..., Matrix]


@dataclass
class Register:
    """Where a name stands for qubits or bits: their places."""

    places: list[int]


class Left(Exception):
    """A loop, a subroutine or the program is left."""

    def __init__(self, how: str, value: Any = None) -> None:
        self.how, self.value = how, value


class Run:
    """One branch of a program that runs: what its names stand for, on the machine that it plays on."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.bits: list[Bit] = []
        self.num_qubits = 0
        self.measured = False
        self.scopes: list[dict[str, Any]] = [{}]

    def __getitem__(self, name: str) -> Any:
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        raise Meaningless(name)

    def declare(self, name: str, what: Any) -> None:
        """Have a name stand for something in the innermost scope."""
        if name in self.scopes[-1]:
            raise Meaningless(name)
        self.scopes[-1][name] = what

    def assign(self, name: str, value: Any) -> None:
        """Change what a declared variable holds."""
        for scope in reversed(self.scopes):
            if name in scope:
                scope[name] = value
                return
        raise Meaningless(name)

    def new_qubits(self, how_many: int) -> list[int]:
        """Places of so many qubits more."""
        self.num_qubits += how_many
        return list(range(self.num_qubits - how_many, self.num_qubits))

    def new_bits(self, how_many: int, values: Sequence[int] = ()) -> list[int]:
        """Places of so many bits more, 0 unless `values` are given."""
        self.bits += list(values) or [0] * how_many
        return list(range(len(self.bits) - how_many, len(self.bits)))

    def read(self, places: Sequence[int]) -> int:
        """The bits as a number, the first one least significant."""
        return sum(self.machine.read(self.bits[place]) << i for i, place in enumerate(places))

    def measure(self, qubit: int, bit: int | None) -> None:
        """A measurement, into a bit or into none."""
        outcome = self.machine.measure(qubit)
        self.measured |= bit is not None
        if bit is not None:
            self.bits[bit] = outcome

    def block(self, statements: Sequence[Statement]) -> None:
        """Run a block in a scope of its own."""
        self.scopes.append({})
        try:
            self.run(statements)
        finally:
            self.scopes.pop()

    def run(self, statements: Sequence[Statement]) -> None:
        """Run statements in the scope there is."""
        for statement in statements:
            self.machine.step()
            statement.do(self, statement.bodies)


Body = tuple["Statement", ...]
Do = Callable[[Run, Sequence[Body]], None]


@dataclass(frozen=True)
class Statement:
    """One statement: `write` makes its text of its blocks' texts, `do` does it; whether it measures."""

    write: Callable[[Sequence[str]], str]
    do: Do = field(repr=False)
    bodies: tuple[Body, ...] = ()
    measures: bool = False

    def text(self, indent: str = "") -> str:
        """The statement as it stands in a file."""
        inner = indent + "  "
        blocks = [
            "{\n" + "".join(each.text(inner) + "\n" for each in body) + indent + "}" for body in self.bodies
        ]
        return indent + self.write(blocks)


def line(text: str, do: Callable[[Run], None], *, measures: bool = False) -> Statement:
    """A statement without blocks."""
    return Statement(lambda _: text, lambda run, _: do(run), measures=measures)


@dataclass(frozen=True)
class Program:
    """A whole file; one that must measure means nothing for certain where no shot does."""

    header: str
    statements: Body
    must_measure: bool = False

    def text(self) -> str:
        """The file."""
        return self.header + "".join(
            text + "\n" for statement in self.statements if (text := statement.text())
        )

    def distribution(self, work: float = 20_000) -> dict[str, float]:
        """What it samples by its own account; measured whole if it measures nothing.

        Raises:
            Meaningless: something it needs was cut away.
            TooLarge: it is beyond the exact machine.
        """

        measures = self.must_measure or any(statement.measures for statement in _walk(self.statements))
        measured = False

        def play(machine: Machine) -> Sequence[Bit]:
            nonlocal measured
            run = Run(machine)
            try:
                run.run(self.statements)
            except Left as left:
                if left.how != "end" or (measures and not run.measured):
                    raise Meaningless(left.how) from None
            measured |= run.measured
            if measures:
                return run.bits
            return [machine.measure(qubit) for qubit in range(run.num_qubits)]

        found = distribution(play, work)
        if self.must_measure and not measured:
            raise Meaningless("bits that nothing is ever measured into")
        return found

    def size(self) -> int:
        """Statements, those within blocks included."""
        return sum(1 for _ in _walk(self.statements))

    def cuts(self) -> Iterator[Program]:
        """The program with less: half of a block's statements first, then single ones, then blocks opened."""
        for statements in _cuts(self.statements):
            yield replace(self, statements=statements)


def _walk(body: Body) -> Iterator[Statement]:
    for statement in body:
        yield statement
        for inner in statement.bodies:
            yield from _walk(inner)


def _cuts(body: Body) -> Iterator[Body]:
    size = len(body) // 2
    while size:
        for start in range(0, len(body), size):
            yield body[:start] + body[start + size :]
        size //= 2
    for i, statement in enumerate(body):
        for j, inner in enumerate(statement.bodies):
            for cut in _cuts(inner):
                bodies = (*statement.bodies[:j], cut, *statement.bodies[j + 1 :])
                yield (*body[:i], replace(statement, bodies=bodies), *body[i + 1 :])
    if len(body) == 1:
        yield ()


def shrink(program: Program, still: Callable[[Program], bool], tries: int = 600) -> Program:
    """The least program found by cutting of which `still` holds, as it does of the one given."""
    smaller = True
    while smaller:
        smaller = False
        for cut in program.cuts():
            tries -= 1
            if tries < 0:
                return program
            if still(cut):
                program, smaller = cut, True
                break
    return program


def embedded(matrix: Matrix, places: Sequence[int], width: int) -> Matrix:
    """The matrix of a gate on some of `width` qubits as one on all of them."""
    tensor = np.eye(2**width, dtype=np.complex128).reshape((2,) * width + (2**width,))
    axes = [width - 1 - place for place in reversed(places)]
    k = len(axes)
    tensor = np.tensordot(matrix.reshape((2,) * 2 * k), tensor, axes=(range(k, 2 * k), axes))
    return np.moveaxis(tensor, range(k), axes).reshape(2**width, 2**width)


def controlled(matrix: Matrix, how_many: int = 1, value: int = 1) -> Matrix:
    """With control qubits before the others, all of them 1 or all of them 0."""
    for _ in range(how_many):
        size = len(matrix)
        whole = np.eye(2 * size, dtype=np.complex128)
        places = [2 * i + value for i in range(size)]
        whole[np.ix_(places, places)] = matrix
        matrix = whole
    return matrix


def is_unread(bit: Bit) -> bool:
    """Whether nobody knows the bit's value yet."""
    return isinstance(bit, Unread)
