"""Random circuits as objects: what is common to the code that makes them, whatever the library.

The text of such a program is Python; executed, it leaves a circuit under the name `circuit`. What its
statements mean is told by themselves on an exact machine: matrices of plain gates are the library's, all that
is made of them (controls, inverses, gates of one's own, conditions, loops) is worked out here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from benchmarks._reading_trees import Body, Gate, Matrix, Run, Statement, controlled, embedded
from blocks.circuits.objects import read_object
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.hidden import shown_bits
from qorum.circuits.second_reading.circuit_program import circuit_program
from qorum.circuits.second_reading.machine import distribution

ANGLES = (0.25, 0.5, -0.5, 1.0, 0.3, -0.7, 1.3, 2.1)


class Disputed(Exception):
    """Two readings of one object differ: one of them is wrong."""


def made(text: str, **names: Any) -> Any:
    """What a program's code calls `circuit`; `names` are known to it."""
    exec(compile(text, "program", "exec"), names)
    return names["circuit"]


def read(text: str) -> dict[str, float]:
    """What the object that a program makes samples as a run reads it."""
    return sampled(made(text))


def sampled(circuit: Any) -> dict[str, float]:
    """What an object samples as a run reads it.

    Raises:
        CircuitRejected: it cannot be run.
        Disputed: its two readings differ.
    """
    found = read_object(circuit)
    if not isinstance(found, AcceptedCircuit):
        raise found
    if found.spec.disputed_reading:
        raise Disputed(found.spec.disputed_reading)
    shown, total = shown_bits(found.circuit), dict[str, float]()
    for outcome, chance in distribution(circuit_program(found.circuit), 1e6).items():
        kept = outcome[len(outcome) - shown :]
        total[kept] = total.get(kept, 0.0) + chance
    return total


@dataclass(frozen=True)
class Piece:
    """A gate in code.

    Attributes:
        text: the expression that makes it.
        width: qubits.
        matrix: 2^k × 2^k in a run, operand 0 least significant.
    """

    text: str
    width: int
    matrix: Callable[[Run], Matrix]


def little(matrix: Any) -> Matrix:
    """A matrix whose first operand is the most significant as one whose first is the least."""
    whole = np.asarray(matrix, dtype=np.complex128)
    width = len(whole).bit_length() - 1
    order = [*range(width)[::-1], *range(width, 2 * width)[::-1]]
    return whole.reshape((2,) * 2 * width).transpose(order).reshape(whole.shape)


def with_controls(piece: Piece, text: str, values: Sequence[int]) -> Piece:
    """The gate under controls, which come first and must read these values."""

    def matrix(run: Run) -> Matrix:
        inner = piece.matrix(run)
        for value in reversed(values):
            inner = controlled(inner, 1, value)
        return inner

    return Piece(text, piece.width + len(values), matrix)


def with_either(piece: Piece, text: str, rows: Sequence[Sequence[int]]) -> Piece:
    """The gate under as many controls as a row has values, which must read one of the rows."""

    def matrix(run: Run) -> Matrix:
        total = np.eye(2 ** (piece.width + len(rows[0])), dtype=np.complex128)
        for row in rows:
            total = total @ with_controls(piece, "", row).matrix(run)
        return total

    return Piece(text, piece.width + len(rows[0]), matrix)


def inverse(piece: Piece, text: str) -> Piece:
    """The gate undone."""
    return Piece(text, piece.width, lambda run: piece.matrix(run).conj().T)


def power(piece: Piece, text: str, times: int) -> Piece:
    """The gate done so many times; undone where that is negative."""
    return Piece(text, piece.width, lambda run: np.linalg.matrix_power(piece.matrix(run), times))


def own(name: str, steps: Sequence[tuple[Piece, Sequence[int]]], width: int) -> Callable[[Run], None]:
    """What defining a gate by others does: its name stands for their product."""

    def do(run: Run) -> None:
        total = np.eye(2**width, dtype=np.complex128)
        for piece, places in steps:
            total = embedded(piece.matrix(run), places, width) @ total
        run.declare(name, Gate(0, width, lambda: total))

    return do


def places_of(rng: Generator, width: int, among: int) -> list[int]:
    """Different ones of so many, in any order."""
    return [int(place) for place in rng.permutation(among)[:width]]


def apply(run: Run, piece: Piece, places: Sequence[int]) -> None:
    """Do a gate on qubits of the program."""
    qubits = run["q"].places
    run.machine.apply(piece.matrix(run), [qubits[place] for place in places])


STATES = {1: [0.6, 0.8j], 2: [0.5, 0.5j, -0.5, 0.5]}
"""Amplitudes to prepare, by the number of qubits."""


def prepare(run: Run, amplitudes: Sequence[complex], places: Sequence[int]) -> None:
    """Bring qubits of the program to a state, whatever they were in; the first is the least significant."""
    qubits = [run["q"].places[place] for place in places]
    for qubit in qubits:
        run.machine.reset(qubit)
    columns = np.column_stack([amplitudes, np.eye(len(amplitudes))[:, 1:]])
    run.machine.apply(np.linalg.qr(columns)[0], qubits)


def suite(block: str) -> tuple[str, str]:
    """A block of code, with its colon, and the indentation of the line that it belongs to."""
    inside, _, last = block.rpartition("\n")
    return (f":{inside[1:]}" if inside.strip("{ \n") else ": pass"), last[:-1]


def nested(write: Callable[[Sequence[str]], str], do: Callable[..., None], *bodies: Body) -> Statement:
    """A statement with blocks."""
    return Statement(write, do, tuple(bodies))
