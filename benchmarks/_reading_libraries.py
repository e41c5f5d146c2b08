"""Other libraries' readers of OpenQASM: text to the distribution that it has by their reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from qiskit import QuantumCircuit, qasm2, qasm3

from qorum.circuits.second_reading.circuit_program import circuit_program
from qorum.circuits.second_reading.machine import Bit, Machine, distribution
from qorum.circuits.second_reading.openqasm2 import openqasm2_program
from qorum.circuits.second_reading.openqasm3 import openqasm3_program

Reader = Callable[[str], dict[str, float]]
WORK = 200_000


class Refuses(Exception):
    """A library that reads the text, but to something that has no distribution over its bits."""


def _of_circuit(circuit: QuantumCircuit) -> dict[str, float]:
    if not any(instruction.name == "measure" for instruction in _flat(circuit)):
        circuit = circuit.copy()
        circuit.measure_all(add_bits=True)
        bits = circuit.num_clbits - circuit.num_qubits
        found = distribution(circuit_program(circuit), WORK)
        return {outcome[: len(outcome) - bits]: value for outcome, value in found.items()}
    return distribution(circuit_program(circuit), WORK)


def _flat(circuit: QuantumCircuit) -> Sequence[Any]:
    steps: list[Any] = []
    for step in circuit.data:
        steps.append(step)
        for block in getattr(step.operation, "blocks", ()):
            steps += _flat(block)
    return steps


def qiskit_strict(text: str) -> dict[str, float]:
    """`qiskit.qasm2.loads` as it is."""
    return _of_circuit(qasm2.loads(text))


def qiskit_legacy(text: str) -> dict[str, float]:
    """`QuantumCircuit.from_qasm_str`, which knows gates such as sx and cp besides."""
    return _of_circuit(QuantumCircuit.from_qasm_str(text))


def qiskit_openqasm3(text: str) -> dict[str, float]:
    """`qiskit.qasm3.loads`, by the package qiskit-qasm3-import."""
    return _of_circuit(qasm3.loads(text))


def cirq_openqasm2(text: str) -> dict[str, float]:
    """`circuit_from_qasm` of Cirq."""
    import cirq
    from cirq.contrib.qasm_import import circuit_from_qasm

    circuit = circuit_from_qasm(text)
    if not circuit.has_measurements():
        raise Refuses("nothing measured: qubits that nothing acts on are not kept")
    qubits = sorted(circuit.all_qubits())
    places = {qubit: i for i, qubit in enumerate(qubits)}
    keys = _declared(text)

    def play(machine: Machine) -> Sequence[Bit]:
        bits: dict[str, Bit] = dict.fromkeys(keys, 0)
        for operation in circuit.all_operations():
            if operation.classical_controls:
                raise Refuses("conditions")
            where = [places[qubit] for qubit in operation.qubits]
            if isinstance(operation.gate, cirq.MeasurementGate):
                bits[str(operation.gate.key)] = machine.measure(where[0])
            elif isinstance(operation.gate, cirq.ResetChannel):
                machine.reset(where[0])
            else:
                machine.apply(np.asarray(cirq.unitary(operation), dtype=complex), where[::-1])
        return list(bits.values())

    return distribution(play, WORK)


def _declared(text: str) -> list[str]:
    names: list[str] = []
    for statement in text.split(";"):
        words = statement.split()
        if words[:1] == ["creg"]:
            name, size = words[1].rstrip("]").split("[")
            names += [f"{name}_{i}" for i in range(int(size))]
    return names


def braket_openqasm3(text: str) -> dict[str, float]:
    """The interpreter of Braket's simulator, whose gates it is asked for as matrices."""
    from braket.default_simulator.openqasm.interpreter import Interpreter

    circuit = Interpreter().run(text.replace('include "stdgates.inc";', "")).circuit

    def play(machine: Machine) -> Sequence[Bit]:
        for operation in circuit.instructions:
            machine.apply(np.asarray(operation.matrix, dtype=complex), list(operation.targets)[::-1])
        sources = [source for register in circuit.classical_registers for source in register.sources]
        if all(source is None for source in sources):
            return [machine.measure(qubit) for qubit in range(circuit.num_qubits)]
        return [0 if source is None else machine.measure(source) for source in sources]

    return distribution(play, WORK)


LIBRARIES: Mapping[str, Mapping[str, Reader]] = {
    "openqasm2": {
        "qiskit.qasm2.loads": qiskit_strict,
        "QuantumCircuit.from_qasm_str": qiskit_legacy,
        "cirq circuit_from_qasm": cirq_openqasm2,
        "second reading": lambda text: distribution(openqasm2_program(text), WORK),
    },
    "openqasm3": {
        "qiskit.qasm3.loads": qiskit_openqasm3,
        "Braket's interpreter": braket_openqasm3,
        "second reading": lambda text: distribution(openqasm3_program(text), WORK),
    },
}
