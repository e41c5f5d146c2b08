"""`for` loops written out, for no backend of ours runs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import BreakLoopOp, ContinueLoopOp, ControlFlowOp, ForLoopOp

from qorum.circuits.definitions import NotCanonical


def unroll_loops(circuit: QuantumCircuit, limit: int) -> QuantumCircuit:
    """The circuit with each `for` replaced by its rounds; the very same one if there is none.

    Raises:
        NotCanonical: the rounds hold more than `limit` operations, or a loop is left early.
    """
    if not _has_loop(circuit):
        return circuit
    if _rounds_size(circuit) > limit:
        raise NotCanonical(
            f"loops that unroll to at most {limit:,} operations expected, found longer ones; shorten them"
        )
    return _unrolled(circuit)


def _has_loop(circuit: QuantumCircuit) -> bool:
    if not circuit.has_control_flow_op():
        return False
    operations = [step.operation for step in circuit.data if step.is_control_flow()]
    if any(isinstance(operation, BreakLoopOp | ContinueLoopOp) for operation in operations):
        raise NotCanonical("loops with a fixed number of rounds expected, found `break` or `continue`")
    blocks = [block for operation in operations for block in _blocks(operation)]
    inner = [_has_loop(block) for block in blocks]
    return any(inner) or any(isinstance(operation, ForLoopOp) for operation in operations)


def _blocks(operation: object) -> Sequence[QuantumCircuit]:
    return operation.blocks if isinstance(operation, ControlFlowOp) else ()


def _rounds_size(circuit: QuantumCircuit) -> int:
    """Instructions after unrolling; an empty loop counts its rounds, for they take time as well."""
    size = 0
    for step in circuit.data:
        if not step.is_control_flow():
            size += 1
            continue
        inner = 1 + sum(_rounds_size(block) for block in _blocks(step.operation))
        size += inner * _rounds(step.operation) if isinstance(step.operation, ForLoopOp) else inner
    return size


def _rounds(loop: ForLoopOp) -> int:
    values: Any = loop.params[0]
    if isinstance(values, range):  # len() of a long one overflows
        return max(
            0, (values.stop - values.start + values.step - (1 if values.step > 0 else -1)) // values.step
        )
    return len(values)


def _unrolled(circuit: QuantumCircuit) -> QuantumCircuit:
    flat = circuit.copy_empty_like()
    for step in circuit.data:
        operation = step.operation
        if isinstance(operation, ForLoopOp):
            params: Any = operation.params
            values, parameter, body = params[0], params[1], _unrolled(params[2])
            for value in values:
                bound = body.assign_parameters({parameter: value}) if parameter in body.parameters else body
                flat.compose(bound, step.qubits, step.clbits, inplace=True, copy=False)
        elif isinstance(operation, ControlFlowOp):
            blocks = [_unrolled(block) for block in operation.blocks]
            flat.append(operation.replace_blocks(blocks), step.qubits, step.clbits)
        else:
            flat.append(step)
    return flat
