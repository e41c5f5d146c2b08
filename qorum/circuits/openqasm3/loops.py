"""`if`, `switch`, `for`, `while`, `break`, `continue` and `end`."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openqasm3 import ast

from qorum.circuits.openqasm3.formulas import Formula, joined
from qorum.circuits.openqasm3.gates import loop_values
from qorum.circuits.openqasm3.problems import TooSmall, unreadable
from qorum.circuits.openqasm3.state import Node, State
from qorum.circuits.openqasm3.symbols import Array, Bits, Variable
from qorum.circuits.openqasm3.types import BIT, INT
from qorum.circuits.openqasm3.values import Value, known

if TYPE_CHECKING:
    from qorum.circuits.openqasm3.machine import Machine

MAX_ROUNDS = 64
"""Rounds of a `while` whose end depends on measured bits."""

MAX_NESTED_ROUNDS = 32
"""Rounds that stand within one another, because variables depend on how many there were."""


class Loops:
    """Decides what is done next."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def statements(self) -> Mapping[type, Callable[[Any, State], None]]:
        """What it executes, by type."""
        return {
            ast.BranchingStatement: self._if,
            ast.SwitchStatement: self._switch,
            ast.ForInLoop: self._for,
            ast.WhileLoop: self._while,
            ast.BreakStatement: self._break,
            ast.ContinueStatement: self._continue,
            ast.EndStatement: self._end,
        }

    def go_on(self, state: State, node: Node, until: Node | None) -> None:
        """The next round or case."""
        if node.kind == "for":
            self._round(state, node)
        elif node.kind == "while":
            self._again(state, node, until)
        else:
            self._case(state, node, until)

    def _if(self, statement: Any, state: State) -> None:
        condition = self._machine.expressions.truth(statement.condition, state)
        after = state.work
        state.forget_results()
        then = Node("enter", tuple(statement.if_block), after)
        other = Node("enter", tuple(statement.else_block), after) if statement.else_block else after
        until = self._machine.until()
        self._machine.branch(state, condition, then, other, after, until, statement)

    def _switch(self, statement: Any, state: State) -> None:
        expressions = self._machine.expressions
        cases: list[tuple[Formula, Any]] = []
        for labels, body in statement.cases:
            equal: list[Formula] = []
            for label in labels:
                expressions.constant(label, state)
                comparison = ast.BinaryExpression(ast.BinaryOperator["=="], statement.target, label)
                comparison.span = label.span
                equal.append(expressions.truth(comparison, state))
            cases.append((joined(False, *equal), body))
        state.work = Node("switch", (statement, cases), state.work)

    def _case(self, state: State, node: Node, until: Node | None) -> None:
        statement, cases = node.data
        state.forget_results()
        if node.position >= len(cases):
            default = statement.default
            state.work = Node("enter", tuple(default.statements), node.next) if default else node.next
            return
        condition, body = cases[node.position]
        then = Node("enter", tuple(body.statements), node.next)
        other = Node("switch", node.data, node.next, node.position + 1)
        self._machine.branch(state, condition, then, other, node.next, until, statement)

    def _for(self, statement: Any, state: State) -> None:
        kind = self._machine.expressions.type_of(statement.type, state)
        source = statement.set_declaration
        values: Sequence[Any]
        if isinstance(source, ast.RangeDefinition):
            values = loop_values(statement, state, self._machine.expressions)
            if isinstance(values, range):
                self._machine.reserve(statement, values)
        elif isinstance(source, ast.DiscreteSet):
            values = [self._machine.expressions.value(part, state) for part in source.values]
            values = self._kept(values, state)
        else:
            symbol = self._machine.expressions.symbol(source, state)
            if isinstance(symbol, Bits):
                values = [Variable(cell, BIT) for cell in symbol.cells]
            elif isinstance(symbol, Array) and len(symbol.shape) == 1:
                values = [Variable(cell, symbol.type) for cell in symbol.cells]
            else:
                raise unreadable(
                    "a range, set, register or array to loop over expected, found another", statement
                )
            values = self._kept([state.read(variable.cell) for variable in values], state)
        state.work = Node("for", (statement, kind, values, state.scope), state.work)

    def _kept(self, values: Sequence[Value], state: State) -> Sequence[Variable]:
        """Copies of the values as they are when the loop begins."""
        cells = state.new_cells(len(values))
        state.cells.update(zip(cells, values, strict=True))
        return [Variable(cell, value.type) for cell, value in zip(cells, values, strict=True)]

    def _round(self, state: State, node: Node) -> None:
        statement, kind, values, scope = node.data
        self._machine.tick(statement)
        if not _has(values, node.position):
            state.work, state.scope = node.next, scope
            if not isinstance(values, range):
                state.drop(value.cell for value in values)
            return
        value = values[node.position]
        given = state.read(value.cell) if isinstance(value, Variable) else known(INT, value)
        (cell,) = state.new_cells(1)
        name = statement.identifier.name
        symbol = Bits((cell,), scalar=True) if kind == BIT else Variable(cell, kind)
        state.cells[cell] = self._machine.expressions.converted(kind, given, statement)
        state.scope = scope.inner()
        self._machine.declarations.declare(name, symbol, statement, state)
        again = Node("for", node.data, node.next, node.position + 1)
        state.work = Node("enter", tuple(statement.block), again)

    def _while(self, statement: Any, state: State) -> None:
        state.work = Node("while", (statement, state.depth, state.scope), state.work)

    def _again(self, state: State, node: Node, until: Node | None) -> None:
        statement, depth, scope = node.data
        self._machine.tick(statement)
        if self._machine.calls.pending(statement.while_condition, state, statement):
            return
        state.scope = scope
        condition = self._machine.expressions.truth(statement.while_condition, state)
        state.forget_results()
        certain = isinstance(condition, Value) and condition.known
        if isinstance(condition, Value) and condition.known and not condition.table[0]:
            state.work = node.next
            return
        nested = state.depth - depth
        if nested >= MAX_NESTED_ROUNDS or (node.position >= MAX_ROUNDS and not certain):
            self._machine.warn(
                "this loop, whose end depends on measurements, stops after "
                f"{max(nested, node.position)} rounds",
                statement,
            )
            state.work = node.next
            return
        if certain:
            again = Node("while", node.data, node.next, node.position)
            state.work = Node("enter", tuple(statement.block), again)
            return
        again = Node("while", node.data, node.next, node.position + 1)
        then = Node("enter", tuple(statement.block), again)
        flat = (then, again, again)  # a round that is not run leaves the condition false for the next
        self._machine.branch(state, condition, then, node.next, node.next, until, statement, first=flat)

    def _break(self, statement: Any, state: State) -> None:
        loop = self._leave(state, ("for", "while"), statement)
        state.scope, state.work = loop.data[-1], loop.next

    def _continue(self, statement: Any, state: State) -> None:
        loop = self._leave(state, ("for", "while"), statement)
        state.scope, state.work = loop.data[-1], loop

    def _leave(self, state: State, kinds: tuple[str, ...], statement: Any) -> Node:
        node, until = state.work, self._machine.until()
        while node is not None and node.kind not in kinds:
            if node.kind == "call":
                node = None
                break
            if node is until:
                raise TooSmall
            node = node.next
        if node is None:
            raise unreadable("`break` and `continue` within loops expected, found one outside", statement)
        if node is until and not isinstance(statement, ast.ContinueStatement):
            raise TooSmall
        return node

    def _end(self, statement: Any, state: State) -> None:
        del statement
        node, until = state.work, self._machine.until()
        while node is not None and node.kind != "finish":
            if node is until:
                raise TooSmall
            node = node.next
        state.work = node


def _has(values: Sequence[Any], place: int) -> bool:
    try:
        values[place]
    except IndexError:
        return False
    return True
