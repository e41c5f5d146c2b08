"""The state of a program on one path through its branches, and what is left to do there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from qiskit.circuit import Gate

from qorum.circuits.openqasm3.formulas import Formula
from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.symbols import Bits, Scope, Variable
from qorum.circuits.openqasm3.types import BIT
from qorum.circuits.openqasm3.values import Value, fixed, known, measured, renamed

Kind = Literal["block", "enter", "leave", "for", "while", "switch", "call", "do", "finish"]


@dataclass(eq=False, slots=True)
class Node:
    """One thing to do, and what follows it.

    Attributes:
        kind: `block`: statements from `position` on; `enter`: statements in a scope of their own;
            `leave`: back to an outer scope; `for`, `while`, `switch`: rounds or cases from `position` on;
            `call`: end of a subroutine; `do`: actions from `position` on; `finish`: end of the program.
        data: what the kind needs.
        next: what follows.
        position: how far it has come.
        keeps: names of variables that the actions read.
        reads: names that may be read from here on, once they are worked out.
    """

    kind: Kind
    data: Any
    next: Node | None
    position: int = 0
    keeps: frozenset[str] = frozenset()
    reads: frozenset[str] | None = None

    def after(self) -> Node | None:
        """What follows the statement, action or loop that is at hand."""
        if self.kind in ("block", "do") and self.position + 1 < len(self.data):
            return Node(self.kind, self.data, self.next, self.position + 1, self.keeps)
        return self.next


@dataclass(frozen=True, slots=True)
class Applied:
    """A gate, or `reset`, `barrier`."""

    gate: Gate | Literal["reset", "barrier"]
    qubits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Delayed:
    """A delay."""

    duration: float
    unit: Literal["ns", "dt"]
    qubits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement into a classical bit of the circuit; without one only the qubit's phase is lost."""

    qubit: int
    bit: int | None


@dataclass(frozen=True, slots=True)
class Branched:
    """Operations for both cases of a condition, with the line it stands on."""

    condition: Formula
    then: tuple[Operation, ...]
    other: tuple[Operation, ...]
    line: int | None = None


Operation = Applied | Delayed | Measured | Branched


@dataclass(eq=False, slots=True)
class State:
    """All that changes while a program is read.

    Attributes:
        scope: the names that can be seen.
        work: what is left to do.
        cells: the values of variables; a bit's value is a table over the circuit's classical bits.
        facts: classical bits of the circuit whose content is known here.
        fresh: by qubit: the classical bits that hold its last measurement, while nothing has acted on it.
        operations: what was done on this path since it parted from the others.
        written: the classical bits that these have written.
        results: what calls within the statement at hand returned, by the syntax tree's node.
        hints: classical bits of the circuit that the call at hand is to fill.
        next_cell: the number of the next new cell.
        depth: how many branches stand around.
    """

    scope: Scope
    work: Node | None
    cells: dict[int, Value] = field(default_factory=dict)
    facts: dict[int, bool] = field(default_factory=dict)
    fresh: dict[int, frozenset[int]] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    written: set[int] = field(default_factory=set)
    results: dict[int, Variable | Bits | None] = field(default_factory=dict)
    hints: tuple[int, ...] = ()
    next_cell: int = 0
    depth: int = 0

    def read(self, cell: int) -> Value:
        """The value in a cell."""
        value = self.cells.get(cell)
        if value is None:
            raise unreadable(
                "a variable whose value does not depend on an earlier branch expected; set it anew"
            )
        return fixed(value, self.facts) if value.bits else value

    def new_cells(self, count: int) -> tuple[int, ...]:
        """Cells of their own."""
        first = self.next_cell
        self.next_cell += count
        return tuple(range(first, first + count))

    def fork(self, facts: dict[int, bool], work: Node | None) -> State:
        """The state on one side of a branch."""
        both = {**self.facts, **facts}
        cells = (
            {cell: fixed(value, facts) for cell, value in self.cells.items()} if facts else dict(self.cells)
        )
        return State(
            self.scope,
            work,
            cells,
            both,
            dict(self.fresh),
            results=dict(self.results),
            hints=self.hints,
            next_cell=self.next_cell,
            depth=self.depth + 1,
        )

    def act(self, operation: Applied | Delayed) -> None:
        """Adds an operation on qubits."""
        self.operations.append(operation)
        if isinstance(operation, Applied) and operation.gate != "barrier" and self.fresh:
            for qubit in operation.qubits:
                self.fresh.pop(qubit, None)

    def measure(self, qubit: int, bit: int) -> None:
        """Adds a measurement; nothing may depend on what the bit held before."""
        self.operations.append(Measured(qubit, bit))
        known_before = (
            {bit: self.facts[next(iter(held))]}
            if (held := self.fresh.get(qubit, frozenset[int]()) & self.facts.keys())
            else {}
        )
        self._overwritten(bit)
        self.facts |= known_before
        self.fresh[qubit] = self.fresh.get(qubit, frozenset[int]()) | {bit}

    def _overwritten(self, bit: int) -> None:
        self.written.add(bit)
        self.facts.pop(bit, None)
        for qubit, held in list(self.fresh.items()):
            if bit in held:
                self.fresh[qubit] = held - {bit}

    def holds(self, bit: int) -> Value:
        """What a classical bit holds, as a value."""
        return known(BIT, self.facts[bit]) if bit in self.facts else measured(bit)

    def rename(self, old: int, new: int) -> None:
        """Lets all values refer to another bit that holds the same."""
        for cell, value in self.cells.items():
            if old in value.bits:
                self.cells[cell] = renamed(value, old, new)

    def forget_results(self) -> None:
        """Drops what calls have returned, when the statement that they stand in is done."""
        for symbol in self.results.values():
            if symbol is not None:
                self.drop(symbol.cells if isinstance(symbol, Bits) else (symbol.cell,))
        self.results = {}

    def drop(self, cells: Iterable[int]) -> None:
        """Forgets cells."""
        for cell in cells:
            self.cells.pop(cell, None)

    def leave(self, scope: Scope, first: int) -> None:
        """Back to an outer scope; the cells from a number on are no longer in use."""
        self.scope = scope
        self.drop(range(first, self.next_cell))

    def using(self, bit: int) -> Iterable[int]:
        """The cells whose value depends on a bit."""
        return [cell for cell, value in self.cells.items() if bit in value.bits]
