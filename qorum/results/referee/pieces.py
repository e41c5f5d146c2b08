"""What of a circuit its measurements see, in parts that do not depend on each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit

from qorum.circuits.idle import without_idle_steps

DIAGONAL = frozenset(
    ("z", "s", "sdg", "t", "tdg", "rz", "p", "u1", "id", "cz", "cs", "csdg", "cp", "cu1", "crz", "rzz", "ccz")
)
"""Gates that change phases only: before a measurement of all their qubits they change nothing."""


@dataclass(frozen=True)
class Piece:
    """Qubits that share no gate with any other.

    Attributes:
        circuit: their gates alone, on as many qubits.
        measured: those of its qubits that are read, ascending.
        clbits: which clbit of the whole circuit each of `measured` is read to.
    """

    circuit: QuantumCircuit
    measured: tuple[int, ...]
    clbits: tuple[int, ...]


@dataclass(frozen=True)
class Pieces:
    """A circuit taken apart.

    Attributes:
        pieces: each with at least one qubit that is read.
        blank: clbits that nothing is written to; they read 0.
        copies: pairs of clbits that hold one qubit's outcome.
        num_clbits: width of the keys.
    """

    pieces: tuple[Piece, ...]
    blank: tuple[int, ...]
    copies: tuple[tuple[int, int], ...]
    num_clbits: int


class NotStatic(ValueError):
    """The circuit measures in mid-circuit, resets or branches: no one state has all its outcomes."""


def take_apart(circuit: QuantumCircuit) -> Pieces:
    """The light cone of what is measured, split into independent pieces.

    Raises:
        NotStatic: a gate follows a measurement of its qubit, or a reset or branch is there.
    """
    gates, read = _split(without_idle_steps(circuit))
    first: dict[int, int] = {}
    copies: list[tuple[int, int]] = []
    for clbit, qubit in sorted(read.items()):
        if qubit in first:
            copies.append((first[qubit], clbit))
        first.setdefault(qubit, clbit)
    seen = _seen(gates, set(first))
    pieces = tuple(_piece(qubits, steps, first) for qubits, steps in _components(seen, first))
    blank = tuple(clbit for clbit in range(circuit.num_clbits) if clbit not in read)
    return Pieces(pieces, blank, tuple(copies), circuit.num_clbits)


_Step = tuple[Any, tuple[int, ...]]
"""A gate and its qubits' indices."""


def _split(circuit: QuantumCircuit) -> tuple[list[_Step], dict[int, int]]:
    """Gates in order, and the qubit that each clbit holds in the end."""
    place: dict[Any, int] = {bit: index for index, bit in enumerate(circuit.qubits)}
    place |= {bit: index for index, bit in enumerate(circuit.clbits)}
    gates: list[_Step] = []
    read: dict[int, int] = {}
    measured: set[int] = set()
    for step in circuit.data:
        qubits = tuple(place[qubit] for qubit in step.qubits)
        if step.name == "barrier":
            continue
        if step.name == "measure":
            read[place[step.clbits[0]]] = qubits[0]
            measured.update(qubits)
        elif step.clbits or step.is_control_flow() or step.name in ("reset", "store", "initialize"):
            raise NotStatic(f"{step.name} is no gate")
        elif not measured.isdisjoint(qubits):
            raise NotStatic(f"{step.name} follows a measurement")
        else:
            gates.append((step.operation, qubits))
    return gates, read


def _seen(gates: list[_Step], measured: set[int]) -> list[_Step]:
    """The gates that can change what is measured: backwards, from the measured qubits."""
    active, only_read = set(measured), set(measured)
    kept: list[_Step] = []
    for operation, qubits in reversed(gates):
        touched = active.intersection(qubits)
        if not touched or (operation.name in DIAGONAL and touched <= only_read):
            continue
        active.update(qubits)
        only_read.difference_update(qubits)
        kept.append((operation, qubits))
    return kept[::-1]


def _components(gates: list[_Step], measured: Iterable[int]) -> list[tuple[list[int], list[_Step]]]:
    parent = {qubit: qubit for qubit in measured}

    def root(qubit: int) -> int:
        parent.setdefault(qubit, qubit)
        while parent[qubit] != qubit:
            parent[qubit] = qubit = parent[parent[qubit]]
        return qubit

    for _, qubits in gates:
        for qubit in qubits:
            parent[root(qubit)] = root(qubits[0])
    groups: dict[int, tuple[list[int], list[_Step]]] = {}
    for qubit in sorted(parent):
        groups.setdefault(root(qubit), ([], []))[0].append(qubit)
    for step in gates:
        groups[root(step[1][0])][1].append(step)
    return list(groups.values())


def _piece(qubits: list[int], steps: list[_Step], clbit_of: dict[int, int]) -> Piece:
    local = {qubit: index for index, qubit in enumerate(qubits)}
    circuit = QuantumCircuit(len(qubits))
    for operation, operands in steps:
        circuit.append(operation, [local[qubit] for qubit in operands])
    read = [qubit for qubit in qubits if qubit in clbit_of]
    return Piece(circuit, tuple(local[qubit] for qubit in read), tuple(clbit_of[qubit] for qubit in read))
