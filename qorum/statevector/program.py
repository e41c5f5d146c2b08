"""A circuit lowered to a straight list of steps with jumps, and the measurements that end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import IfElseOp, Instruction
from qiskit.circuit.exceptions import CircuitError

from qorum.circuits.conditions import Condition, Unsupported, compile_condition
from qorum.circuits.walks import places_of
from qorum.errors import CircuitRejected
from qorum.statevector.angles import Angles, NotLinear
from qorum.statevector.gate_ir import Angle, Element
from qorum.statevector.gates import ANATOMY, dense, phase

WIDEST_MATRIX = 6
"""Qubits of the largest gate that is applied as a matrix; wider ones by their definitions."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate: its elements in order of time, and its operands as a bit mask."""

    elements: tuple[Element, ...]
    qubits: int


@dataclass(frozen=True, slots=True)
class Measurement:
    qubit: int
    clbit: int


@dataclass(frozen=True, slots=True)
class Reset:
    qubit: int


@dataclass(slots=True)
class Jump:
    """Go on at step `to`, if there is no condition or it is false."""

    condition: Condition | None
    to: int


Step = Gate | Measurement | Reset | Jump


@dataclass(frozen=True)
class EngineProgram:
    """What is to be simulated.

    Attributes:
        num_qubits: width of the state.
        num_clbits: width of the keys.
        angles: what the slots of the steps' angles hold.
        steps: everything that changes the state or decides what does.
        readout: the measurements that nothing depends on any more, in order: taken together at the end.
    """

    num_qubits: int
    num_clbits: int
    angles: Angles
    steps: tuple[Step, ...]
    readout: tuple[Measurement, ...]

    @property
    def is_dynamic(self) -> bool:
        """Whether the state depends on what is measured on the way."""
        return any(not isinstance(step, Gate) for step in self.steps)

    def elements(self, circuit_name: str) -> tuple[Element, ...]:
        """Those of all gates, in order of time.

        Raises:
            CircuitRejected: the state depends on a measurement.
        """
        if self.is_dynamic:
            reason = "gates before final measurements expected, found a mid-circuit measurement, reset or if"
            raise CircuitRejected(circuit_name, reason)
        return tuple(element for step in self.steps for element in cast(Gate, step).elements)


def lower(circuit: QuantumCircuit) -> EngineProgram:
    """The steps of a circuit; its free parameters stay free, in the order of `circuit.parameters`.

    Raises:
        CircuitRejected: an instruction has neither a matrix nor a definition, an angle is not finite
            or not linear in the parameters, or a condition reads more than classical bits.
    """
    lowering = _Lowering(circuit)
    try:
        lowering.block(circuit, range(circuit.num_qubits), range(circuit.num_clbits))
        lowering.global_phase(circuit)
    except (Unsupported, NotLinear) as error:
        raise CircuitRejected(circuit.name, str(error)) from error
    kept, readout = _split_readout(lowering.steps)
    return EngineProgram(circuit.num_qubits, circuit.num_clbits, lowering.angles, kept, readout)


class _Lowering:
    """Collects steps and angles."""

    def __init__(self, circuit: QuantumCircuit) -> None:
        self.steps: list[Step] = []
        self._touched = 0
        """Qubits that may be no longer |0>, as a bit mask."""
        self.angles = Angles(circuit.parameters)

    def global_phase(self, circuit: QuantumCircuit) -> None:
        """Multiplies the state by the circuit's own phase."""
        if circuit.global_phase != 0:
            self.steps.append(Gate((phase(((), self.angles.add(circuit.global_phase))),), 0))

    def block(self, block: QuantumCircuit, qubits: Sequence[int], clbits: Sequence[int]) -> None:
        """The steps of a block whose bits are `qubits` and `clbits` of the whole circuit."""
        place = places_of(block, qubits, clbits)
        for instruction in block.data:
            name = instruction.name
            operands = tuple([place[bit] for bit in instruction.qubits])
            if name == "measure":
                self.steps.append(Measurement(operands[0], place[instruction.clbits[0]]))
            elif name == "reset":
                if self._touched >> operands[0] & 1:  # on |0> it does nothing
                    self.steps.append(Reset(operands[0]))
            elif name == "if_else":
                operation = cast(IfElseOp, instruction.operation)
                condition = compile_condition(operation.condition, place)
                self._branches(operation, condition, operands, [place[bit] for bit in instruction.clbits])
            elif name not in ("barrier", "delay"):
                self._gate(instruction, operands)

    def _gate(self, instruction: Any, operands: tuple[int, ...]) -> None:
        name = instruction.name
        anatomy = ANATOMY.get(name)
        if anatomy is None:
            self._unknown(instruction.operation, operands)
            return
        angles: list[Angle] = [self.angles.add(value) for value in instruction.params]
        elements = tuple(anatomy(angles, operands))
        mask = 0
        for element in elements:
            mask |= element.qubits
        self._touched |= mask
        self.steps.append(Gate(elements, mask))

    def _unknown(self, operation: Instruction, operands: tuple[int, ...]) -> None:
        """A gate by its matrix, or by its definition where it is wide or has free parameters."""
        is_bound = not any(getattr(value, "parameters", None) for value in operation.params)
        matrix = _matrix(operation) if is_bound and len(operands) <= WIDEST_MATRIX else None
        if matrix is not None:
            if not np.isfinite(matrix).all():
                raise Unsupported(f"finite numbers expected in the matrix of {operation.name!r}")
            if not np.allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), atol=1e-6):
                raise Unsupported(f"a unitary matrix expected of {operation.name!r}, found another one")
            element = dense(matrix, operands)
            self._touched |= element.qubits
            self.steps.append(Gate((element,), element.qubits))
            return
        definition = operation.definition
        if definition is None:
            raise Unsupported(f"a gate with a matrix or a definition expected, found {operation.name!r}")
        self.block(definition, operands, ())
        self.global_phase(definition)

    def _branches(
        self, operation: IfElseOp, condition: Condition, qubits: Sequence[int], clbits: Sequence[int]
    ) -> None:
        blocks = [block for block in operation.blocks if block is not None]
        jump = Jump(condition, to=-1)
        for block in blocks:
            self.steps.append(jump)
            self.block(block, qubits, clbits)
            self.global_phase(block)
            # Over the unconditional jump that follows the first block when there is a second.
            jump.to = len(self.steps) + (block is not blocks[-1])
            jump = Jump(None, to=-1)


def _matrix(operation: Instruction) -> np.ndarray | None:
    """None where a gate has only a definition: Qiskit says so by an error."""
    if not hasattr(operation, "to_matrix"):
        return None
    try:
        return np.asarray(cast(Any, operation).to_matrix())
    except CircuitError:
        return None


def _split_readout(steps: list[Step]) -> tuple[tuple[Step, ...], tuple[Measurement, ...]]:
    branching_ends = max((step.to for step in steps if isinstance(step, Jump)), default=0)
    kept: list[Step] = []
    readout: list[Measurement] = []
    qubits_in_use = clbits_in_use = 0
    for step in reversed(steps[branching_ends:]):
        if isinstance(step, Measurement):
            if not (qubits_in_use >> step.qubit | clbits_in_use >> step.clbit) & 1:
                readout.append(step)
                continue
            clbits_in_use |= 1 << step.clbit
        if isinstance(step, Gate):
            qubits_in_use |= step.qubits
        else:
            qubits_in_use |= 1 << cast(Measurement | Reset, step).qubit
        kept.append(step)
    return (*steps[:branching_ends], *reversed(kept)), tuple(reversed(readout))
