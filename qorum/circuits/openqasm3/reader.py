"""OpenQASM 3 as a circuit of Qiskit."""

# The parser carries few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from qorum.circuits.openqasm3.circuits import build
from qorum.circuits.openqasm3.machine import Machine
from qorum.circuits.openqasm3.syntax import parse
from qorum.circuits.reading import Inputs, Reading
from qorum.circuits.statements import without_comments


def read(text: str, inputs: Inputs | None = None) -> Reading:
    """The circuit of a text.

    Args:
        text: OpenQASM 3, with or without its first line.
        inputs: values of its `input` variables; those that it does not have are an error.

    Raises:
        Unreadable: no OpenQASM 3, or more of it than is read here; with the line.
        NotCanonical: too many operations.
    """
    given = dict(inputs or {})
    program = parse(without_comments(text))
    machine = Machine(program.statements, given)
    state = machine.read()
    declared = machine.declarations
    for name in given.keys() - declared.used_inputs:
        machine.warn(f"a value for {name} was given, which is no input of this program")
    asked = machine.results.measure(state, declared.num_qubits)
    circuit = build(
        state.operations,
        declared.num_qubits,
        declared.quantum_registers,
        declared.registers if asked is None else asked,
        machine.storage.extra,
    )
    return Reading(circuit, tuple(machine.warnings))
