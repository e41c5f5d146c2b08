"""A compiled circuit as plain instructions: what the simulators' translators read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from qiskit import QuantumCircuit

from qorum.circuits.conditions import Condition, compile_condition
from qorum.circuits.walks import places_of


class Instruction(NamedTuple):
    """One instruction with operands as indices into the whole circuit.

    Attributes:
        name: Qiskit's name, e.g. `cx`, `measure`, `if_else`.
        params: angles in radians.
        qubits: operands in Qiskit's order (a control stands first).
        clbits: where a measurement writes.
        condition: of an `if_else`: which body to take, from the classical bits.
        bodies: of an `if_else`: what to do if true, and perhaps what if false.
    """

    name: str
    params: tuple[float, ...]
    qubits: tuple[int, ...]
    clbits: tuple[int, ...]
    condition: Condition | None = None
    bodies: tuple[tuple[Instruction, ...], ...] = ()

    def chosen_body(self, bits: int) -> tuple[Instruction, ...]:
        """What an `if_else` does when the classical bits (bit i is clbit i) read `bits`."""
        if self.condition is None:
            raise ValueError(f"an if_else expected, found {self.name}")
        branch = 0 if self.condition(bits) else 1
        return self.bodies[branch] if branch < len(self.bodies) else ()


@dataclass(frozen=True)
class Program:
    """A circuit as the simulators read it.

    Attributes:
        num_qubits: qubits, idle ones included.
        num_clbits: width of the histogram.
        instructions: in order, barriers left out.
        tail: index from which on only gates and final measurements follow, so that all shots
            can be drawn from one state.
    """

    num_qubits: int
    num_clbits: int
    instructions: tuple[Instruction, ...]
    tail: int

    @property
    def static(self) -> bool:
        """Whether one state serves all shots: no reset, no branch, no gate after a measurement."""
        return self.tail == 0

    def require_static(self) -> None:
        """Passes if the circuit is static.

        Raises:
            ValueError: with the last instruction that makes it dynamic.
        """
        if not self.static:
            step = self.instructions[self.tail - 1]
            qubits = ", ".join(map(str, step.qubits))
            raise ValueError(f"a static circuit expected, found {step.name} on qubit {qubits}")

    @property
    def gates(self) -> list[Instruction]:
        """The gates of the tail, in order; all gates of a static circuit."""
        return [step for step in self.instructions[self.tail :] if step.name != "measure"]

    @property
    def measured(self) -> dict[int, int]:
        """The qubit that each clbit holds at the end, by clbit, where the tail measures it."""
        tail = self.instructions[self.tail :]
        return {step.clbits[0]: step.qubits[0] for step in tail if step.name == "measure"}


def read_program(circuit: QuantumCircuit) -> Program:
    """The instructions of a compiled circuit.

    Raises:
        TypeError: a parameter is not a number, or a condition is of an unknown kind.
    """
    instructions = _read(circuit, places_of(circuit))
    return Program(circuit.num_qubits, circuit.num_clbits, instructions, _tail(instructions))


def _read(circuit: QuantumCircuit, place: dict[Any, int]) -> tuple[Instruction, ...]:
    steps: list[Instruction] = []
    for step in circuit.data:
        name = step.name
        if name == "barrier":
            continue
        qubits = tuple([place[qubit] for qubit in step.qubits])
        clbits = tuple([place[clbit] for clbit in step.clbits])
        if name == "if_else":
            operation: Any = step.operation
            condition = compile_condition(operation.condition, place)
            # A condition within may also name the outer bits.
            inner = [(block, place | places_of(block, qubits, clbits)) for block in operation.blocks]
            bodies = tuple(_read(block, places) for block, places in inner)
            steps.append(Instruction(name, (), qubits, clbits, condition, bodies))
        elif step.is_control_flow():
            steps.append(Instruction(name, (), qubits, clbits))
        else:
            steps.append(Instruction(name, _angles(name, step.params), qubits, clbits))
    return tuple(steps)


def _angles(name: str, params: Sequence[Any]) -> tuple[float, ...]:
    try:
        return tuple([float(angle) for angle in params])
    except TypeError as error:
        raise TypeError(f"{name}: angles as numbers expected, found {list(params)}; bind them") from error


def _tail(instructions: Sequence[Instruction]) -> int:
    """Index of the first instruction after which no gate meets a qubit measured there."""
    acted_on_later: set[int] = set()
    for index in range(len(instructions) - 1, -1, -1):
        step = instructions[index]
        if step.name == "measure":
            if step.qubits[0] in acted_on_later:
                return index + 1
        elif step.bodies or step.clbits or step.name == "reset":
            return index + 1
        else:
            acted_on_later.update(step.qubits)
    return 0
