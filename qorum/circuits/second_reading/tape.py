"""Programs that only apply gates, measure and reset, written down and compared step by step.

Two tapes with the same gates on the same qubits sample the same, whatever their width, and to see it takes
no amplitudes. Tapes that differ prove nothing: gates may be written otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qorum.circuits.second_reading.machine import Amplitudes, Bit, Machine, Program, Unread

MAX_STEPS = 10_000
_LARGEST_DIFFERENCE = 1e-12
"""What 1 less the overlap of two gates may come to by arithmetic."""

_RESET, _MEASURED = -1, -2

Step = tuple[int, ...]
"""Width of a gate's matrix, or _RESET or _MEASURED, and qubits in the order of their first use."""


class NotWritten(Exception):
    """The program decides by what it measures, or is too long."""


@dataclass(frozen=True)
class Tape:
    """What a program did.

    Attributes:
        steps: gates, measurements and resets in order.
        matrices: those of the gates, by their width, in order; without the ones on no qubit.
        bits: its classical bits: a value, or the number of the measurement.
    """

    steps: list[Step]
    matrices: dict[int, list[Amplitudes]]
    bits: list[tuple[str, int]]


class _Writer(Machine):
    """Writes down instead of computing."""

    def __init__(self) -> None:
        self.memory = {}
        self.steps: list[Step] = []
        self.matrices: dict[int, list[Amplitudes]] = defaultdict(list)
        self._numbers: dict[int, int] = {}
        self._last: dict[int, Unread] = {}
        self._measured = 0

    def step(self) -> None:
        self._write(0, ())

    def apply(self, matrix: Amplitudes, qubits: Sequence[int]) -> None:
        self._write(len(matrix), qubits)
        self.matrices[len(matrix)].append(matrix)

    def measure(self, qubit: int) -> Bit:
        if qubit not in self._last:
            self._write(_MEASURED, (qubit,))
            self._measured += 1
            self._last[qubit] = Unread(qubit, self._measured)
        return self._last[qubit]

    def read(self, bit: Bit) -> int:
        if isinstance(bit, Unread):
            raise NotWritten
        return int(bit)

    def reset(self, qubit: int) -> None:
        self._write(_RESET, (qubit,))

    def touch(self, qubit: int) -> None:
        del qubit

    def _write(self, kind: int, qubits: Sequence[int]) -> None:
        if len(self.steps) == MAX_STEPS:
            raise NotWritten
        for qubit in qubits:
            self._last.pop(qubit, None)
        numbers = self._numbers
        self.steps.append((kind, *[numbers.setdefault(qubit, len(numbers)) for qubit in qubits]))


def written(program: Program) -> Tape | None:
    """The tape of a program; None of one that decides by what it measures."""
    writer = _Writer()
    try:
        bits = program(writer)
    except NotWritten:
        return None
    kept = [("measured", bit.number) if isinstance(bit, Unread) else ("value", int(bit)) for bit in bits]
    return Tape([step for step in writer.steps if len(step) > 1], writer.matrices, kept)


def same(one: Tape, other: Tape) -> bool:
    """Whether both do the same step by step; gates may differ by a global phase of their own."""
    if one.steps != other.steps or one.bits != other.bits:
        return False
    return all(
        _same_gates(found, other.matrices[width]) for width, found in one.matrices.items() if width > 1
    )


def _same_gates(some: Sequence[Amplitudes], others: Sequence[Amplitudes]) -> bool:
    first, second = np.array(some), np.array(others)
    overlaps = np.abs(np.einsum("gij,gij->g", first.conj(), second)) / first.shape[-1]
    return bool((np.abs(1.0 - overlaps) <= _LARGEST_DIFFERENCE).all())
