"""How much a circuit's `for` loops stand for."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import ForLoopOp

from qorum.circuits.refusal import NotCanonical
from qorum.circuits.walks import blocks_of


def check_rounds(circuit: QuantumCircuit, limit: int) -> None:
    """
    Raises:
        NotCanonical: its loops hold more than `limit` operations once they are written out.
    """
    if _rounds_size(circuit) > limit:
        raise NotCanonical(
            f"loops that unroll to at most {limit:,} operations expected, found longer ones; shorten them"
        )


def _rounds_size(circuit: QuantumCircuit) -> int:
    """Instructions after unrolling; an empty loop counts its rounds, for they take time as well."""
    size = 0
    for step in circuit.data:
        if not step.is_control_flow():
            size += 1
            continue
        inner = 1 + sum(_rounds_size(block) for block in blocks_of(step))
        size += inner * _rounds(step.operation) if isinstance(step.operation, ForLoopOp) else inner
    return size


def _rounds(loop: ForLoopOp) -> int:
    values: Any = loop.params[0]
    if isinstance(values, range):  # len() of a long one overflows
        return max(
            0, (values.stop - values.start + values.step - (1 if values.step > 0 else -1)) // values.step
        )
    return len(values)
