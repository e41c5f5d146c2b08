"""Calls of gates, with modifiers, as products of standard gates."""

# The syntax tree carries few types.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openqasm3 import ast

from qorum.circuits.definitions import MAX_DEFINITION_DEPTH, MAX_OPERATIONS, too_many_operations
from qorum.circuits.openqasm3.expressions import Expressions
from qorum.circuits.openqasm3.indices import steps
from qorum.circuits.openqasm3.libraries import universal
from qorum.circuits.openqasm3.parts import Part, Parts, controlled, inverted, placed, powered
from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.symbols import (
    LibraryGate,
    OwnGate,
    Qubits,
    Scope,
    Symbol,
    Variable,
)
from qorum.circuits.openqasm3.types import FLOAT, INT, BadValue, Type
from qorum.circuits.openqasm3.values import Value, known

UNIVERSAL = LibraryGate("U", 3, 1, universal)


@dataclass
class _Body:
    """The memory of a gate's body: its angles and loop variables, all known."""

    scope: Scope
    values: dict[int, Value] = field(default_factory=dict)
    results: dict[int, Any] = field(default_factory=dict)

    def read(self, cell: int) -> Value:
        return self.values[cell]

    def bind(self, name: str, kind: Type, value: float) -> None:
        cell = -1 - len(self.values)  # cells of the program are not negative
        self.values[cell] = known(kind, value)
        self.scope = self.scope.declared(name, Variable(cell, kind, True))


class Gates:
    """What calls of gates stand for; equal calls are worked out once.

    Args:
        expressions: works out angles and exponents.
        constants: reads the program's constants, which a gate may use.
        tick: called for each statement of a body.
        reserve: called for each loop over a range.
    """

    def __init__(
        self,
        expressions: Expressions,
        constants: Callable[[int], Value],
        tick: Callable[[Any], None],
        reserve: Callable[[Any, range], None],
    ) -> None:
        self._expressions = expressions
        self._constants = constants
        self._tick = tick
        self._reserve = reserve
        self._known: dict[tuple[Any, ...], Parts] = {}
        self._modified: dict[tuple[Any, ...], tuple[Parts, int]] = {}

    def call(self, gate: LibraryGate | OwnGate, angles: Sequence[float], node: Any, depth: int = 0) -> Parts:
        """A gate without modifiers on qubits 0, 1, ... in the order of its operands.

        Raises:
            Unreadable: another number of angles than it takes, or what its body may not hold.
        """
        expected = gate.num_parameters if isinstance(gate, LibraryGate) else len(gate.parameters)
        if len(angles) != expected:
            raise unreadable(
                f"{expected} parameters of {gate.name} expected, found {len(angles)}; correct them", node
            )
        key = (gate, *angles)
        if key not in self._known:
            self._known[key] = (
                gate.build(*angles) if isinstance(gate, LibraryGate) else self._expanded(gate, angles, depth)
            )
        return self._known[key]

    def modified(
        self, parts: Parts, width: int, modifiers: Iterable[Any], number: Callable[[Any], float], node: Any
    ) -> tuple[Parts, int]:
        """The parts under modifiers, and how many qubits they then take.

        Args:
            parts: of the gate without them.
            width: how many qubits it takes.
            modifiers: as written; the last stands next to the gate.
            number: works out a modifier's argument.
            node: of the call.
        """
        for modifier in reversed(list(modifiers)):
            kind = modifier.modifier.name
            argument = None if modifier.argument is None else number(modifier.argument)
            key = (kind, argument, width, parts)
            if key not in self._modified:
                try:
                    self._modified[key] = _modified(*key)
                except BadValue as error:
                    raise unreadable(str(error), node) from None
            parts, width = self._modified[key]
            if len(parts) > MAX_OPERATIONS:
                raise too_many_operations()
        return parts, width

    def _expanded(self, gate: OwnGate, angles: Sequence[float], depth: int) -> Parts:
        if depth >= MAX_DEFINITION_DEPTH:
            raise unreadable(
                f"gate definitions at most {MAX_DEFINITION_DEPTH} deep expected, found {gate.name} deeper; "
                "define it from standard gates",
                gate.node,
            )
        body = _Body(gate.scope)
        reader = _Memory(body, self._constants)
        for name, angle in zip(gate.parameters, angles, strict=True):
            body.bind(name, FLOAT, angle)
        for place, name in enumerate(gate.qubits):
            body.scope = body.scope.declared(name, Qubits((place,), scalar=True))
        parts: list[Part] = []
        self._add(gate.body, reader, parts, depth)
        return tuple(parts)

    def _add(self, statements: Iterable[Any], memory: _Memory, parts: list[Part], depth: int) -> None:
        for statement in statements:
            self._tick(statement)
            if isinstance(statement, ast.QuantumGate | ast.QuantumPhase):
                parts += self._inner(statement, memory, depth)
            elif isinstance(statement, ast.ForInLoop):
                self._loop(statement, memory, parts, depth)
            elif isinstance(statement, ast.CompoundStatement):
                self._add(statement.statements, memory, parts, depth)
            elif isinstance(statement, ast.BranchingStatement):
                kind, truth = self._expressions.constant(statement.condition, memory)
                del kind
                block = statement.if_block if truth else statement.else_block
                self._add(block, memory, parts, depth)
            elif isinstance(statement, ast.Box):
                self._add(statement.body, memory, parts, depth)
            elif not isinstance(statement, ast.QuantumBarrier | ast.DelayInstruction):
                raise unreadable(
                    f"gates and loops in a gate's body expected, found {type(statement).__name__}; "
                    "write a def instead",
                    statement,
                )
            if len(parts) > MAX_OPERATIONS:
                raise too_many_operations()

    def _inner(self, statement: Any, memory: _Memory, depth: int) -> Parts:
        def number(node: Any) -> float:
            return self._expressions.number(node, memory)

        if isinstance(statement, ast.QuantumPhase):
            parts: Parts = (Part(None, (), number(statement.argument)),)
            parts, taken = self.modified(parts, 0, statement.modifiers, number, statement)
        else:
            name = statement.name.name
            gate = self.named(name, memory.scope, statement)
            angles = [number(argument) for argument in statement.arguments]
            parts = self.call(gate, angles, statement, depth + 1)
            count = gate.num_qubits if isinstance(gate, LibraryGate) else len(gate.qubits)
            parts, taken = self.modified(parts, count, statement.modifiers, number, statement)
        operands = self._operands(statement, memory, taken)
        return placed(parts, operands)

    def _operands(self, statement: Any, memory: _Memory, count: int) -> list[int]:
        found: list[int] = []
        for node in statement.qubits:
            symbol = self._expressions.symbol(node, memory)
            if not isinstance(symbol, Qubits):
                raise unreadable("qubits of the gate as operands expected, found something else", node)
            found += symbol.qubits
        return checked(found, count, statement)

    def named(self, name: str, scope: Scope, node: Any) -> LibraryGate | OwnGate:
        """The gate of a name."""
        symbol: Symbol | None = scope.names.get(name)
        if isinstance(symbol, LibraryGate | OwnGate):
            return symbol
        if name == "U":
            return UNIVERSAL
        if symbol is None:
            raise unreadable(
                f"a library gate or a gate defined above expected, found {name!r}; define it, include the "
                "library that has it, or correct the name",
                node,
            )
        raise unreadable(f"a gate expected, found {name!r}, which is none; correct the name", node)

    def _loop(self, loop: Any, memory: _Memory, parts: list[Part], depth: int) -> None:
        values = loop_values(loop, memory, self._expressions)
        if isinstance(values, range):
            self._reserve(loop, values)
        outer = memory.body.scope
        for value in values:
            self._tick(loop)
            memory.body.scope = outer
            memory.body.bind(loop.identifier.name, INT, value)
            self._add(loop.block, memory, parts, depth)
        memory.body.scope = outer


class _Memory:
    """What a body can read: its own values and the program's constants."""

    def __init__(self, body: _Body, constants: Callable[[int], Value]) -> None:
        self.body = body
        self.results = body.results
        self._constants = constants

    @property
    def scope(self) -> Scope:
        return self.body.scope

    def read(self, cell: int) -> Value:
        return self.body.read(cell) if cell < 0 else self._constants(cell)


def _modified(kind: str, argument: float | None, width: int, parts: Parts) -> tuple[Parts, int]:
    """The parts under one modifier, and how many qubits they take."""
    if kind == "inv":
        return inverted(parts), width
    count = 1.0 if argument is None else argument
    if kind == "pow":
        return powered(parts, count, width), width
    if count != int(count) or count < 1:
        raise BadValue(f"a whole number of controls from 1 on expected, found {count:g}")
    return controlled(parts, [kind == "ctrl"] * int(count)), width + int(count)


def checked(qubits: list[int], count: int, node: Any) -> list[int]:
    """The operands if they are as many as they should be, and different ones."""
    if len(qubits) != count:
        raise unreadable(f"{count} qubits expected by the gate, found {len(qubits)}; correct them", node)
    if len(set(qubits)) != count:
        raise unreadable("different qubits expected as operands, found one twice; correct them", node)
    return qubits


def loop_values(loop: Any, memory: Any, expressions: Expressions) -> Sequence[int]:
    """The values of a loop over a range or a set of whole numbers."""
    source = loop.set_declaration
    if isinstance(source, ast.DiscreteSet):
        return [expressions.integer(part, memory) for part in source.values]
    if isinstance(source, ast.RangeDefinition):
        return steps(source, lambda part: expressions.integer(part, memory), loop)
    raise unreadable("a range or a set to loop over expected, found something else", loop)
