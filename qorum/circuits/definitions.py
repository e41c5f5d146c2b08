"""Gates of a circuit's own, replaced by what they are defined to be.

A text of a few lines can define a gate that stands for any number of others. Qiskit's QPY writes such
definitions one within another, each as often as it is called, and its transpiler expands them anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Barrier, ControlFlowOp, Delay, Measure, Reset, Store
from qiskit.circuit.library import StatePreparation, UnitaryGate

from qorum.circuits.expansion import definition_of
from qorum.circuits.refusal import (
    MAX_DEFINITION_DEPTH,
    MAX_OPERATIONS,
    NotCanonical,
    too_many_operations,
)
from qorum.circuits.walks import steps_within

__all__ = [
    "DENSE_LEAVES",
    "LEAVES",
    "MAX_DEFINITION_DEPTH",
    "MAX_OPERATIONS",
    "NotCanonical",
    "body_of",
    "inline_definitions",
    "is_dense_leaf",
    "too_many_operations",
]

LEAVES = (Measure, Reset, Barrier, Delay)
DENSE_LEAVES = (UnitaryGate, StatePreparation)
"""Operations that stay as they are, though Qiskit could define them by others."""


def inline_definitions(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit in standard gates, measurements and other operations without a definition.

    Branches are inlined as well.

    Returns:
        The very same circuit if it calls no gate of its own.

    Raises:
        NotCanonical: more than MAX_OPERATIONS, each call of a defined gate counted as well,
            definitions deeper than MAX_DEFINITION_DEPTH, or one that stores into its bits.
    """
    return _Inliner().inline(circuit)


class _Inliner:
    """Counts what it meets, to stop early at circuits that explode."""

    def __init__(self) -> None:
        self._left = MAX_OPERATIONS

    def inline(self, circuit: QuantumCircuit) -> QuantumCircuit:
        if not _calls_own_gates(circuit):
            self._take(len(circuit.data))
            return circuit
        flat = circuit.copy_empty_like()
        self._expand(circuit, {bit: bit for bit in [*circuit.qubits, *circuit.clbits]}, flat, 0)
        return flat

    def _expand(
        self, circuit: QuantumCircuit, place: Mapping[Any, Any], flat: QuantumCircuit, depth: int
    ) -> None:
        if depth > MAX_DEFINITION_DEPTH:
            raise NotCanonical(
                f"gate definitions at most {MAX_DEFINITION_DEPTH} deep expected, found deeper ones; "
                "define the gates from standard ones"
            )
        self._take(len(circuit.data))
        for step in circuit.data:
            qubits = [place[bit] for bit in step.qubits]
            if step.is_standard_gate():
                flat.append(step.replace(qubits=qubits), copy=False)
            else:
                clbits = [place[bit] for bit in step.clbits]
                self._expand_other(step.operation, qubits, clbits, flat, depth)

    def _expand_other(
        self, operation: Any, qubits: Sequence[Any], clbits: Sequence[Any], flat: QuantumCircuit, depth: int
    ) -> None:
        if isinstance(operation, ControlFlowOp):
            blocks = [self.inline(block) for block in operation.blocks]
            flat.append(operation.replace_blocks(blocks), qubits, clbits, copy=False)
        elif (body := body_of(operation)) is not None:
            inner = dict(zip([*body.qubits, *body.clbits], [*qubits, *clbits], strict=True))
            self._expand(body, inner, flat, depth + 1)
        elif depth and isinstance(operation, Store):  # its bits are the definition's own, not the circuit's
            raise NotCanonical("a definition that stores nothing expected, found store; write it without")
        else:
            flat.append(operation, qubits, clbits, copy=False)

    def _take(self, how_many: int) -> None:
        self._left -= how_many
        if self._left < 0:
            raise too_many_operations()


def _calls_own_gates(circuit: QuantumCircuit) -> bool:
    others = (step.operation for step in steps_within(circuit) if not step.is_standard_gate())
    return any(body_of(operation) is not None for operation in others)


def is_dense_leaf(operation: Any) -> bool:
    """Whether it is a matrix or a state; not a state's inverse, which QPY brings back as the state."""
    return isinstance(operation, DENSE_LEAVES) and not str(operation.name).endswith("_dg")


def body_of(operation: Any) -> QuantumCircuit | None:
    """What an operation is written out as; None for one that stays as it is.

    Raises:
        NotCanonical: see `expansion.definition_of`.
    """
    if isinstance(operation, LEAVES) or is_dense_leaf(operation):
        return None
    return definition_of(operation)
