"""Walks through a circuit and the blocks of its control flow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp


def blocks_of(step: Any) -> Sequence[QuantumCircuit]:
    """The blocks of control flow; none of anything else."""
    if not step.is_control_flow():  # asked first: to look at the operation itself is slow
        return ()
    return cast(ControlFlowOp, step.operation).blocks


def steps_within(circuit: QuantumCircuit) -> Iterator[Any]:
    """All instructions but control flow, in order: those of all branches, of a loop's body once."""
    for step in circuit.data:
        if step.is_control_flow():
            for block in blocks_of(step):
                yield from steps_within(block)
        else:
            yield step


def placed_steps(
    circuit: QuantumCircuit, qubits: Sequence[int] | None = None
) -> Iterator[tuple[Any, list[int]]]:
    """`steps_within`, each with the indices of its qubits in the whole circuit; a block is told its own."""
    place = _bound(circuit.qubits, qubits)
    for step in circuit.data:
        where = [place[qubit] for qubit in step.qubits]
        if step.is_control_flow():
            for block in blocks_of(step):
                yield from placed_steps(block, where)
        else:
            yield step, where


def places_of(
    circuit: QuantumCircuit, qubits: Sequence[int] | None = None, clbits: Sequence[int] | None = None
) -> dict[Any, int]:
    """The index of each bit of a circuit; of a block, whose bits are bound by position, in the whole one."""
    return _bound(circuit.qubits, qubits) | _bound(circuit.clbits, clbits)


def _bound(bits: Sequence[Any], places: Sequence[int] | None) -> dict[Any, int]:
    return dict(zip(bits, range(len(bits)) if places is None else places, strict=True))
