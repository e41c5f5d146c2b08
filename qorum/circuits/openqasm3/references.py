"""What names, parts of registers and arrays, and joined registers stand for."""

# The syntax tree carries few types.
# pyright: reportUnknownLambdaType=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from openqasm3 import ast

from qorum.circuits.openqasm3.indices import places
from qorum.circuits.openqasm3.problems import unreadable
from qorum.circuits.openqasm3.symbols import Array, Bits, Qubits, Refused, Scope, Symbol, Variable
from qorum.circuits.openqasm3.values import Value


class Memory(Protocol):
    """Where expressions find names, values and the results of calls."""

    @property
    def scope(self) -> Scope:
        """The names that can be seen."""
        ...

    @property
    def results(self) -> Mapping[int, Variable | Bits | None]:
        """What calls have returned, by the syntax tree's node."""
        ...

    def read(self, cell: int) -> Value:
        """The value in a cell."""
        ...


class References(ABC):
    """Finds what is named; indices are worked out by whoever works out expressions."""

    @abstractmethod
    def integer(self, node: Any, memory: Memory) -> int:
        """A whole number that must be known: an index, a bound, a size."""

    def shape(self, symbol: Symbol, node: Any) -> tuple[int, ...]:
        """How many bits or qubits a register has."""
        if isinstance(symbol, Bits):
            return (len(symbol.cells),)
        if isinstance(symbol, Qubits):
            return (len(symbol.qubits),)
        raise unreadable("a register or an array expected, found something else; correct it", node)

    def symbol(self, node: Any, memory: Memory) -> Symbol:
        """What a name, or part of a register or array, stands for."""
        if isinstance(node, ast.Identifier):
            symbol = memory.scope.names.get(node.name)
            if symbol is None:
                raise unreadable(f"a declared name expected, found {node.name!r}; declare it above", node)
            if isinstance(symbol, Refused):
                raise unreadable(symbol.reason, node)
            return symbol
        if isinstance(node, ast.IndexExpression):
            return self._part(self.symbol(node.collection, memory), [node.index], node, memory)
        if isinstance(node, ast.IndexedIdentifier):
            return self._part(self.symbol(node.name, memory), node.indices, node, memory)
        if isinstance(node, ast.Concatenation):
            left, right = self.symbol(node.lhs, memory), self.symbol(node.rhs, memory)
            if isinstance(left, Qubits) and isinstance(right, Qubits):
                return Qubits(left.qubits + right.qubits)
            if isinstance(left, Bits) and isinstance(right, Bits):
                return Bits(left.cells + right.cells, constant=left.constant or right.constant)
        raise unreadable(
            "a register, part of one or several joined by ++ expected, found something else", node
        )

    def _part(self, symbol: Symbol, indices: Sequence[Any], node: Any, memory: Memory) -> Symbol:
        for index in indices:
            axes = index if isinstance(index, list) else [index]
            if isinstance(symbol, Array):
                symbol = self._element(symbol, axes, node, memory)
                continue
            if len(axes) != 1 or not isinstance(symbol, Bits | Qubits):
                raise unreadable("one index into a register expected, found another; correct it", node)
            size = self.shape(symbol, node)[0]
            if getattr(symbol, "scalar", False):
                raise unreadable("a register before the index expected, found a single one; drop it", node)
            found = places(axes[0], size, lambda part: self.integer(part, memory), node)
            single = isinstance(found, int)
            chosen = (found,) if isinstance(found, int) else found
            if isinstance(symbol, Bits):
                cells = tuple(symbol.cells[place] for place in chosen)
                symbol = Bits(cells, single, symbol.constant)
            else:
                symbol = Qubits(tuple(symbol.qubits[place] for place in chosen), single)
        return symbol

    def _element(self, array: Array, axes: Sequence[Any], node: Any, memory: Memory) -> Symbol:
        """An element or part of an array."""
        if len(axes) > len(array.shape):
            raise unreadable(f"at most {len(array.shape)} indices expected, found {len(axes)}", node)
        cells, shape = list(array.cells), list(array.shape)
        kept: list[int] = []
        for axis, index in enumerate(axes):
            found = places(index, shape[axis], lambda part: self.integer(part, memory), node)
            single = isinstance(found, int)
            chosen = (found,) if isinstance(found, int) else found
            before = 1
            for size in kept:
                before *= size
            after = len(cells) // (before * shape[axis])
            cells = [
                cells[(outer * shape[axis] + place) * after + inner]
                for outer in range(before)
                for place in chosen
                for inner in range(after)
            ]
            if not single:
                kept.append(len(chosen))
        rest = (*kept, *shape[len(axes) :])
        if not rest:
            return Variable(cells[0], array.type, not array.writable)
        return Array(array.type, rest, tuple(cells), array.writable)
