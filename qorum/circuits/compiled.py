"""A compiled circuit, and its form in the store."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from qiskit import QuantumCircuit
from qiskit.converters import circuit_to_dag

from qorum.circuits.formats import from_qpy, to_qpy
from qorum.circuits.sealing import seal, unseal
from qorum.circuits.sizes import CircuitSize
from qorum.circuits.targets import NOT_GATES

_MAGIC = b"qorum compiled circuit 4\n"


@dataclass(frozen=True)
class CompiledCircuit:
    """A circuit in the gates of a target.

    The circuit stays packed until it is looked at: most are only handed on, to the store or to the
    process that runs them.

    Attributes:
        key: of what it was made from; see `compilation.cache_key`.
        qpy: the compiled circuit, as `formats.to_qpy` writes it.
        depth_before: depth of the circuit as given.
        depth_after: depth of the compiled one.
        two_qubit_gates: its gates on two qubits or more, those within branches and loops aside.
        size: what run times are learned from.
        num_qubits: its qubits; those of the target where the target has a size.
        calibration_id: of the target's calibration; None where there is none, or an older release made it.
    """

    key: str
    qpy: bytes = field(repr=False)
    depth_before: int
    depth_after: int
    two_qubit_gates: int
    size: CircuitSize
    num_qubits: int
    calibration_id: str | None = None

    @classmethod
    def of(
        cls, key: str, given: QuantumCircuit, compiled: QuantumCircuit, calibration_id: str | None = None
    ) -> CompiledCircuit:
        """The entry for a circuit and what was made of it, under a calibration."""
        return cls(
            key=key,
            qpy=to_qpy(compiled),
            depth_before=depth(given),
            depth_after=depth(compiled),
            two_qubit_gates=two_qubit_gates(compiled),
            size=CircuitSize.of(compiled),
            num_qubits=compiled.num_qubits,
            calibration_id=calibration_id,
        )

    @cached_property
    def circuit(self) -> QuantumCircuit:
        """The compiled circuit."""
        return from_qpy(self.qpy)


def depth(circuit: QuantumCircuit) -> int:
    """`QuantumCircuit.depth()`, in an eighth of its time for circuits of gates and measurements alone."""
    if circuit.has_control_flow_op() or any(step.is_directive() for step in circuit.data):
        return circuit.depth(_is_operation)
    return circuit_to_dag(circuit, copy_operations=False).depth()


def two_qubit_gates(circuit: QuantumCircuit) -> int:
    """How many gates on two qubits or more it has; those within branches and loops are not counted."""
    return sum(
        len(instruction.qubits) > 1 and instruction.name not in NOT_GATES for instruction in circuit.data
    )


def encode(compiled: CompiledCircuit) -> bytes:
    """For the store; `decode` reads it."""
    header = {name: value for name, value in vars(compiled).items() if name in _HEADER}
    return seal(_MAGIC, {**header, "size": asdict(compiled.size)}, compiled.qpy, compiled.key)


def decode(data: bytes, key: str) -> CompiledCircuit:
    """The inverse of `encode`, of the circuit of that key; only for what this house wrote itself.

    Raises:
        QorumError: another format, version or key, or damaged; nothing of it was interpreted.
    """
    header, qpy = unseal(_MAGIC, data, key)
    size = CircuitSize(**header.pop("size"))
    return CompiledCircuit(qpy=qpy, size=size, **header)


_HEADER = frozenset(CompiledCircuit.__dataclass_fields__) - {"qpy"}


def _is_operation(instruction: Any) -> bool:
    return not instruction.is_directive()  # Qiskit's own filter builds each gate anew: half the speed
