"""The interpreter: it goes through a program statement by statement, on every path of it."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openqasm3 import ast

from qorum.circuits.definitions import MAX_OPERATIONS, NotCanonical, too_many_operations
from qorum.circuits.openqasm3.assignments import Assignments
from qorum.circuits.openqasm3.branches import Branches, Counter, meeting_points
from qorum.circuits.openqasm3.calls import Calls
from qorum.circuits.openqasm3.declarations import Declarations
from qorum.circuits.openqasm3.expressions import Expressions
from qorum.circuits.openqasm3.formulas import Formula
from qorum.circuits.openqasm3.gates import Gates
from qorum.circuits.openqasm3.loops import Loops
from qorum.circuits.openqasm3.problems import Split, TooSmall, unreadable
from qorum.circuits.openqasm3.quantum import Quantum
from qorum.circuits.openqasm3.reach import Reach
from qorum.circuits.openqasm3.result_pragmas import ResultPragmas
from qorum.circuits.openqasm3.state import Node, State
from qorum.circuits.openqasm3.storage import Storage
from qorum.circuits.openqasm3.symbols import Scope
from qorum.circuits.openqasm3.values import measured
from qorum.circuits.parse_errors import Unreadable

MAX_STEPS = 200_000
"""Statements that may be gone through, in all rounds and on all paths together."""

MAX_DEPTH = 40
"""Branches that may stand within one another in the circuit."""

Statement = Callable[[Any, State], None]


class Machine:
    """Reads a program.

    Args:
        statements: of the program.
        inputs: values of its `input` variables by name.
    """

    def __init__(self, statements: Sequence[Any], inputs: Mapping[str, Any]) -> None:
        self.warnings: dict[str, None] = {}
        self.names: dict[int, set[str]] = {}
        self.reach = Reach(statements)
        self._counter = Counter()
        self.expressions = Expressions(self.warn)
        self.branches = Branches(self.run, self.reach, self.names, self._counter)
        self.storage = Storage(self.branches)
        self.gates = Gates(self.expressions, self._constant, self.tick, self.reserve)
        self.declarations = Declarations(self, inputs)
        self.assignments = Assignments(self)
        self.quantum = Quantum(self)
        self.loops = Loops(self)
        self.calls = Calls(self)
        self.results = ResultPragmas(self)
        self._steps = 0
        self._state = State(Scope(), Node("block", tuple(statements), Node("finish", None, None)))
        if not statements:
            self._state.work = None
        self._kinds: Mapping[type, Statement] = {
            **self.declarations.statements(),
            **self.assignments.statements(),
            **self.quantum.statements(),
            **self.loops.statements(),
            **self.calls.statements(),
            ast.CompoundStatement: self._compound,
        }

    def read(self) -> State:
        """Goes through the program.

        Raises:
            Unreadable: with the line.
            NotCanonical: more operations than a circuit may have.
        """
        try:
            self.run(self._state, None)
        except TooSmall:
            raise Unreadable(
                "branches that come to an end expected, found others; simplify them", None
            ) from None
        return self._state

    def warn(self, message: str, node: Any = None) -> None:
        """Adds a warning, each once, with the first line that it is about."""
        span = getattr(node, "span", None)
        if not any(known.partition("line ")[2].partition(": ")[2] == message for known in self.warnings):
            self.warnings[f"line {span.start_line}: {message}" if span else message] = None

    def tick(self, node: Any, cost: int = 1) -> None:
        """Counts what is gone through."""
        self._steps += cost
        if self._steps > MAX_STEPS:
            raise unreadable(
                f"a program of at most {MAX_STEPS:,} statements in all its rounds and branches expected, "
                "found a longer one; shorten its loops",
                node,
            )

    def reserve(self, loop: Any, values: range) -> None:
        """Refuses a loop of too many rounds before the first one."""
        rounds = (values.stop - values.start) // values.step  # len() of a long range overflows
        least, gates = _least(loop.block)
        if (
            self._steps + rounds * (2 + least) > MAX_STEPS
            or self._counter.operations + rounds * gates > MAX_OPERATIONS
        ):
            raise unreadable(
                f"loops that unroll to at most {MAX_OPERATIONS:,} operations expected, found a longer one; "
                "shorten it",
                loop,
            )

    def count(self, operations: int) -> None:
        """Counts operations of the circuit."""
        self._counter.operations += operations
        if self._counter.operations > MAX_OPERATIONS:
            raise too_many_operations()

    def run(self, state: State, until: Node | None) -> None:
        """Goes on until a node is all that is left to do."""
        if state.depth > MAX_DEPTH:
            raise Unreadable(
                f"branches on measured bits at most {MAX_DEPTH} deep expected, found deeper ones; let fewer "
                "variables depend on bits that are measured again",
                None,
            )
        while state.work is not until:
            node = state.work
            if node is None:
                raise TooSmall
            self._step(state, node, until)

    def _step(self, state: State, node: Node, until: Node | None) -> None:
        length, results = len(state.operations), state.results
        try:
            self._do(state, node, until)
        except Split as split:
            del state.operations[length:]
            state.work, state.results = node, results
            self.tick(_place(node))
            after = node.after()
            self.branch(state, measured(split.bit), node, node, after, until, _place(node))
        except Unreadable as problem:
            if problem.line is not None or node.kind == "finish":
                raise
            raise unreadable(problem.reason, _place(node)) from None
        except NotCanonical as problem:
            raise unreadable(str(problem), _place(node)) from None

    def _do(self, state: State, node: Node, until: Node | None) -> None:
        if node.kind == "block":
            statement = node.data[node.position]
            self.tick(statement)
            if self.calls.pending(statement, state):
                return
            state.work = node.after()
            results = state.results
            self.execute(statement, state, until)
            if results and state.results is results:  # not those of a statement where branches met
                state.forget_results()
        elif node.kind == "do":
            action = node.data[node.position]
            action(state)
            state.work = node.after()
        elif node.kind == "enter":
            outer = state.scope
            state.scope = outer.inner()
            left = Node("leave", (outer, state.next_cell), node.next)
            state.work = Node("block", node.data, left) if node.data else left
        elif node.kind == "leave":
            state.leave(*node.data)
            state.work = node.next
        elif node.kind == "finish":
            if self.storage.settle(state):
                state.work = node.next
        elif node.kind == "call":
            self.calls.finish(state, node)
        else:
            self.loops.go_on(state, node, until)

    def execute(self, statement: Any, state: State, until: Node | None) -> None:
        """One statement, whose calls have returned."""
        kind = self._kinds.get(type(statement))
        if kind is None:
            name = type(statement).__name__
            raise unreadable(
                f"gates, measurements, branches, loops and calculations expected, found {name}, which cannot "
                "be read here; write it without",
                statement,
            )
        self._until = until
        if getattr(statement, "annotations", None):
            for note in statement.annotations:
                self.warn(f"the annotation @{note.keyword} is ignored", statement)
        kind(statement, state)

    def branch(
        self,
        state: State,
        condition: Formula,
        then: Node | None,
        other: Node | None,
        join: Node | None,
        until: Node | None,
        node: Any,
        *,
        first: tuple[Node | None, Node | None, Node | None] | None = None,
    ) -> None:
        """Both ways of a condition, joined after the statement or, if need be, later."""
        self.tick(node, 25 + len(state.cells) // 4)
        points = [join] if join is until else [join, *meeting_points(join, until)]
        ways = [(then, other, point) for point in points]
        if first is not None:
            ways.insert(0, first)
        self.branches.take(state, condition, ways, node.span.start_line if node and node.span else None)

    def until(self) -> Node | None:
        """Where the ways of the branch at hand must meet at the latest."""
        return self._until

    def name(self, cell: int, name: str) -> None:
        """Notes which variable a cell is of."""
        self.names.setdefault(cell, set()).add(name)

    def _constant(self, cell: int) -> Any:
        return self.constants[cell]

    @property
    def constants(self) -> Mapping[int, Any]:
        """Values of constants by cell: the same on every path."""
        return self.declarations.constants

    def _compound(self, statement: Any, state: State) -> None:
        state.work = Node("enter", tuple(statement.statements), state.work)


def _least(block: Sequence[Any]) -> tuple[int, int]:
    """How many statements and operations a block comes to at least."""
    statements = gates = 0
    for statement in block:
        rounds = 1
        inner = (1, int(isinstance(statement, ast.QuantumGate | ast.QuantumReset)))
        if isinstance(statement, ast.ForInLoop):
            source = statement.set_declaration
            start, end = getattr(source, "start", None), getattr(source, "end", None)
            if not (isinstance(start, ast.IntegerLiteral) and isinstance(end, ast.IntegerLiteral)):
                continue
            if getattr(source, "step", None) is not None:
                continue
            rounds = max(0, end.value - start.value + 1)
            inner = _least(statement.block)
        statements, gates = statements + rounds * inner[0], gates + rounds * inner[1]
    return statements, gates


def _place(node: Node) -> Any:
    """The statement at hand, for its line."""
    if node.kind in ("block",):
        return node.data[node.position]
    if node.kind in ("for", "while", "switch"):
        return node.data[0]
    return None
