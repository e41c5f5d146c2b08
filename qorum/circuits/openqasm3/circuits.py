"""From the operations that a program stands for to Qiskit's circuit."""

# Qiskit's builders carry few types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit import Barrier, CircuitInstruction, Delay, IfElseOp, Measure, Reset
from qiskit.circuit.classical import expr

from qorum.circuits.openqasm3.conditions import Conditions
from qorum.circuits.openqasm3.state import Applied, Branched, Delayed, Measured, Operation
from qorum.circuits.openqasm3.storage import SCRATCH, dephased

_MEASURE, _RESET = Measure(), Reset()
_BESIDE = "_beside"

Qubit = Any
Clbit = Any
Step = Any
"""Qiskit's `CircuitInstruction`, which is written in Rust and carries no type, as its bits are."""


def build(
    operations: Sequence[Operation],
    num_qubits: int,
    quantum_registers: Sequence[tuple[str, int]],
    registers: Sequence[tuple[str, tuple[int, ...]]],
    extra: Iterable[int],
) -> QuantumCircuit:
    """The circuit.

    Args:
        operations: in order.
        num_qubits: of the program.
        quantum_registers: names and sizes of its registers; physical qubits have none.
        registers: names of the classical registers and the places of their bits.
        extra: qubits beside the program's that are used; they become the last ones.
    """
    operations, dephasing = _without_idle_measurements(operations)
    others = sorted({*extra, *((SCRATCH,) if dephasing else ())}, reverse=True)
    circuit = QuantumCircuit(*_quantum(num_qubits, quantum_registers, len(others)))
    classical = {places: ClassicalRegister(len(places), name) for name, places in _named(registers)}
    circuit.add_register(*classical.values())
    qubits: dict[int, Qubit] = dict(enumerate(circuit.qubits[:num_qubits]))
    qubits |= dict(zip(others, circuit.qubits[num_qubits:], strict=True))
    writer = _Writer(qubits, circuit.clbits, Conditions(circuit.clbits, classical))
    for step in writer.steps(operations):
        circuit.append(step, copy=False)
    return circuit


def _quantum(num_qubits: int, registers: Sequence[tuple[str, int]], others: int) -> list[Any]:
    sizes = sum(size for _, size in registers)
    found: list[Any]
    if sizes == num_qubits:
        found = [QuantumRegister(size, name) for name, size in registers]
    else:  # physical qubits, whose numbers may meet those of registers
        found = [QuantumRegister(num_qubits, "q")] if num_qubits else []
    return [*found, QuantumRegister(others, _BESIDE)] if others else found


def _named(registers: Sequence[tuple[str, tuple[int, ...]]]) -> list[tuple[str, tuple[int, ...]]]:
    """Registers by names that are all different."""
    seen: set[str] = set()
    found: list[tuple[str, tuple[int, ...]]] = []
    for name, places in registers:
        while name in seen:
            name += "_"
        seen.add(name)
        found.append((name, places))
    return found


def _without_idle_measurements(operations: Sequence[Operation]) -> tuple[list[Operation], bool]:
    """The operations without measurements that nobody reads, if nothing acts on their qubit later."""
    touched: set[int] = set()
    kept: list[Operation] = []
    dephasing = False
    for operation in reversed(operations):
        if isinstance(operation, Measured) and operation.bit is None:
            if operation.qubit not in touched:
                continue
            kept += reversed(dephased(operation.qubit))
            dephasing = True
            continue
        if isinstance(operation, Branched):
            then, one = _dephased_within(operation.then)
            other, two = _dephased_within(operation.other)
            operation = Branched(operation.condition, tuple(then), tuple(other), operation.line)
            dephasing = dephasing or one or two
        elif not (isinstance(operation, Applied) and operation.gate == "barrier"):
            touched.update(_qubits(operation))
        if isinstance(operation, Branched):
            touched.update(_qubits(operation))
        kept.append(operation)
    return kept[::-1], dephasing


def _dephased_within(operations: Sequence[Operation]) -> tuple[list[Operation], bool]:
    """Likewise in a branch, after which anything may act on the qubits."""
    found: list[Operation] = []
    dephasing = False
    for operation in operations:
        if isinstance(operation, Measured) and operation.bit is None:
            found += dephased(operation.qubit)
            dephasing = True
        elif isinstance(operation, Branched):
            then, one = _dephased_within(operation.then)
            other, two = _dephased_within(operation.other)
            found.append(Branched(operation.condition, tuple(then), tuple(other), operation.line))
            dephasing = dephasing or one or two
        else:
            found.append(operation)
    return found, dephasing


def _qubits(operation: Operation) -> set[int]:
    if isinstance(operation, Measured):
        return {operation.qubit}
    if isinstance(operation, Branched):
        return {qubit for part in (*operation.then, *operation.other) for qubit in _qubits(part)}
    return set(operation.qubits)


class _Writer:
    """Turns operations into Qiskit's instructions."""

    def __init__(self, qubits: Mapping[int, Qubit], clbits: Sequence[Clbit], conditions: Conditions) -> None:
        self._qubits = qubits
        self._clbits = clbits
        self._conditions = conditions

    def steps(self, operations: Iterable[Operation]) -> list[Step]:
        steps: list[Step] = []
        for operation in operations:
            if isinstance(operation, Measured):
                assert operation.bit is not None
                qubit, bit = self._qubits[operation.qubit], self._clbits[operation.bit]
                steps.append(CircuitInstruction(_MEASURE, (qubit,), (bit,)))
            elif isinstance(operation, Branched):
                steps.append(self._branch(operation))
            elif isinstance(operation, Delayed):
                for place in operation.qubits:
                    delay = Delay(_duration(operation), operation.unit)
                    steps.append(CircuitInstruction(delay, (self._qubits[place],), ()))
            else:
                steps += self._applied(operation)
        return steps

    def _applied(self, operation: Applied) -> list[Step]:
        qubits = [self._qubits[place] for place in operation.qubits]
        if operation.gate == "reset":
            return [CircuitInstruction(_RESET, (qubit,), ()) for qubit in qubits]
        if operation.gate == "barrier":
            return [CircuitInstruction(Barrier(len(qubits)), qubits, ())] if qubits else []
        return [CircuitInstruction(operation.gate, qubits, ())]

    def _branch(self, operation: Branched) -> Step:
        condition = self._conditions.write(operation.condition, operation.line)
        then, other = self.steps(operation.then), self.steps(operation.other)
        if not isinstance(condition, tuple) and not isinstance(condition, expr.Expr):
            raise TypeError(f"a condition expected, found {condition}")
        needed, registers = _named_in(condition)
        for step in (*then, *other):
            if isinstance(step.operation, IfElseOp):
                inner, more = _named_in(step.operation.condition)
                needed |= inner
                registers |= more
        qubits = list(dict.fromkeys(qubit for step in (*then, *other) for qubit in step.qubits))
        clbits = dict.fromkeys(bit for step in (*then, *other) for bit in step.clbits)
        used = [bit for bit in self._clbits if bit in clbits or bit in needed]
        bodies = [self._body(steps, qubits, used) for steps in (then, other)]
        branch = IfElseOp(condition, bodies[0], bodies[1] if other else None)
        return CircuitInstruction(branch, qubits, used)

    def _body(
        self, steps: Iterable[Step], qubits: Sequence[Qubit], clbits: Sequence[Clbit]
    ) -> QuantumCircuit:
        body = QuantumCircuit(list(qubits), list(clbits))
        place = set(clbits)
        registers: dict[ClassicalRegister, None] = {}
        found = list(steps)
        for step in found:
            if isinstance(step.operation, IfElseOp):
                _, more = _named_in(step.operation.condition)
                registers.update(dict.fromkeys(more))
        for register in registers:
            if all(bit in place for bit in register):
                body.add_register(register)
        for step in found:
            body.append(step, copy=False)
        return body


def _duration(operation: Delayed) -> float | int:
    return int(operation.duration) if operation.unit == "dt" else operation.duration


def _named_in(condition: Any) -> tuple[set[Clbit], set[Any]]:
    """The bits that a condition reads, and the registers that it names as a whole."""
    names = [condition[0]] if isinstance(condition, tuple) else [v.var for v in expr.iter_vars(condition)]
    bits: set[Clbit] = set()
    registers: set[Any] = set()
    for name in names:
        if isinstance(name, ClassicalRegister):
            registers.add(name)
            bits |= set(name)
        else:
            bits.add(name)
    return bits, registers
