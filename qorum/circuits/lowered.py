"""What is left of a circuit once its control flow is worked out, and the Qiskit circuit of it."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister, Clbit, IfElseOp, QuantumRegister
from qiskit.circuit.classical import expr

from qorum.circuits.hidden import hide
from qorum.circuits.measured_values import Value, as_expression
from qorum.circuits.refusal import NotCanonical


@dataclass(frozen=True)
class Kept:
    """A condition that stays as it was written, for it reads whole registers that stay as they were.

    Attributes:
        condition: a bit or register with its value, or an expression.
        reads: the cells of each bit or register that it names.
        table: the same as a value of its cells, where these are few; taken where a register that it names
            is none of the circuit made.
    """

    condition: Any
    reads: Mapping[Any, tuple[int, ...]]
    table: Value | None

    @property
    def cells(self) -> frozenset[int]:
        """All cells that it reads."""
        return frozenset(cell for cells in self.reads.values() for cell in cells)


Condition = Value | Kept


def cells_of(condition: Condition) -> frozenset[int]:
    """The cells that a condition reads."""
    return condition.cells if isinstance(condition, Kept) else frozenset(condition.bits)


@dataclass(frozen=True)
class Lowered:
    """One operation that is left.

    Attributes:
        operation: a gate, measurement, reset, barrier or delay; None: a branch.
        qubits: indices of its qubits.
        cells: classical cells that it writes.
        condition: of a branch.
        bodies: of a branch: what is done if the condition holds, and if not.
    """

    operation: Any
    qubits: tuple[int, ...]
    cells: tuple[int, ...] = ()
    condition: Condition | None = None
    bodies: tuple[Sequence[Lowered], ...] = ()

    @property
    def read(self) -> set[int]:
        """Cells that it reads, its bodies included."""
        own = set[int]() if self.condition is None else set(cells_of(self.condition))
        return own.union(*(step.read for body in self.bodies for step in body))


def cells_written(steps: Sequence[Lowered]) -> set[int]:
    """Cells that are measured into, in branches too."""
    found = {cell for step in steps for cell in step.cells}
    for step in steps:
        for body in step.bodies:
            found |= cells_written(body)
    return found


class Assembly:
    """Makes the circuit: cells become classical bits, those of the histogram first."""

    def __init__(
        self, source: QuantumCircuit, registers: Sequence[ClassicalRegister], extra_qubits: int
    ) -> None:
        """`registers` own the source's classical bits, in order; the extra qubits stand last."""
        self._circuit = QuantumCircuit(source.qubits, *source.qregs, *registers, name=source.name)
        self._circuit.global_phase = source.global_phase
        if extra_qubits:
            self._circuit.add_register(QuantumRegister(extra_qubits, _unused("writer", source.qregs)))
        self._bits: dict[int, Clbit] = {}
        self._registers: dict[tuple[int, ...], ClassicalRegister] = {}

    def finish(self, steps: Sequence[Lowered], shown: Sequence[int], hidden: Sequence[int]) -> QuantumCircuit:
        """The circuit of these steps; `shown` are the cells of its histogram, bit 0 first."""
        circuit = self._circuit
        self._bits = dict(zip(shown, circuit.clbits, strict=True))
        if hidden:
            more = ClassicalRegister(len(hidden), _unused("hidden", circuit.cregs))
            circuit.add_register(more)
            self._bits |= dict(zip(hidden, more, strict=True))
        cell = {bit: place for place, bit in self._bits.items()}
        self._registers = {tuple(cell[bit] for bit in register): register for register in circuit.cregs}
        self._fill(circuit, steps)
        hide(circuit, len(hidden))
        return circuit

    def _fill(self, circuit: QuantumCircuit, steps: Sequence[Lowered]) -> None:
        qubits = self._circuit.qubits
        for step in steps:
            used = [qubits[index] for index in step.qubits]
            if step.condition is None:
                circuit.append(step.operation, used, [self._bits[cell] for cell in step.cells], copy=False)
            else:
                self._branch(circuit, step, step.condition)

    def _branch(self, circuit: QuantumCircuit, step: Lowered, condition: Condition) -> None:
        touched, registers = _touched(step)
        qubits = [self._circuit.qubits[index] for index in sorted(touched[0])]
        owned = [self._registers[cells] for cells in sorted(registers) if cells in self._registers]
        bits = {self._bits[cell] for cell in touched[1]} | {bit for one in owned for bit in one}
        clbits = [bit for bit in self._circuit.clbits if bit in bits]
        blocks: list[QuantumCircuit] = []
        for body in step.bodies:
            block = QuantumCircuit(qubits, clbits, *owned)
            self._fill(block, body)
            blocks.append(block)
        operation = IfElseOp(self._written(condition), blocks[0], blocks[1] if blocks[1:] else None)
        circuit.append(operation, qubits, clbits, copy=False)

    def _written(self, condition: Condition) -> Any:
        if isinstance(condition, Kept):
            if condition.table is None or self._names_registers(condition):
                return self._kept(condition)
            condition = condition.table
        if len(condition.bits) == 1:
            return self._bits[condition.bits[0]], bool(condition.table[1])
        return as_expression(condition, self._bits)

    def _names_registers(self, kept: Kept) -> bool:
        return all(isinstance(read, Clbit) or cells in self._registers for read, cells in kept.reads.items())

    def _kept(self, kept: Kept) -> Any:
        now = {read: self._target(read, cells) for read, cells in kept.reads.items()}
        if isinstance(kept.condition, tuple):
            target, value = kept.condition
            return now[target], value
        return _renamed(kept.condition, now)

    def _target(self, read: Any, cells: tuple[int, ...]) -> Any:
        if isinstance(read, Clbit):
            return self._bits[cells[0]]
        if cells in self._registers:
            return self._registers[cells]
        raise NotCanonical(
            f"a register of {len(cells)} bits that stays as it is until it is read expected, found "
            "one whose bits are shared with others or measured again; compare single bits"
        )


def _touched(step: Lowered) -> tuple[tuple[set[int], set[int]], set[tuple[int, ...]]]:
    """Qubits and cells of a branch with its bodies, and the registers that their conditions read."""
    qubits, cells, registers = set(step.qubits), set(step.cells), set[tuple[int, ...]]()
    if step.condition is not None:
        cells |= cells_of(step.condition)
        if isinstance(step.condition, Kept):
            reads = step.condition.reads.items()
            registers |= {cells for read, cells in reads if not isinstance(read, Clbit)}
    for body in step.bodies:
        for inner in body:
            (more_qubits, more_cells), more_registers = _touched(inner)
            qubits |= more_qubits
            cells |= more_cells
            registers |= more_registers
    return (qubits, cells), registers


def _renamed(node: Any, now: Mapping[Any, Any]) -> Any:
    if isinstance(node, expr.Var):
        return expr.lift(now[node.var])
    if isinstance(node, expr.Cast):
        return expr.Cast(_renamed(node.operand, now), node.type, node.implicit)
    if isinstance(node, expr.Unary):
        return expr.Unary(node.op, _renamed(node.operand, now), node.type)
    if isinstance(node, expr.Binary):
        return expr.Binary(node.op, _renamed(node.left, now), _renamed(node.right, now), node.type)
    return node


def _unused(name: str, registers: Sequence[Any]) -> str:
    taken = {register.name for register in registers}
    return next(
        found
        for found in (name, *(f"{name}_{count}" for count in range(len(taken) + 1)))
        if found not in taken
    )
