"""Expressions, worked out as far as they are known."""

# The syntax tree carries few types.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from openqasm3 import ast

from qorum.circuits.openqasm3 import functions
from qorum.circuits.openqasm3.formulas import Formula, Operand, Register, joined, opposite
from qorum.circuits.openqasm3.indices import places
from qorum.circuits.openqasm3.literals import LITERALS, literal, resized, split, whole, written_out
from qorum.circuits.openqasm3.operands import Operands
from qorum.circuits.openqasm3.operators import unary
from qorum.circuits.openqasm3.problems import need, unreadable
from qorum.circuits.openqasm3.references import Memory, References
from qorum.circuits.openqasm3.symbols import Array, Bits, Symbol, Variable
from qorum.circuits.openqasm3.types import BIT, DURATION, FLOAT, INT, MAX_WIDTH, Span, Type, convert
from qorum.circuits.openqasm3.values import Value, known, lift


class Expressions(Operands, References):
    """Works out expressions of a program.

    Args:
        warn: told what is read in one of two ways that are in use.
    """

    def __init__(self, warn: Callable[[str, Any], None]) -> None:
        self._warn = warn
        self._real = False

    def value(self, node: Any, memory: Memory, *, real: bool = False) -> Value:
        """An expression as one value.

        Args:
            node: the expression.
            memory: what is known.
            real: whether an angle or real number is expected, where a quotient of literal whole numbers
                is meant to be a fraction.

        Raises:
            Unreadable: it is no value, or depends on more measured bits than a table may have.
        """
        return self._value(self.operand(node, memory, real=real), node)

    def operand(self, node: Any, memory: Memory, *, real: bool = False) -> Operand:
        """An expression, wide registers included."""
        outer, self._real = self._real, real
        try:
            return self._operand(node, memory)
        finally:
            self._real = outer

    def constant(self, node: Any, memory: Memory, *, real: bool = False) -> tuple[Type, Any]:
        """Type and value of an expression that must be known.

        Raises:
            Split: it depends on measured bits.
        """
        value = self.value(node, memory, real=real)
        if value.bits:
            raise need(value.bits)
        return value.type, value.table[0]

    def integer(self, node: Any, memory: Memory) -> int:
        """A whole number that must be known: an index, a bound, a size."""
        kind, value = self.constant(node, memory)
        if kind.kind == "duration" or kind.kind == "angle":
            raise unreadable(f"a whole number expected, found {kind}; correct it", node)
        return int(value)

    def number(self, node: Any, memory: Memory) -> float:
        """A real number that must be known: an angle in radians, an exponent."""
        kind, value = self.constant(node, memory, real=True)
        return self._guarded(convert, node, FLOAT, kind, value)

    def truth(self, node: Any, memory: Memory) -> Formula:
        """An expression as a condition."""
        return self.as_truth(self.operand(node, memory), node)

    def type_of(self, node: Any, memory: Memory) -> Type:
        """The scalar type that a declaration, cast or argument names."""
        kinds: dict[type, Any] = {
            ast.IntType: "int",
            ast.UintType: "uint",
            ast.FloatType: "float",
            ast.AngleType: "angle",
            ast.BitType: "bits",
            ast.BoolType: "bool",
            ast.DurationType: "duration",
            ast.StretchType: "duration",
        }
        kind = kinds.get(type(node))
        if kind is None:
            name = type(node).__name__.removesuffix("Type").lower()
            raise unreadable(
                f"int, uint, float, angle, bool, bit or duration expected, found {name}; write it without",
                node,
            )
        size = getattr(node, "size", None)
        if size is None:
            return BIT if kind == "bits" else Type(kind)
        width = self.integer(size, memory)
        if not 1 <= width <= (10_000 if kind == "bits" else MAX_WIDTH):
            raise unreadable(f"a width from 1 to {MAX_WIDTH:,} expected, found {width}; correct it", node)
        return FLOAT if kind == "float" else Type(kind, width)

    def _operand(self, node: Any, memory: Memory) -> Operand:
        if isinstance(node, LITERALS):
            return literal(node)
        reader = self._READERS.get(type(node))
        if reader is None:
            raise unreadable(
                f"numbers, names, operators and calls expected, found {type(node).__name__}; "
                "write it without",
                node,
            )
        return reader(self, node, memory)

    def _duration_of(self, node: Any, memory: Memory) -> Operand:
        del memory
        self._warn("`durationof` counts as 0, for gates take no time here", node)
        return known(DURATION, Span())

    def _size_of(self, node: Any, memory: Memory) -> Operand:
        symbol = self.symbol(node.target, memory)
        axis = 0 if node.index is None else self.integer(node.index, memory)
        shape = symbol.shape if isinstance(symbol, Array) else self.shape(symbol, node)
        if not 0 <= axis < len(shape):
            raise unreadable(f"a dimension below {len(shape)} expected, found {axis}; correct it", node)
        return known(Type("uint"), shape[axis])

    def _identifier(self, node: Any, memory: Memory) -> Operand:
        constant = functions.CONSTANTS.get(node.name)
        if constant is not None and node.name not in memory.scope.names:
            return known(FLOAT, constant)
        return self._read(self.symbol(node, memory), node, memory)

    def _read(self, symbol: Symbol, node: Any, memory: Memory) -> Operand:
        if isinstance(symbol, Variable):
            return memory.read(symbol.cell)
        if isinstance(symbol, Bits):
            bits = tuple([memory.read(cell) for cell in symbol.cells])
            return bits[0] if symbol.scalar else Register(Type("bits", len(bits)), bits)
        raise unreadable("a number, a variable or measured bits expected, found something else", node)

    def _indexed(self, node: Any, memory: Memory) -> Operand:
        base, index = (
            (node.collection, node.index)
            if isinstance(node, ast.IndexExpression)
            else (node.name, node.indices[0])
        )
        if isinstance(base, ast.Identifier) and base.name in memory.scope.names:
            symbol = self.symbol(base, memory)
            if isinstance(symbol, Bits | Array):
                part = self._part(symbol, [index], node, memory)
                rest = node.indices[1:] if isinstance(node, ast.IndexedIdentifier) else []
                if not rest:
                    return self._read(part, node, memory)
        if isinstance(node, ast.IndexExpression) and isinstance(base, ast.IndexExpression):
            try:
                return self._read(self.symbol(node, memory), node, memory)
            except TypeError:
                raise unreadable("an index into a register or array expected", node) from None
        return self._bits_of(self._operand(base, memory), index, node, memory)

    def _bits_of(self, operand: Operand, index: Any, node: Any, memory: Memory) -> Operand:
        """Bits of a number, or of a register that is calculated."""
        if isinstance(operand, Register):
            bits = operand.bits
        elif isinstance(operand, Value) and operand.type.kind in ("int", "uint", "angle", "bits"):
            bits = split(operand)
        else:
            raise unreadable("a register, number or array before the index expected, found another", node)
        found = places(index, len(bits), lambda part: self.integer(part, memory), node)
        if isinstance(found, int):
            return bits[found]
        return Register(Type("bits", len(found)), tuple(bits[place] for place in found))

    def _concatenation(self, node: Any, memory: Memory) -> Operand:
        parts: list[Value] = []
        for side in (node.lhs, node.rhs):
            operand = self._operand(side, memory)
            parts += operand.bits if isinstance(operand, Register) else split(self._value(operand, side))
        return Register(Type("bits", len(parts)), tuple(parts))

    def _unary(self, node: Any, memory: Memory) -> Operand:
        operand = self._operand(node.expression, memory)
        sign = node.op.name
        if sign == "!":
            return opposite(self.as_truth(operand, node))
        if isinstance(operand, Register) and sign == "~":
            bits = tuple(lift(BIT, lambda bit: not bit, bit) for bit in operand.bits)
            return Register(operand.type, bits)
        if not isinstance(operand, Value | Register) and sign == "~":
            return opposite(operand)
        value = self._value(operand, node)
        kind, function = self._guarded(unary, node, sign, value.type)
        return self._guarded(lift, node, kind, function, value)

    def _binary(self, node: Any, memory: Memory) -> Operand:
        sign = node.op.name
        left, right = self._operand(node.lhs, memory), self._operand(node.rhs, memory)
        if sign in ("&&", "||"):
            return joined(sign == "&&", self.as_truth(left, node.lhs), self.as_truth(right, node.rhs))
        if sign == "/" and whole(left) and whole(right):
            quotient = self._fraction(node, left, right)
            if quotient is not None:
                return quotient
        wide = self._wide(sign, left, right, node)
        if wide is not None:
            return wide
        return self.applied(sign, self._value(left, node.lhs), self._value(right, node.rhs), node)

    def _fraction(self, node: Any, left: Operand, right: Operand) -> Value | None:
        """The quotient of whole numbers where an angle is expected: a fraction only if both are literals."""
        if not (self._real and isinstance(left, Value) and isinstance(right, Value)):
            return None
        if left.bits or right.bits or not right.table[0] or left.table[0] % right.table[0] == 0:
            return None
        if written_out(node.lhs) and written_out(node.rhs):
            self._warn(
                "a quotient of two whole numbers written out, such as 1/2, is read as a fraction", node
            )
            return known(FLOAT, left.table[0] / right.table[0])
        self._warn("a quotient of whole numbers drops its fraction; write 2.0 for 2 to keep it", node)
        return None

    def _cast(self, node: Any, memory: Memory) -> Operand:
        target = self.type_of(node.type, memory)
        operand = self.operand(node.argument, memory, real=target.kind in ("float", "angle"))
        if isinstance(operand, Register) and target.kind in ("bits", "uint", "int"):
            width = target.width or len(operand.bits)
            if target.width is None or target.kind != "int" or width == len(operand.bits):
                kind = Type("uint", width) if target == INT else Type(target.kind, width)
                return Register(kind, resized(operand.bits, width))
        value = self.converted(target, operand, node)
        return Register(target, split(value)) if target.kind == "bits" else value

    def _call(self, node: Any, memory: Memory) -> Operand:
        if id(node) in memory.results:
            result = memory.results[id(node)]
            if result is None:
                raise unreadable(
                    f"a function with a result expected, found {node.name.name} without one", node
                )
            return self._read(result, node, memory)
        name = node.name.name
        if name in memory.scope.names:
            symbol = self.symbol(node.name, memory)
            raise unreadable(f"a function expected, found {name!r}, a {type(symbol).__name__.lower()}", node)
        if name == "sizeof" and node.arguments:
            return self._size_of(ast.SizeOf(*node.arguments), memory)
        if name not in functions.NAMES:
            raise unreadable(f"a built-in function or one defined above expected, found {name!r}", node)
        operands = [self._value(self._operand(part, memory), part) for part in node.arguments]
        kinds = [operand.type for operand in operands]
        kind, function = self._guarded(functions.call, node, name, kinds)
        return self._guarded(lift, node, kind, function, *operands)

    _READERS: Mapping[type, Callable[[Any, Any, Memory], Operand]] = {
        ast.DurationOf: _duration_of,
        ast.SizeOf: _size_of,
        ast.Identifier: _identifier,
        ast.IndexExpression: _indexed,
        ast.IndexedIdentifier: _indexed,
        ast.Concatenation: _concatenation,
        ast.UnaryExpression: _unary,
        ast.BinaryExpression: _binary,
        ast.Cast: _cast,
        ast.FunctionCall: _call,
    }
