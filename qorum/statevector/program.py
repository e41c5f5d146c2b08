"""A circuit lowered to a straight list of steps with jumps, and the measurements that end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from qiskit import QuantumCircuit
from qiskit.circuit import IfElseOp

from qorum.circuits.conditions import Condition, Unsupported, compile_condition
from qorum.errors import CircuitRejected
from qorum.statevector import gates


@dataclass(frozen=True, slots=True)
class Gate:
    name: str
    params: tuple[float, ...]
    qubits: tuple[int, ...]


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
class Program:
    """What is to be simulated.

    Attributes:
        num_qubits: width of the state.
        num_clbits: width of the keys.
        global_phase: in radians.
        steps: everything that changes the state or decides what does.
        readout: the measurements that nothing depends on any more, in order: taken together at the end.
    """

    num_qubits: int
    num_clbits: int
    global_phase: float
    steps: tuple[Step, ...]
    readout: tuple[Measurement, ...]


def lower(circuit: QuantumCircuit) -> Program:
    """The steps of a circuit that was compiled to `ideal_target`.

    Raises:
        CircuitRejected: an instruction is not native, a parameter is free, or a condition reads
            more than classical bits.
    """
    if circuit.num_parameters:
        free = ", ".join(parameter.name for parameter in circuit.parameters)
        raise CircuitRejected(circuit.name, f"bound parameters expected, found free ones: {free}")
    steps: list[Step] = []
    try:
        _lower_block(circuit, range(circuit.num_qubits), range(circuit.num_clbits), steps)
    except Unsupported as error:
        raise CircuitRejected(circuit.name, str(error)) from error
    kept, readout = _split_readout(steps)
    return Program(circuit.num_qubits, circuit.num_clbits, float(circuit.global_phase), kept, readout)


def _lower_block(
    block: QuantumCircuit, qubits: Sequence[int], clbits: Sequence[int], steps: list[Step]
) -> None:
    """Appends the steps of a block whose bits are `qubits` and `clbits` of the whole circuit."""
    qubit = dict(zip(block.qubits, qubits, strict=True))
    clbit = dict(zip(block.clbits, clbits, strict=True))
    for instruction in block.data:
        name = instruction.name
        if name in gates.NAMES:
            operands = tuple([qubit[bit] for bit in instruction.qubits])
            steps.append(Gate(name, tuple(map(float, instruction.params)), operands))
        elif name == "measure":
            steps.append(Measurement(qubit[instruction.qubits[0]], clbit[instruction.clbits[0]]))
        elif name == "reset":
            steps.append(Reset(qubit[instruction.qubits[0]]))
        elif name == "if_else":
            operation = cast(IfElseOp, instruction.operation)
            condition = compile_condition(operation.condition, clbit)
            inner_qubits = [qubit[bit] for bit in instruction.qubits]
            inner_clbits = [clbit[bit] for bit in instruction.clbits]
            _lower_branches(operation, condition, inner_qubits, inner_clbits, steps)
        elif name not in ("barrier", "delay", "id"):
            raise Unsupported(f"native gates expected, found {name!r}; compile the circuit first")


def _lower_branches(
    operation: IfElseOp,
    condition: Condition,
    qubits: Sequence[int],
    clbits: Sequence[int],
    steps: list[Step],
) -> None:
    blocks = [block for block in operation.blocks if block is not None]
    jump = Jump(condition, to=-1)
    for block in blocks:
        steps.append(jump)
        _lower_block(block, qubits, clbits, steps)
        # Over the unconditional jump that follows the first block when there is a second.
        jump.to = len(steps) + (block is not blocks[-1])
        jump = Jump(None, to=-1)


def _split_readout(steps: list[Step]) -> tuple[tuple[Step, ...], tuple[Measurement, ...]]:
    branching_ends = max((step.to for step in steps if isinstance(step, Jump)), default=0)
    kept: list[Step] = []
    readout: list[Measurement] = []
    qubits_in_use: set[int] = set()
    clbits_in_use: set[int] = set()
    for step in reversed(steps[branching_ends:]):
        if isinstance(step, Measurement):
            if step.qubit not in qubits_in_use and step.clbit not in clbits_in_use:
                readout.append(step)
                continue
            clbits_in_use.add(step.clbit)
        qubits_in_use.update(
            step.qubits if isinstance(step, Gate) else (cast(Measurement | Reset, step).qubit,)
        )
        kept.append(step)
    return (*steps[:branching_ends], *reversed(kept)), tuple(reversed(readout))
