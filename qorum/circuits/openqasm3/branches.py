"""How a program goes on where a measured bit decides: both ways, joined again as soon as they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qorum.circuits.openqasm3.formulas import Formula, depends, follows, opposite, with_facts
from qorum.circuits.openqasm3.problems import TooSmall
from qorum.circuits.openqasm3.reach import Reach
from qorum.circuits.openqasm3.state import Branched, Node, Operation, State
from qorum.circuits.openqasm3.values import TooWide, Value, chosen, fixed

Run = Callable[[State, Node | None], None]
"""Goes on with a state until a node is all that is left to do."""


@dataclass
class Counter:
    """How many operations the circuit has so far."""

    operations: int = 0


class Branches:
    """Takes both ways of a branch.

    Args:
        run: goes on with a state.
        reach: which variables may still be read.
        names: of a cell's variable; a cell without any is one that must be kept.
        counter: of the circuit's operations; a way that is given up does not count.
    """

    def __init__(self, run: Run, reach: Reach, names: dict[int, set[str]], counter: Counter) -> None:
        self._counter = counter
        self._run = run
        self._reach = reach
        self._names = names

    def take(
        self,
        state: State,
        condition: Formula,
        ways: list[tuple[Node | None, Node | None, Node | None]],
        line: int | None,
    ) -> None:
        """Both ways of a branch, from which on the state goes on where they meet.

        Args:
            state: changed to what it is there.
            condition: what decides.
            ways: what to do if it holds, what if not, and where they may meet; tried in turn.
            line: of the statement.

        Raises:
            TooSmall: they meet nowhere; whoever called must let his ways meet further on.
        """
        condition = with_facts(condition, state.facts)
        if isinstance(condition, Value) and condition.known:
            state.work = ways[0][0] if condition.table[0] else ways[0][1]
            return
        for then_work, else_work, join in ways:
            then = state.fork(follows(condition, True), then_work)
            other = state.fork(follows(condition, False), else_work)
            before = self._counter.operations
            try:
                self._run(then, join)
                self._run(other, join)
                self._merge(state, condition, then, other, join)
            except TooSmall:
                self._counter.operations = before
                continue
            add_branch(state.operations, condition, then.operations, other.operations, line)
            return
        raise TooSmall

    def _merge(self, state: State, condition: Formula, then: State, other: State, join: Node | None) -> None:
        if join is not None and not _same_names(then, other):
            raise TooSmall
        written = then.written | other.written
        intact = written.isdisjoint(depends(condition))
        cells: dict[int, Value] = {}
        for cell in then.cells.keys() & other.cells.keys() if join is not None else ():
            one, two = then.cells[cell], other.cells[cell]
            if one == two:
                cells[cell] = one
                continue
            if not self.live(cell, join):
                continue
            same = _one_value(state.cells.get(cell), then, other, one, two)
            if same is not None:
                cells[cell] = same
                continue
            if not intact or not isinstance(condition, Value) or one.type != two.type:
                raise TooSmall
            try:
                cells[cell] = chosen(condition, one, two)
            except TooWide:
                raise TooSmall from None
        state.scope, state.work, state.cells = then.scope, join, cells
        state.results = then.results
        state.facts = {bit: value for bit, value in then.facts.items() if other.facts.get(bit) == value}
        state.fresh = {
            qubit: held & other.fresh[qubit] for qubit, held in then.fresh.items() if qubit in other.fresh
        }
        state.written |= written
        state.next_cell = max(then.next_cell, other.next_cell)

    def live(self, cell: int, node: Node | None) -> bool:
        """Whether a cell may be read from this point on."""
        names = self._names.get(cell)
        return names is None or not names.isdisjoint(self._reach.reads(node))


def _one_value(before: Value | None, then: State, other: State, one: Value, two: Value) -> Value | None:
    """A value that is right after both ways, given what each knows of the bits."""
    one, two = fixed(one, then.facts), fixed(two, other.facts)
    for value in (one, two, before):
        if value is not None and fixed(value, then.facts) == one and fixed(value, other.facts) == two:
            return value
    return None


def _same_names(one: State, two: State) -> bool:
    if one.scope is two.scope:
        return one.results == two.results
    return one.scope.names == two.scope.names and one.results == two.results


def add_branch(
    operations: list[Operation],
    condition: Formula,
    then: list[Operation],
    other: list[Operation],
    line: int | None,
) -> None:
    """Adds an `if`, turned over if only its `else` does something.

    Repeated rounds `if (a) { … if (a) { … } }` become one after the other, for a round that was not run
    leaves the condition as it is.
    """
    if not then and not other:
        return
    if not then:
        condition, then, other = opposite(condition), other, then
    tail: list[Operation] = []
    while then and not other:
        last = then[-1]
        if not isinstance(last, Branched) or last.other or last.condition != condition:
            break
        tail.insert(0, last)
        then = then[:-1]
    if then:
        operations.append(Branched(condition, tuple(then), tuple(other), line))
    operations += tail


def meeting_points(node: Node | None, until: Node | None) -> Iterator[Node | None]:
    """Where ways that part may meet again, from near to far: ends of loops and calls, at last `until`."""
    seen: set[int] = set()
    link = node
    while link is not until and link is not None:
        if link.kind in ("for", "while", "call") and link.next is not until and id(link.next) not in seen:
            seen.add(id(link.next))
            yield link.next
        if link.kind == "finish":
            yield link
        link = link.next
    yield until
