"""Assignments to variables, bits and arrays."""

# The syntax tree carries few types.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from openqasm3 import ast

from qorum.circuits.openqasm3.formulas import Operand, Register
from qorum.circuits.openqasm3.indices import places
from qorum.circuits.openqasm3.literals import split
from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.state import State
from qorum.circuits.openqasm3.symbols import Array, Bits, Symbol, Variable
from qorum.circuits.openqasm3.types import BIT, Type, zero
from qorum.circuits.openqasm3.values import FALSE, Value, known, lift

if TYPE_CHECKING:
    from qorum.circuits.openqasm3.machine import Machine

MAX_ELEMENTS = 4_096
"""Most elements of an array."""


class Assignments:
    """Gives variables their values."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def statements(self) -> Mapping[type, Callable[[Any, State], None]]:
        """What it executes, by type."""
        return {ast.ClassicalAssignment: self._assign}

    def operand(self, node: Any, kind: Type, state: State) -> Operand:
        """An expression that is to become a value of a type."""
        if isinstance(node, ast.ArrayLiteral) and kind.kind == "bits":
            parts = [self._machine.expressions.value(part, state) for part in node.values]
            return Register(
                kind, tuple(self._machine.expressions.converted(BIT, part, node) for part in parts)
            )
        return self._machine.expressions.operand(
            node, state, real=kind.kind in ("float", "angle", "duration")
        )

    def store(self, symbol: Symbol, operand: Operand, node: Any, state: State) -> None:
        """Gives a variable or bits a value."""
        expressions = self._machine.expressions
        if isinstance(symbol, Variable):
            state.cells[symbol.cell] = expressions.converted(symbol.type, operand, node)
        elif isinstance(symbol, Bits):
            bits: Sequence[Value]
            if symbol.scalar:
                bits = (expressions.converted(BIT, operand, node),)
            elif isinstance(operand, Register):
                if len(operand.bits) != len(symbol.cells) and operand.type.kind == "bits":
                    raise unreadable(
                        f"{len(symbol.cells)} bits expected, found {len(operand.bits)}; make them equal", node
                    )
                zeros = (FALSE,) * (len(symbol.cells) - len(operand.bits))
                bits = (operand.bits + zeros)[: len(symbol.cells)]
            else:
                width = Type("bits", len(symbol.cells))
                if isinstance(operand, Value) and operand.type.kind == "bits" and operand.type != width:
                    raise unreadable(
                        f"{width.bits} bits expected, found {operand.type.bits}; make them equal", node
                    )
                bits = split(expressions.converted(width, operand, node))
            state.cells.update(zip(symbol.cells, bits, strict=True))
        else:
            raise unreadable("a variable or bits to assign to expected, found something else", node)

    def _assign(self, statement: Any, state: State) -> None:
        expressions, target = self._machine.expressions, statement.lvalue
        sign = statement.op.name
        base = expressions.symbol(target.name if isinstance(target, ast.IndexedIdentifier) else target, state)
        if getattr(base, "constant", False) or not getattr(base, "writable", True):
            raise unreadable(
                "a variable to assign to expected, found a constant; declare a variable", statement
            )
        bit_of_number = isinstance(base, Variable) and isinstance(target, ast.IndexedIdentifier)
        symbol = base if bit_of_number else expressions.symbol(target, state)
        kind = symbol.type if isinstance(symbol, Variable | Array) else Type("bits", 1)
        if isinstance(symbol, Array):
            self._fill(symbol, statement.rvalue, statement, state)
            return
        operand = self.operand(statement.rvalue, kind, state)
        if sign != "=":
            left = expressions.value(target, state)
            right = (
                expressions.converted(left.type, operand, statement)
                if isinstance(operand, Register)
                else operand
            )
            operand = expressions.applied(sign[:-1], left, self._plain(right, statement), statement)
        if bit_of_number and isinstance(base, Variable):
            self.store_bits(base, target, operand, statement, state)
        else:
            self.store(symbol, operand, statement, state)

    def _plain(self, operand: Operand, node: Any) -> Value:
        if not isinstance(operand, Value):
            raise unreadable("a value that depends on few measured bits expected, found another", node)
        return operand

    def store_bits(self, base: Variable, target: Any, operand: Operand, node: Any, state: State) -> None:
        """Gives some bits of a number their values."""
        expressions = self._machine.expressions
        width = base.type.bits
        if base.type.kind not in ("int", "uint", "angle") or len(target.indices) != 1:
            raise unreadable("a register or whole number before the index expected, found another", node)
        found = places(target.indices[0], width, lambda part: expressions.integer(part, state), node)
        chosen = (found,) if isinstance(found, int) else found
        kind = Type("bits", len(chosen))
        value = expressions.converted(kind, operand, node)

        def replaced(number: int, bits: int) -> int:
            for place, target_place in enumerate(chosen):
                bit = bits >> place & 1
                number = number & ~(1 << target_place) | bit << target_place
            half = 1 << width - 1
            number &= (1 << width) - 1
            return number - 2 * half if base.type.kind == "int" and number >= half else number

        state.cells[base.cell] = lift(base.type, replaced, state.read(base.cell), value)

    def array(self, statement: Any, state: State) -> None:
        """Declares an array."""
        expressions = self._machine.expressions
        kind = expressions.type_of(statement.type.base_type, state)
        shape = tuple(
            self._machine.declarations.size(part, statement.identifier.name, state)
            for part in statement.type.dimensions
        )
        count = prod(shape)
        if count > MAX_ELEMENTS:
            raise unreadable(
                f"an array of at most {MAX_ELEMENTS:,} elements expected, found {count:,}", statement
            )
        cells = state.new_cells(count)
        for cell in cells:
            state.cells[cell] = known(kind, zero(kind))
        array = Array(kind, shape, cells)
        if statement.init_expression is not None:
            self._fill(array, statement.init_expression, statement, state)
        self._machine.declarations.declare(statement.identifier.name, array, statement, state)

    def _fill(self, array: Array, source: Any, node: Any, state: State) -> None:
        """Gives all elements their values: from a literal, or from another array of the same shape."""
        expressions = self._machine.expressions
        if isinstance(source, ast.ArrayLiteral):
            if len(source.values) != array.shape[0]:
                raise unreadable(f"{array.shape[0]} elements expected, found {len(source.values)}", node)
            size = len(array.cells) // array.shape[0]
            for place, part in enumerate(source.values):
                cells = array.cells[place * size : (place + 1) * size]
                if len(array.shape) > 1:
                    self._fill(Array(array.type, array.shape[1:], cells), part, node, state)
                else:
                    operand = self.operand(part, array.type, state)
                    state.cells[cells[0]] = expressions.converted(array.type, operand, part)
            return
        other = expressions.symbol(source, state)
        if not isinstance(other, Array) or other.shape != array.shape:
            raise unreadable("an array of the same shape expected, found something else; correct it", node)
        values = [state.read(cell) for cell in other.cells]
        converted = [expressions.converted(array.type, value, node) for value in values]
        state.cells.update(zip(array.cells, converted, strict=True))
