"""Circuits as Amazon Braket takes them: OpenQASM 3 with its own names of gates, alone or as a program set.

Source: amazon-braket-schemas 1.32, braket/ir/openqasm; Amazon Braket Developer Guide, "Run your circuits with
OpenQASM 3.0" and "Running multiple programs".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qiskit import QuantumCircuit

from blocks.backends._braket_gates import BRAKET_GATES
from qorum.circuits.instructions import Instruction, Program, read_program

PROGRAM, PROGRAM_SET = "braket.ir.openqasm.program", "braket.ir.openqasm.program_set"
"""What a device may take, and the schemas of what is sent."""

TOKEN = "qorum-token"
"""Key of the tag that holds our token."""

PREFIX = "qorum"
"""Of results in the bucket."""


@dataclass(frozen=True)
class WireCircuit:
    """A circuit as it is sent: its qubits in use, counted from 0 in ascending order, all measured at the end.

    They are a register, not the device's physical qubits, so that Braket's compiler places them: it knows
    the day's calibration. Ours has made the circuit fit the connectivity already. All are measured, and each
    is acted on, because some devices refuse registers of which a part is not.

    Attributes:
        program: the circuit as compiled.
        place: of each qubit in use among those sent.
    """

    program: Program
    place: Mapping[int, int]

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> WireCircuit:
        """Read a circuit that Braket can carry out.

        Raises:
            ValueError: it cannot, with the reason.
            TypeError: a parameter is not bound.
        """
        program = read_program(circuit)
        try:
            program.require_static()
            if unknown := {step.name for step in program.gates} - BRAKET_GATES.keys():
                raise ValueError(
                    f"one of the gates {', '.join(BRAKET_GATES)} expected, found {sorted(unknown)}"
                )
            if not program.measured:
                raise ValueError("at least one measurement expected, found none")
        except ValueError as error:
            raise ValueError(f"{circuit.name}: {error}") from None
        used = {qubit for step in program.instructions for qubit in step.qubits}
        return cls(program, {qubit: index for index, qubit in enumerate(sorted(used))})

    @property
    def num_qubits(self) -> int:
        """That are sent."""
        return len(self.place)

    @property
    def gates(self) -> frozenset[str]:
        """Braket's names of those that are sent."""
        return frozenset(BRAKET_GATES[step.name] for step in self.program.gates)

    @property
    def measured(self) -> dict[int, int]:
        """The qubit, as sent, that each clbit holds, by clbit."""
        return {clbit: self.place[qubit] for clbit, qubit in self.program.measured.items()}

    @property
    def source(self) -> str:
        """OpenQASM: bit i holds qubit i. Braket knows no `stdgates.inc`; angles are in radians."""
        width = self.num_qubits
        acted_on = {self.place[qubit] for step in self.program.gates for qubit in step.qubits}
        lines = ["OPENQASM 3.0;", f"bit[{width}] b;", f"qubit[{width}] q;"]
        lines += [self._gate(step) for step in self.program.gates]
        lines += [f"rz(0.0) q[{qubit}];" for qubit in range(width) if qubit not in acted_on]
        lines += [f"b[{qubit}] = measure q[{qubit}];" for qubit in range(width)]
        return "\n".join(lines)

    def _gate(self, step: Instruction) -> str:
        angles = f"({', '.join(map(repr, step.params))})" if step.params else ""
        qubits = ", ".join(f"q[{self.place[qubit]}]" for qubit in step.qubits)
        return f"{BRAKET_GATES[step.name]}{angles} {qubits};"


def wire_circuits(circuits: Sequence[QuantumCircuit], shots: int) -> list[WireCircuit]:
    """Circuits as they are sent, once it is sure that they can be written.

    Raises:
        ValueError: there are none, one cannot be carried out, or `shots` is not positive.
        TypeError: a parameter is not bound.
    """
    if not circuits:
        raise ValueError("at least one circuit expected, found none")
    if shots < 1:
        raise ValueError(f"at least one shot expected, found {shots}")
    return [WireCircuit.of(circuit) for circuit in circuits]


def action(circuits: Sequence[WireCircuit]) -> str:
    """The `action` of a task, JSON within JSON: one program, or a set of several in their order."""
    programs = [_headed(PROGRAM, source=circuit.source, inputs=None) for circuit in circuits]
    return json.dumps(programs[0] if len(programs) == 1 else _headed(PROGRAM_SET, programs=programs))


def task_body(
    circuits: Sequence[WireCircuit], shots: int, token: str, device_arn: str, bucket: str
) -> dict[str, object]:
    """Body of `POST /quantum-task`.

    The token stands there three times: as Braket's own idempotency token, as a tag, and in the folder of the
    results. `shots` of a program set are those of all its circuits together.
    """
    return {
        "clientToken": token,
        "deviceArn": device_arn,
        "shots": shots * len(circuits),
        "outputS3Bucket": bucket,
        "outputS3KeyPrefix": f"{PREFIX}/{token}",
        "action": action(circuits),
        "tags": {TOKEN: token},
    }


def _headed(schema: str, **content: object) -> dict[str, object]:
    return {"braketSchemaHeader": {"name": schema, "version": "1"}, **content}
