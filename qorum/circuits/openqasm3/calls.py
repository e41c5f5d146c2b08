"""Subroutines, gone through where they are called."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from openqasm3 import ast

from qorum.circuits.openqasm3.problems import TooSmall, unreadable
from qorum.circuits.openqasm3.state import Node, State
from qorum.circuits.openqasm3.symbols import Array, Bits, Qubits, Subroutine, Variable
from qorum.circuits.openqasm3.types import INT
from qorum.circuits.openqasm3.values import FALSE, known

if TYPE_CHECKING:
    from qorum.circuits.openqasm3.machine import Machine

_WITHOUT_CALLS = (ast.QubitDeclaration, ast.QuantumReset, ast.Include, ast.Pragma)


class Calls:
    """Calls subroutines and returns from them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._found: dict[int, tuple[Any, list[Any]]] = {}
        self.declared = False
        """Whether any subroutine has been declared."""

    def statements(self) -> Mapping[type, Callable[[Any, State], None]]:
        """What it executes, by type."""
        return {ast.ExpressionStatement: self._expression, ast.ReturnStatement: self._return}

    def pending(self, node: Any, state: State, statement: Any = None) -> bool:
        """Starts the next call within a statement, if one has not returned yet.

        The statement is then met again when the call has returned.
        """
        for call in self._calls(node, state) if self.declared else ():
            if id(call) not in state.results:
                self._start(call, statement or node, state)
                return True
        return False

    def _calls(self, node: Any, state: State) -> list[Any]:
        """Calls of subroutines within a statement, bodies aside, the inner ones first."""
        if isinstance(node, _WITHOUT_CALLS):
            return []
        if id(node) not in self._found:
            parts = node
            if isinstance(node, ast.SwitchStatement):
                parts = node.target
            elif isinstance(node, ast.BranchingStatement):
                parts = node.condition
            elif isinstance(node, ast.ForInLoop):
                parts = node.set_declaration
            elif isinstance(
                node,
                ast.WhileLoop
                | ast.SubroutineDefinition
                | ast.QuantumGateDefinition
                | ast.CompoundStatement
                | ast.Box,
            ):
                parts = None
            self._found[id(node)] = node, list(_calls_in(parts))
        names = state.scope.names
        return [
            call for call in self._found[id(node)][1] if isinstance(names.get(call.name.name), Subroutine)
        ]

    def _start(self, call: Any, statement: Any, state: State) -> None:
        symbol = state.scope.names[call.name.name]
        assert isinstance(symbol, Subroutine)
        definition = symbol.node
        arguments = [*call.arguments, *getattr(call, "qubits", ())]
        if len(arguments) != len(definition.arguments):
            raise unreadable(
                f"{len(definition.arguments)} arguments of {call.name.name} expected, found "
                f"{len(arguments)}; correct them",
                call,
            )
        if isinstance(call, ast.QuantumGate) and call.modifiers:
            raise unreadable("a gate under modifiers expected, found a subroutine; define a gate", call)
        caller = state.work
        given = [
            self._argument(parameter, argument, symbol, state)
            for parameter, argument in zip(definition.arguments, arguments, strict=True)
        ]
        result, kind = self._result(definition, symbol, state)
        data = (state.scope, state.results, id(call), result, state.hints, kind)
        end = Node("call", data, caller)
        state.hints = self._wanted(call, statement, state)
        state.scope = symbol.scope.inner()
        state.results = {}
        for parameter, value in zip(definition.arguments, given, strict=True):
            self._machine.declarations.declare(parameter.name.name, value, parameter, state)
        state.work = Node("block", tuple(definition.body), end) if definition.body else end

    def _wanted(self, call: Any, statement: Any, state: State) -> tuple[int, ...]:
        """The circuit's bits that the statement assigns the call's result to."""
        target: Any = None
        if isinstance(statement, ast.ClassicalAssignment) and statement.rvalue is call:
            target = statement.lvalue
        if target is None:
            return state.hints
        symbol = self._machine.expressions.symbol(target, state)
        homes = self._machine.storage.homes
        if isinstance(symbol, Bits):
            return tuple(homes[cell] for cell in symbol.cells if cell in homes) or state.hints
        return state.hints

    def _result(
        self, definition: Any, symbol: Subroutine, state: State
    ) -> tuple[Variable | Bits | None, Any]:
        if definition.return_type is None:
            return None, None
        kind = self._machine.expressions.type_of(definition.return_type, _Constants(symbol, state))
        count = kind.bits if kind.kind == "bits" else 1
        cells = state.new_cells(count)
        if kind.kind in ("bit", "bits"):
            state.cells.update(dict.fromkeys(cells, FALSE))
            return Bits(cells, kind.kind == "bit"), kind
        state.cells[cells[0]] = known(INT, 0)
        return Variable(cells[0], kind), kind

    def _argument(self, parameter: Any, argument: Any, symbol: Subroutine, state: State) -> Any:
        expressions = self._machine.expressions
        inner = _Constants(symbol, state)
        if isinstance(parameter, ast.QuantumArgument):
            found = (
                expressions.symbol(argument, state) if not _physical(argument) else self._physical(argument)
            )
            size = None if parameter.size is None else expressions.integer(parameter.size, inner)
            if not isinstance(found, Qubits) or (size or 1) != len(found.qubits):
                raise unreadable(
                    f"{'one qubit' if size is None else f'a register of {size} qubits'} for "
                    f"{parameter.name.name} expected, found something else; correct the argument",
                    argument,
                )
            return Qubits(found.qubits, size is None)
        if isinstance(parameter.type, ast.ArrayReferenceType):
            found = expressions.symbol(argument, state)
            if not isinstance(found, Array):
                raise unreadable(
                    f"an array for {parameter.name.name} expected, found something else", argument
                )
            writable = parameter.access is not None and parameter.access.name == "mutable"
            return Array(found.type, found.shape, found.cells, writable and found.writable)
        kind = expressions.type_of(parameter.type, inner)
        operand = expressions.operand(argument, state, real=kind.kind in ("float", "angle"))
        count = kind.bits if kind.kind == "bits" else 1
        cells = state.new_cells(count)
        bits = kind.kind in ("bit", "bits")
        result: Bits | Variable = Bits(cells, kind.kind == "bit") if bits else Variable(cells[0], kind)
        self._machine.assignments.store(result, operand, argument, state)
        return result

    def _physical(self, argument: Any) -> Qubits:
        return self._machine.quantum.physical(argument.name)

    def finish(self, state: State, node: Node) -> None:
        """Back to the caller, from the end of the body or by `return`."""
        scope, results, call, result, hints, _ = node.data
        state.scope, state.hints, state.work = scope, hints, node.next
        state.results = {**results, call: result}

    def _expression(self, statement: Any, state: State) -> None:
        call = statement.expression
        if id(call) in state.results:
            return
        self._machine.expressions.operand(call, state)

    def _return(self, statement: Any, state: State) -> None:
        node, until = state.work, self._machine.until()
        while node is not None and node.kind != "call":
            if node is until:
                raise TooSmall
            node = node.next
        if node is None:
            raise unreadable("`return` within a def expected, found one outside", statement)
        result = node.data[3]
        if node is until and statement.expression is None:
            state.work = node
            return
        if statement.expression is not None and result is None:
            raise unreadable(
                "a def with a type of result (`-> bit`) expected, found none; declare it", statement
            )
        if isinstance(statement.expression, ast.QuantumMeasurement):
            self._return_measured(statement, state, node)
            return
        if statement.expression is not None:
            kind = node.data[5]
            operand = self._machine.expressions.operand(
                statement.expression, state, real=kind.kind in ("float", "angle")
            )
            self._machine.assignments.store(result, operand, statement, state)
        state.work = node

    def _return_measured(self, statement: Any, state: State, end: Node) -> None:
        state.work = end
        self._machine.quantum.measure_into(statement.expression.qubit, end.data[3], statement, state)


class _Constants:
    """The memory of a subroutine's own types: the constants that it may read."""

    def __init__(self, symbol: Subroutine, state: State) -> None:
        self.scope = symbol.scope
        self.results: dict[int, Any] = {}
        self.read = state.read


def _physical(node: Any) -> bool:
    return isinstance(node, ast.Identifier) and node.name.startswith("$")


def _calls_in(node: Any) -> Iterator[Any]:
    """Calls below a node in the order in which they are worked out."""
    if isinstance(node, list | tuple):
        for part in node:
            yield from _calls_in(part)
    elif isinstance(node, ast.QASMNode):
        for name, part in vars(node).items():
            if name != "span":
                yield from _calls_in(part)
        if isinstance(node, ast.FunctionCall | ast.QuantumGate):
            yield node
