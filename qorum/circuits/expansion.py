"""What an operation is defined to be, where Qiskit's own answer goes by the name or is not given at all.

A gate of somebody's own counts as its definition, never as its name. Qiskit keeps to that, but not under
a control: its `EFFICIENTLY_CONTROLLED_GATES` are known by name. So the control of such a gate is made
here, of the standard gates that the gate stands for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import (
    AnnotatedOperation,
    Barrier,
    CircuitInstruction,
    ControlledGate,
    ControlModifier,
    Gate,
    Instruction,
    InverseModifier,
    PowerModifier,
    Store,
)
from qiskit.circuit.library import MCPhaseGate, PauliEvolutionGate, PhaseGate, UnitaryGate
from qiskit.quantum_info import Clifford, Operator
from qiskit.transpiler.passes import HighLevelSynthesis

from qorum.circuits.refusal import MAX_DEFINITION_DEPTH, MAX_OPERATIONS, NotCanonical, too_many_operations

MAX_MATRIX_QUBITS = 6
"""Qubits of an operation that is taken as its matrix: an evolution, or a power that is no whole number."""


def definition_of(operation: Any) -> QuantumCircuit | None:
    """The circuit that an operation stands for; None for one that nothing defines.

    Raises:
        NotCanonical: it would be too large, or it controls what is no gate.
    """
    if isinstance(operation, AnnotatedOperation):
        return _annotated(operation)
    if isinstance(operation, Clifford):
        return operation.to_circuit()
    if isinstance(operation, ControlledGate) and not _is_known(operation.base_gate):
        gate: Any = operation.base_gate
        base = flattened([(gate, range(gate.num_qubits))])
        return controlled(base, operation.num_ctrl_qubits, operation.ctrl_state)
    entries = sum(
        np.size(value) for value in getattr(operation, "params", ()) if isinstance(value, np.ndarray)
    )
    if entries > MAX_OPERATIONS:
        raise NotCanonical(
            f"at most {MAX_OPERATIONS:,} numbers in a matrix expected, {operation.name} has {entries:,}; "
            "split it into smaller operations"
        )
    if isinstance(operation, PauliEvolutionGate):
        return _evolution(operation)
    body: QuantumCircuit | None = getattr(operation, "definition", None)
    return _synthesized(operation) if body is None else body


def is_approximated(operation: Any) -> bool:
    """Whether it stands for an evolution that is taken by the product formula that Qiskit makes of it."""
    return isinstance(operation, PauliEvolutionGate) and operation.num_qubits > MAX_MATRIX_QUBITS


def _evolution(gate: PauliEvolutionGate) -> QuantumCircuit:
    """Exactly where that is possible: the product formula is an approximation unless all terms commute."""
    formula: Any = gate.definition
    if gate.num_qubits > MAX_MATRIX_QUBITS or not _is_bound(gate):
        return formula
    matrix: Any = gate.to_matrix()
    if np.allclose(Operator(formula).data, matrix, atol=1e-9):
        return formula
    exact = QuantumCircuit(gate.num_qubits)
    exact.append(UnitaryGate(matrix), range(gate.num_qubits))
    return exact


def _is_bound(operation: Any) -> bool:
    return not any(getattr(value, "parameters", None) for value in operation.params)


def _synthesized(operation: Any) -> QuantumCircuit | None:
    """Of one of Qiskit's own operations that its transpiler alone writes out; None for any other."""
    module = type(operation).__module__ or ""  # a class written in Rust has none
    if not module.startswith("qiskit.") or type(operation) in (Gate, Instruction, Store):
        return None
    circuit = QuantumCircuit(operation.num_qubits, operation.num_clbits)
    circuit.append(operation, circuit.qubits, circuit.clbits)
    written: QuantumCircuit = HighLevelSynthesis(basis_gates=["u", "cx"])(circuit)
    return None if any(step.name == operation.name for step in written.data) else written


def flattened(steps: Sequence[tuple[Any, Sequence[int]]], num_qubits: int = 0) -> QuantumCircuit:
    """Standard gates and matrices, the global phase included, that some operations together stand for.

    Args:
        steps: operations and the qubits they act on.
        num_qubits: of the circuit; 0: as many as the steps act on.

    Raises:
        NotCanonical: something among them is no gate, or they are too many.
    """
    widest = max((qubit for _, qubits in steps for qubit in qubits), default=-1) + 1
    flat = QuantumCircuit(num_qubits or widest)
    for operation, qubits in steps:
        _flatten(operation, list(qubits), flat, 0)
    return flat


def controlled(flat: QuantumCircuit, num_controls: int, ctrl_state: int | None = None) -> QuantumCircuit:
    """A circuit of standard gates and matrices under controls, which become its first qubits.

    Args:
        flat: what is controlled.
        num_controls: how many qubits control it.
        ctrl_state: what they have to read, the first control least significant; None: all 1.
    """
    state = (1 << num_controls) - 1 if ctrl_state is None else ctrl_state
    circuit = QuantumCircuit(num_controls + flat.num_qubits)
    controls = list(range(num_controls))
    for step in flat.data:
        targets = [num_controls + flat.find_bit(qubit).index for qubit in step.qubits]
        operation: Any = step.operation
        if targets:
            circuit.append(
                operation.control(num_controls, ctrl_state=state, annotated=False), controls + targets
            )
    _controlled_phase(circuit, float(flat.global_phase), controls, state)
    return circuit


def _controlled_phase(circuit: QuantumCircuit, phase: float, controls: list[int], state: int) -> None:
    if not phase:
        return
    zeros = [qubit for qubit in controls if not state >> qubit & 1]
    gate = PhaseGate(phase) if len(controls) == 1 else MCPhaseGate(phase, len(controls) - 1)
    if zeros:
        circuit.x(zeros)
    circuit.append(gate, controls)
    if zeros:
        circuit.x(zeros)


def _is_known(gate: Any) -> bool:
    """Whether Qiskit controls it as what it is: a standard gate or a matrix."""
    if isinstance(gate, UnitaryGate):
        return True
    circuit = QuantumCircuit(gate.num_qubits)
    return CircuitInstruction(gate, circuit.qubits).is_standard_gate()


def _flatten(operation: Any, qubits: list[int], flat: QuantumCircuit, depth: int) -> None:
    if depth > MAX_DEFINITION_DEPTH or len(flat.data) > MAX_OPERATIONS:
        raise too_many_operations()
    if isinstance(operation, Gate) and _is_known(operation):
        if operation.name == "global_phase":
            flat.global_phase += operation.params[0]
        else:
            flat.append(operation, qubits)
        return
    body = definition_of(operation)
    if isinstance(operation, Barrier):
        return
    if body is None or body.num_clbits:
        raise NotCanonical(
            f"a gate expected under a control, inverse or power, found {operation.name!r}; apply it outside"
        )
    flat.global_phase += body.global_phase
    for step in body.data:
        inner = [qubits[body.find_bit(qubit).index] for qubit in step.qubits]
        _flatten(step.operation, inner, flat, depth + 1)


def _annotated(operation: AnnotatedOperation) -> QuantumCircuit:
    base: Any = operation.base_op
    body = flattened([(base, range(base.num_qubits))], base.num_qubits)
    for modifier in operation.modifiers:
        if isinstance(modifier, InverseModifier):
            body = body.inverse()
        elif isinstance(modifier, ControlModifier):
            state: Any = modifier.ctrl_state
            body = flattened_circuit(controlled(body, modifier.num_ctrl_qubits, state))
        elif isinstance(modifier, PowerModifier):
            body = _power(body, float(modifier.power))
        else:
            raise NotCanonical(
                f"inverse, control and power expected, found the modifier {type(modifier).__name__}"
            )
    return body


def flattened_circuit(circuit: QuantumCircuit) -> QuantumCircuit:
    """`flattened` of a circuit of gates."""
    steps = [
        (step.operation, [circuit.find_bit(qubit).index for qubit in step.qubits]) for step in circuit.data
    ]
    flat = flattened(steps, circuit.num_qubits)
    flat.global_phase += circuit.global_phase
    return flat


def _power(flat: QuantumCircuit, power: float) -> QuantumCircuit:
    whole = round(power)
    if abs(power - whole) < 1e-12:
        if abs(whole) * max(1, len(flat.data)) > MAX_OPERATIONS:
            raise too_many_operations()
        once = flat if whole >= 0 else flat.inverse()
        repeated = QuantumCircuit(flat.num_qubits)
        for _ in range(abs(whole)):
            repeated.compose(once, inplace=True)
        return repeated
    if flat.num_qubits > MAX_MATRIX_QUBITS:
        raise NotCanonical(
            f"at most {MAX_MATRIX_QUBITS} qubits expected in a power that is no whole number, found "
            f"{flat.num_qubits}; write the root out"
        )
    rooted = QuantumCircuit(flat.num_qubits)
    rooted.append(UnitaryGate(Operator(flat).power(power)), range(flat.num_qubits))
    return rooted
