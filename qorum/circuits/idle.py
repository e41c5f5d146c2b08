"""What changes nothing: qubits that nothing acts on; on a simulator delays and resets of fresh qubits."""

from __future__ import annotations

from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import ControlFlowOp

from qorum.circuits.walks import steps_within


def without_idle_steps(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit without delays, and without resets of qubits that nothing has acted on.

    Returns:
        The very same circuit if it has neither.
    """
    may_be_idle = any(step.name in ("delay", "reset") for step in steps_within(circuit))
    return _thinned(circuit, set(circuit.qubits)) if may_be_idle else circuit


FEW_QUBITS = 10
"""Up to here, idle qubits cost nothing, and a circuit stays as it was written."""


def without_idle_qubits(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit without the qubits that nothing but barriers and delays touches.

    A circuit that was compiled for a device has as many qubits as the device. Classical bits stay.

    Returns:
        The very same circuit if there are none, or nothing else, or FEW_QUBITS in all.
    """
    if circuit.num_qubits <= FEW_QUBITS:
        return circuit
    busy = {qubit for step in circuit.data if step.name not in ("barrier", "delay") for qubit in step.qubits}
    if not busy or len(busy) == circuit.num_qubits:
        return circuit
    kept = [qubit for qubit in circuit.qubits if qubit in busy]
    registers = [register for register in circuit.qregs if busy.issuperset(register)]
    compact = QuantumCircuit(kept, circuit.clbits, *registers, *circuit.cregs, name=circuit.name)
    compact.metadata, compact.global_phase = circuit.metadata, circuit.global_phase
    for step in circuit.data:
        qubits = [qubit for qubit in step.qubits if qubit in busy]
        if len(qubits) == len(step.qubits):
            compact.append(step)
        elif step.name == "barrier" and qubits:
            compact.barrier(qubits)
    return compact


def _thinned(circuit: QuantumCircuit, fresh: set[Any]) -> QuantumCircuit:
    thin = circuit.copy_empty_like()
    for step in circuit.data:
        if step.name == "delay" or (step.name == "reset" and step.qubits[0] in fresh):
            continue
        operation = step.operation
        if step.name != "barrier":
            fresh.difference_update(step.qubits)
        if isinstance(operation, ControlFlowOp):
            blocks = [_thinned(block, set()) for block in operation.blocks]
            thin.append(operation.replace_blocks(blocks), step.qubits, step.clbits)
        else:
            thin.append(step)
    return thin
