"""What an OpenQASM 3 program has declared, and the state of its bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from qorum.circuits.second_reading.machine import Bit
from qorum.circuits.second_reading.openqasm3_grammar import Node
from qorum.circuits.second_reading.openqasm3_values import Value
from qorum.circuits.second_reading.tokens import Abstains

MAX_REGISTER = 4096


@dataclass
class Variable:
    """A number or truth with its type; `value` is None until it has one."""

    kind: str
    width: int | None
    value: Value | None
    constant: bool


@dataclass(frozen=True)
class Places:
    """Qubits or bits by their places; `single` where no register stands for them."""

    kind: str
    places: list[int]
    single: bool


@dataclass(frozen=True)
class Routine:
    """A subroutine: parameters with types, type of the result, body."""

    parameters: Sequence[tuple[Node, str]]
    result: Node | None
    body: list[Node]


@dataclass
class Memory:
    """What a program has declared, and the state of its bits.

    Attributes:
        library: what the language and its includes declare, which a program may declare anew.
        cells: all bits; `results` are those that belong to the result, in order.
        physical: places of the physical qubits that were named.
    """

    scopes: list[dict[str, Any]] = field(default_factory=lambda: [{}])
    library: dict[str, Any] = field(default_factory=dict[str, Any])
    cells: list[Bit] = field(default_factory=list[Bit])
    results: list[int] = field(default_factory=list[int])
    num_qubits: int = 0
    physical: dict[str, int] = field(default_factory=dict[str, int])
    routine: Routine | None = None

    def find(self, name: str) -> Any:
        """What a name stands for; None where it is not declared."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return self.library.get(name)

    def declare(self, name: str, what: Any, *, again: bool = False) -> None:
        """Have a name stand for something from here to the end of the block."""
        if name in self.scopes[-1] and not again:
            raise Abstains(f"a second {name!r}")
        self.scopes[-1][name] = what

    def new_qubits(self, count: int) -> list[int]:
        """Places of so many qubits more."""
        if not 0 <= count <= MAX_REGISTER:
            raise Abstains(f"a register of {count} qubits")
        self.num_qubits += count
        return list(range(self.num_qubits - count, self.num_qubits))

    def new_cells(self, bits: Sequence[Bit], *, visible: bool) -> list[int]:
        """Places of these bits, which are part of the result if visible."""
        start = len(self.cells)
        self.cells += bits
        cells = list(range(start, len(self.cells)))
        self.results += cells if visible else []
        return cells
