"""What a name stands for, and where it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from openqasm3 import ast

from qorum.circuits.openqasm3.types import Type


@dataclass(frozen=True, slots=True)
class Variable:
    """A scalar in a cell."""

    cell: int
    type: Type
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Bits:
    """Classical bits, each in a cell of its own; an alias names the same cells again."""

    cells: tuple[int, ...]
    scalar: bool = False
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """An array in row-major order, each element in a cell of its own."""

    type: Type
    shape: tuple[int, ...]
    cells: tuple[int, ...]
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Qubits:
    """A qubit or a register, or an alias of some."""

    qubits: tuple[int, ...]
    scalar: bool = False


@dataclass(frozen=True, eq=False)
class OwnGate:
    """A gate that the program defines."""

    name: str
    parameters: tuple[str, ...]
    qubits: tuple[str, ...]
    body: tuple[ast.Statement, ...]
    scope: Scope
    node: Any = field(repr=False)


@dataclass(frozen=True, eq=False)
class LibraryGate:
    """A gate of a library.

    Attributes:
        name: as programs write it.
        num_parameters: how many angles.
        num_qubits: how many operands.
        build: from the angles (radians) to its parts in order: see `gates.Part`.
    """

    name: str
    num_parameters: int
    num_qubits: int
    build: Callable[..., Any]


@dataclass(frozen=True, eq=False)
class Subroutine:
    """What a `def` declares, with the constants that it may read."""

    node: ast.SubroutineDefinition
    scope: Scope


@dataclass(frozen=True, slots=True)
class Refused:
    """A name whose every use is refused, with the reason."""

    reason: str


Symbol = Variable | Bits | Array | Qubits | OwnGate | LibraryGate | Subroutine | Refused


@dataclass(frozen=True, eq=False, slots=True)
class Scope:
    """Names and what they stand for; a scope never changes, declaring makes another.

    Attributes:
        names: all that can be seen.
        own: those declared in the innermost block, which may not be declared again.
        open: whether this is the program itself, whose variables keep their values to the end.
    """

    names: Mapping[str, Symbol] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    open: bool = True

    def declared(self, name: str, symbol: Symbol) -> Scope:
        """The scope with one more name."""
        return Scope({**self.names, name: symbol}, self.own | {name}, self.open)

    def inner(self) -> Scope:
        """The scope of a block within."""
        return Scope(self.names, frozenset(), False)

    def closed(self) -> Scope:
        """The scope of a gate or subroutine: constants, gates and subroutines only."""
        kept = {
            name: symbol
            for name, symbol in self.names.items()
            if isinstance(symbol, OwnGate | LibraryGate | Subroutine | Refused)
            or (isinstance(symbol, Variable | Bits) and symbol.constant)
            or (isinstance(symbol, Array) and not symbol.writable)
        }
        return Scope(kept, frozenset(), False)
