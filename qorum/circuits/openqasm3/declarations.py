"""Declarations, assignments and aliases."""

# The syntax tree carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from openqasm3 import ast

from qorum.circuits.openqasm3.expressions import split
from qorum.circuits.openqasm3.inputs import input_value
from qorum.circuits.openqasm3.libraries import LIBRARIES
from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.state import State
from qorum.circuits.openqasm3.symbols import (
    Array,
    Bits,
    LibraryGate,
    OwnGate,
    Qubits,
    Refused,
    Subroutine,
    Symbol,
    Variable,
)
from qorum.circuits.openqasm3.types import Type, zero
from qorum.circuits.openqasm3.values import FALSE, Value, known
from qorum.circuits.reading import Inputs
from qorum.circuits.statements import MAX_CLBITS, MAX_QUBITS

if TYPE_CHECKING:
    from qorum.circuits.openqasm3.machine import Machine


class Declarations:
    """Declares names and gives variables their values."""

    def __init__(self, machine: Machine, inputs: Inputs) -> None:
        self._machine = machine
        self._inputs = inputs
        self.used_inputs: set[str] = set()
        self.num_qubits = 0
        self.registers: list[tuple[str, tuple[int, ...]]] = []
        self.quantum_registers: list[tuple[str, int]] = []
        self.constants: dict[int, Value] = {}
        self.included: set[str] = set()
        self._bits: dict[int, tuple[int, ...]] = {}
        self._qubits: dict[int, tuple[int, ...]] = {}
        self._num_bits = 0

    def statements(self) -> Mapping[type, Callable[[Any, State], None]]:
        """What it executes, by type."""
        return {
            ast.Include: self._include,
            ast.QubitDeclaration: self._qubit,
            ast.ClassicalDeclaration: self._classical,
            ast.ConstantDeclaration: self._constant,
            ast.IODeclaration: self._io,
            ast.AliasStatement: self._alias,
            ast.QuantumGateDefinition: self._gate,
            ast.SubroutineDefinition: self._subroutine,
            ast.ExternDeclaration: self._extern,
            ast.Pragma: self._pragma,
            ast.CalibrationGrammarDeclaration: self._calibration,
            ast.CalibrationStatement: self._calibration,
            ast.CalibrationDefinition: self._calibration,
        }

    def declare(self, name: str, symbol: Symbol, node: Any, state: State) -> None:
        """Adds a name to the innermost scope."""
        present = state.scope.names.get(name)
        replaceable = present is None or isinstance(present, LibraryGate)
        if name in state.scope.own and not replaceable:
            raise unreadable(
                f"every name to be defined once expected, found a second {name!r}; rename one", node
            )
        state.scope = state.scope.declared(name, symbol)
        cells = symbol.cells if isinstance(symbol, Bits | Array) else ()
        for cell in (symbol.cell,) if isinstance(symbol, Variable) else cells:
            self._machine.name(cell, name)

    def _include(self, statement: Any, state: State) -> None:
        library = LIBRARIES.get(statement.filename)
        if library is None:
            raise unreadable(
                f'include "{next(iter(LIBRARIES))}" expected, found {statement.filename[:80]!r}; copy the '
                "definitions you need into the text",
                statement,
            )
        self.included.add(statement.filename)
        own = {name for name, symbol in state.scope.names.items() if not isinstance(symbol, LibraryGate)}
        for name, gate in library.items():
            if name not in own:
                state.scope = state.scope.declared(name, gate)

    def _qubit(self, statement: Any, state: State) -> None:
        if not state.scope.open:
            raise unreadable(
                "qubits declared outside blocks expected, found one within; move it up", statement
            )
        name = statement.qubit.name
        size = 1 if statement.size is None else self.size(statement.size, name, state)
        qubits = self._qubits.get(id(statement))
        if qubits is None:
            self._check(self.num_qubits + size, MAX_QUBITS, "qubits", name, statement)
            qubits = tuple(range(self.num_qubits, self.num_qubits + size))
            self.num_qubits += size
            self._qubits[id(statement)] = qubits
            self.quantum_registers.append((name, size))
        self.declare(name, Qubits(qubits, statement.size is None), statement, state)

    def physical(self, number: int) -> None:
        """Makes sure that a physical qubit is there."""
        self.num_qubits = max(self.num_qubits, number + 1)

    def size(self, node: Any, name: str, state: State) -> int:
        """The size of a register or array."""
        size = self._machine.expressions.integer(node, state)
        if size < 1:
            raise unreadable(
                f"a whole number from 1 on expected as size of {name}, found {size}; write the number", node
            )
        return size

    def _check(self, total: int, limit: int, kind: str, name: str, node: Any) -> None:
        if total > limit:
            raise unreadable(
                f"at most {limit:,} {kind} expected, found {total:,} or more; make {name} smaller", node
            )

    def _classical(self, statement: Any, state: State) -> None:
        name, initial = statement.identifier.name, statement.init_expression
        if isinstance(statement.type, ast.ArrayType):
            self._machine.assignments.array(statement, state)
            return
        kind = self._machine.expressions.type_of(statement.type, state)
        if isinstance(initial, ast.QuantumMeasurement):
            symbol = self.variable(name, kind, statement, state)
            self._machine.quantum.measure_into(initial.qubit, symbol, statement, state)
            return
        operand = None if initial is None else self._machine.assignments.operand(initial, kind, state)
        symbol = self.variable(name, kind, statement, state)
        if operand is not None:
            self._machine.tick(statement)
            self._machine.assignments.store(symbol, operand, initial, state)

    def variable(self, name: str, kind: Type, node: Any, state: State, *, local: bool = False) -> Symbol:
        """Declares a variable, which starts as 0; one that measurements may be kept in at program level."""
        if kind.kind not in ("bit", "bits"):
            (cell,) = state.new_cells(1)
            state.cells[cell] = known(kind, zero(kind))
            symbol: Symbol = Variable(cell, kind)
            self.declare(name, symbol, node, state)
            return symbol
        count = 1 if kind.kind == "bit" else kind.bits
        cells = state.new_cells(count)
        symbol = Bits(cells, kind.kind == "bit")
        self.declare(name, symbol, node, state)
        for cell in cells:
            state.cells[cell] = FALSE
        if state.scope.open and not local:
            for cell, bit in zip(cells, self._places(name, node, count), strict=True):
                self._machine.storage.declare(state, cell, bit)
        else:
            self._machine.storage.places.update({cell: place for place, cell in enumerate(cells)})
        return symbol

    def _places(self, name: str, node: Any, count: int) -> tuple[int, ...]:
        found = self._bits.get(id(node))
        if found is None:
            self._check(self._num_bits + count, MAX_CLBITS, "classical bits", name, node)
            found = tuple(range(self._num_bits, self._num_bits + count))
            self._num_bits += count
            self._bits[id(node)] = found
            self.registers.append((name, found))
        return found

    def _constant(self, statement: Any, state: State) -> None:
        expressions = self._machine.expressions
        kind = expressions.type_of(statement.type, state)
        operand = self._machine.assignments.operand(statement.init_expression, kind, state)
        value = expressions.converted(kind, operand, statement)
        if value.bits:
            raise unreadable("a value known before the run expected for a constant, found another", statement)
        self._fixed(statement.identifier.name, value, statement, state)

    def _fixed(self, name: str, value: Value, node: Any, state: State) -> None:
        """Declares a constant."""
        if value.type.kind == "bits":
            cells = state.new_cells(value.type.bits)
            bits = split(value)
            self.declare(name, Bits(cells, constant=True), node, state)
        else:
            cells, bits = state.new_cells(1), (value,)
            self.declare(name, Variable(cells[0], value.type, True), node, state)
        state.cells.update(zip(cells, bits, strict=True))
        self.constants.update(zip(cells, bits, strict=True))

    def _io(self, statement: Any, state: State) -> None:
        name = statement.identifier.name
        if statement.io_identifier.name == "output":
            self.variable(name, self._machine.expressions.type_of(statement.type, state), statement, state)
            return
        if name not in self._inputs:
            raise unreadable(
                f"a value for the input {name} expected, found none; give it with the run "
                f"(`--input {name}=VALUE`, `inputs` in forms and in Python)",
                statement,
            )
        self.used_inputs.add(name)
        kind = self._machine.expressions.type_of(statement.type, state)
        value = input_value(kind, self._inputs[name], statement, self._machine.expressions, state)
        self._fixed(name, value, statement, state)

    def _alias(self, statement: Any, state: State) -> None:
        symbol = self._machine.expressions.symbol(statement.value, state)
        if not isinstance(symbol, Bits | Qubits):
            raise unreadable("a register to give another name to expected, found something else", statement)
        self.declare(statement.target.name, symbol, statement, state)

    def _gate(self, statement: Any, state: State) -> None:
        names = [part.name for part in (*statement.arguments, *statement.qubits)]
        if len(set(names)) != len(names):
            raise unreadable("different names for parameters and qubits expected, found one twice", statement)
        gate = OwnGate(
            statement.name.name,
            tuple(part.name for part in statement.arguments),
            tuple(part.name for part in statement.qubits),
            tuple(statement.body),
            state.scope.closed(),
            statement,
        )
        self.declare(gate.name, gate, statement, state)

    def _subroutine(self, statement: Any, state: State) -> None:
        self._machine.calls.declared = True
        symbol = Subroutine(statement, state.scope.closed())
        self.declare(statement.name.name, symbol, statement, state)

    def _extern(self, statement: Any, state: State) -> None:
        name = statement.name.name
        reason = f"a function defined in the text expected, found the extern {name}; define it by `def`"
        self.declare(name, Refused(reason), statement, state)

    def _pragma(self, statement: Any, state: State) -> None:
        del state
        words = statement.command.split()
        if words[:2] == ["braket", "result"] and words[2:]:
            self._machine.results.ask(" ".join(words[2:]), statement)
            return
        if words[:2] == ["braket", "noise"] or words[:2] == ["braket", "unitary"]:
            raise unreadable(
                f"gates expected, found #pragma braket {words[1]}, which changes the result; "
                "choose a noisy backend for noise, define a gate for a matrix",
                statement,
            )
        self._machine.warn(f"the pragma {' '.join(words)[:80]!r} is ignored", statement)

    def _calibration(self, statement: Any, state: State) -> None:
        del state
        if isinstance(statement, ast.CalibrationDefinition):
            self._machine.warn("defcal is ignored: gates do what their definitions say", statement)
        else:
            self._machine.warn("pulse level statements are ignored", statement)
