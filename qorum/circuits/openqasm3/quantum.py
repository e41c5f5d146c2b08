"""Gates, measurements, resets, barriers, delays and boxes."""

# The syntax tree carries few types.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from openqasm3 import ast

from qorum.circuits.openqasm3.formulas import Register
from qorum.circuits.openqasm3.libraries import BRAKET
from qorum.circuits.openqasm3.parts import Part, Parts
from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.state import Applied, Delayed, Node, State
from qorum.circuits.openqasm3.symbols import Bits, LibraryGate, OwnGate, Qubits, Subroutine, Symbol, Variable
from qorum.circuits.openqasm3.types import Type
from qorum.circuits.openqasm3.values import FALSE
from qorum.circuits.statements import MAX_QUBITS

if TYPE_CHECKING:
    from qorum.circuits.openqasm3.machine import Machine


class Quantum:
    """Executes statements on qubits."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def statements(self) -> Mapping[type, Callable[[Any, State], None]]:
        """What it executes, by type."""
        return {
            ast.QuantumGate: self._gate,
            ast.QuantumPhase: self._phase,
            ast.QuantumMeasurementStatement: self._measure,
            ast.QuantumReset: self._reset,
            ast.QuantumBarrier: self._barrier,
            ast.DelayInstruction: self._delay,
            ast.Box: self._box,
        }

    def physical(self, name: str) -> Qubits:
        """The qubit `$n`: the n-th of the circuit."""
        number = int(name[1:])
        if number >= MAX_QUBITS:
            raise unreadable(f"at most {MAX_QUBITS:,} qubits expected, found {name}; use lower numbers")
        self._machine.declarations.physical(number)
        return Qubits((number,), scalar=True)

    def operand(self, node: Any, state: State) -> Qubits:
        """The qubits that an operand names."""
        if isinstance(node, ast.Identifier) and node.name.startswith("$"):
            return self.physical(node.name)
        symbol = self._machine.expressions.symbol(node, state)
        if not isinstance(symbol, Qubits):
            raise unreadable("a qubit or a quantum register as operand expected, found something else", node)
        return symbol

    def _number(self, state: State) -> Callable[[Any], float]:
        return lambda node: self._machine.expressions.number(node, state)

    def _named(self, statement: Any, state: State) -> LibraryGate | OwnGate:
        name = statement.name.name
        if name not in state.scope.names and not self._machine.declarations.included and name in BRAKET:
            if name != "U":
                self._machine.warn(
                    f"no include: {name} is taken for the gate that Braket calls so", statement
                )
            return BRAKET[name]
        return self._machine.gates.named(name, state.scope, statement)

    def _gate(self, statement: Any, state: State) -> None:
        if isinstance(state.scope.names.get(statement.name.name), Subroutine):
            return  # called already
        machine, number = self._machine, self._number(state)
        gate = self._named(statement, state)
        angles = [number(argument) for argument in statement.arguments]
        operands = [self.operand(node, state) for node in statement.qubits]
        parts = machine.gates.call(gate, angles, statement)
        width = gate.num_qubits if isinstance(gate, LibraryGate) else len(gate.qubits)
        if statement.modifiers:
            parts, width = machine.gates.modified(parts, width, statement.modifiers, number, statement)
        self._apply(parts, width, operands, statement, state)

    def _apply(self, parts: Parts, width: int, operands: Sequence[Qubits], node: Any, state: State) -> None:
        if len(operands) != width:
            raise unreadable(
                f"{width} operands expected by the gate, found {len(operands)}; correct them", node
            )
        rows = self._rows(operands, node)
        gates = [part for part in parts if part.gate is not None]
        self._machine.count(len(gates) * len(rows))
        for row in rows:
            if len(set(row)) != len(row):
                raise unreadable("different qubits expected as operands, found one twice; correct them", node)
            for part in gates:
                assert part.gate is not None
                state.act(Applied(part.gate, tuple([row[place] for place in part.qubits])))

    def _rows(self, operands: Sequence[Qubits], node: Any) -> list[tuple[int, ...]]:
        """The operands of each single gate: registers go in step, single qubits stand beside each."""
        sizes = {len(operand.qubits) for operand in operands if not operand.scalar}
        if len(sizes) > 1 and sizes != {1}:
            sizes.discard(1)
        if len(sizes) > 1:
            raise unreadable(
                "registers of one size expected, found different ones; index them or make them equal", node
            )
        count = sizes.pop() if sizes else 1
        columns = [
            operand.qubits if len(operand.qubits) == count else operand.qubits * count for operand in operands
        ]
        return list(zip(*columns, strict=True)) if columns else []

    def _phase(self, statement: Any, state: State) -> None:
        number = self._number(state)
        parts: Parts = (Part(None, (), number(statement.argument)),)
        parts, width = self._machine.gates.modified(parts, 0, statement.modifiers, number, statement)
        operands = [self.operand(node, state) for node in statement.qubits]
        if width:
            self._apply(parts, width, operands, statement, state)

    def _measure(self, statement: Any, state: State) -> None:
        node = statement.measure.qubit
        if statement.target is None:
            for qubit in self.operand(node, state).qubits:
                self._machine.storage.forget(state, qubit)
            return
        target, expressions = statement.target, self._machine.expressions
        base = target.name if isinstance(target, ast.IndexedIdentifier) else target
        symbol = expressions.symbol(base, state)
        if isinstance(symbol, Variable) and isinstance(target, ast.IndexedIdentifier):
            self._measure_number(node, symbol, target, statement, state)
        else:
            self.measure_into(node, expressions.symbol(target, state), statement, state)

    def measure_into(self, node: Any, symbol: Symbol | None, statement: Any, state: State) -> None:
        """Measures an operand into bits or into a variable, one qubit after the other."""
        qubits = self.operand(node, state).qubits
        if getattr(symbol, "constant", False):
            raise unreadable("bits to measure into expected, found a constant; declare a variable", statement)
        if isinstance(symbol, Bits):
            if len(qubits) != len(symbol.cells):
                raise unreadable(
                    f"as many bits as qubits expected, found {len(symbol.cells)} and {len(qubits)}; "
                    "make them equal",
                    statement,
                )
            if len(set(qubits)) != len(qubits) or len(set(symbol.cells)) != len(symbol.cells):
                raise unreadable(
                    "different qubits and bits expected, found one twice; correct them", statement
                )
            self._machine.count(len(qubits))
            actions = [
                partial(self._machine.storage.measure, qubit=qubit, cell=cell)
                for qubit, cell in zip(qubits, symbol.cells, strict=True)
            ]
            self._do(actions, state)
        elif isinstance(symbol, Variable):
            cells = self._hidden(len(qubits), state)
            register = Bits(cells, len(cells) == 1)

            def assign(later: State) -> None:
                bits = tuple(later.read(cell) for cell in cells)
                operand = bits[0] if register.scalar else Register(Type("bits", len(bits)), bits)
                self._machine.assignments.store(symbol, operand, statement, later)
                later.drop(cells)

            self._measure_then(qubits, cells, assign, state)
        else:
            raise unreadable("bits or a variable to measure into expected, found something else", statement)

    def _measure_number(self, node: Any, symbol: Variable, target: Any, statement: Any, state: State) -> None:
        """Measures into bits of a number."""
        qubits = self.operand(node, state).qubits
        cells = self._hidden(len(qubits), state)

        def assign(later: State) -> None:
            bits = tuple(later.read(cell) for cell in cells)
            register = Register(Type("bits", len(bits)), bits)
            self._machine.assignments.store_bits(symbol, target, register, statement, later)
            later.drop(cells)

        keeps = frozenset((target.name.name,))
        self._measure_then(qubits, cells, assign, state, keeps)

    def _hidden(self, count: int, state: State) -> tuple[int, ...]:
        cells = state.new_cells(count)
        state.cells.update(dict.fromkeys(cells, FALSE))
        self._machine.storage.places.update({cell: place for place, cell in enumerate(cells)})
        return cells

    def _measure_then(
        self,
        qubits: Sequence[int],
        cells: Sequence[int],
        then: Callable[[State], None],
        state: State,
        keeps: frozenset[str] = frozenset(),
    ) -> None:
        self._machine.count(len(qubits))
        actions: list[Callable[[State], None]] = [
            partial(self._machine.storage.measure, qubit=qubit, cell=cell)
            for qubit, cell in zip(qubits, cells, strict=True)
        ]
        self._do([*actions, then], state, keeps)

    def _do(
        self,
        actions: Sequence[Callable[[State], None]],
        state: State,
        keeps: frozenset[str] = frozenset(),
    ) -> None:
        state.work = Node("do", actions, state.work, keeps=keeps)

    def _reset(self, statement: Any, state: State) -> None:
        for qubit in self.operand(statement.qubits, state).qubits:
            self._machine.count(1)
            state.act(Applied("reset", (qubit,)))

    def _barrier(self, statement: Any, state: State) -> None:
        operands = [self.operand(node, state).qubits for node in statement.qubits]
        qubits = dict.fromkeys(qubit for operand in operands for qubit in operand)
        everything = range(self._machine.declarations.num_qubits)
        self._machine.count(1)
        state.act(Applied("barrier", tuple(qubits) if statement.qubits else tuple(everything)))

    def _delay(self, statement: Any, state: State) -> None:
        kind, span = self._machine.expressions.constant(statement.duration, state, real=True)
        if kind.kind != "duration":
            raise unreadable(f"a duration such as 100ns expected, found {kind}; give it a unit", statement)
        operands = [self.operand(node, state).qubits for node in statement.qubits]
        everything = tuple(range(self._machine.declarations.num_qubits))
        qubits = tuple(dict.fromkeys(q for operand in operands for q in operand)) if operands else everything
        if span.nanoseconds < 0 or span.cycles < 0:
            self._machine.warn(
                "a negative delay, which durations of gates would make up for, is left out", statement
            )
            return
        self._machine.count(len(qubits))
        if span.cycles:
            state.act(Delayed(span.cycles, "dt", qubits))
        if span.nanoseconds:
            state.act(Delayed(span.nanoseconds, "ns", qubits))

    def _box(self, statement: Any, state: State) -> None:
        if statement.duration is not None:
            self._machine.warn("the duration of a box is ignored: gates take no time here", statement)
        state.work = Node("enter", tuple(statement.body), state.work)
