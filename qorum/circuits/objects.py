"""Circuits of Qiskit, Cirq and PennyLane as the text that a run takes."""

from __future__ import annotations

import sys

from qiskit import QuantumCircuit, qasm2, qasm3

from qorum.circuits.formats import export_cirq, export_pennylane


def as_text(circuit: object) -> str:
    """OpenQASM of a circuit object; text comes back as it is.

    A `QuantumCircuit` becomes OpenQASM 2, or OpenQASM 3 where it branches; a `cirq.Circuit`, a
    PennyLane tape or a QNode without arguments becomes OpenQASM 2. Bit order: see
    `qorum.circuits.formats`.

    Raises:
        TypeError: an object of another kind.
        ValueError: the library cannot write the circuit, e.g. one with unbound parameters.
    """
    if isinstance(circuit, str):
        return circuit
    if not (isinstance(circuit, QuantumCircuit) or hasattr(circuit, "to_qasm") or _is_pennylane(circuit)):
        raise TypeError(
            "OpenQASM text, a template, a QuantumCircuit, a cirq.Circuit, a PennyLane tape or a QNode"
            f" expected, found {type(circuit).__name__}"
        )
    try:
        if isinstance(circuit, QuantumCircuit):
            return _from_qiskit(circuit)
        if hasattr(circuit, "to_qasm"):
            return export_cirq(circuit)
        return export_pennylane(_tape(circuit))
    except Exception as error:
        kind = type(circuit).__name__
        raise ValueError(f"a {kind} that can be written as OpenQASM expected: {error}") from error


def _from_qiskit(circuit: QuantumCircuit) -> str:
    if circuit.parameters:
        names = ", ".join(parameter.name for parameter in circuit.parameters)
        raise ValueError(f"bind the parameters {names} with assign_parameters")
    return qasm3.dumps(circuit) if circuit.has_control_flow_op() else qasm2.dumps(circuit)


def _is_pennylane(circuit: object) -> bool:
    return type(circuit).__module__.partition(".")[0] == "pennylane"


def _tape(circuit: object) -> object:
    if not callable(circuit):
        return circuit
    return sys.modules["pennylane"].workflow.construct_tape(circuit)()
