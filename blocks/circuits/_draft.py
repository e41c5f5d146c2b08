"""A circuit of another library while it is translated: steps on numbered qubits and classical bits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, IfElseOp, Measure, Qubit, Reset, WhileLoopOp
from qiskit.circuit.library import XGate

from qorum.circuits.measured_values import MAX_BITS, Value, as_expression
from qorum.circuits.refusal import MAX_OPERATIONS, NotCanonical, too_many_operations


@dataclass(frozen=True)
class Reading:
    """An object as it was read.

    Attributes:
        circuit: as Qiskit has it.
        hidden: how many of its last classical bits its histogram leaves out.
        warnings: what was done that the object does not say.
    """

    circuit: QuantumCircuit
    hidden: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Step:
    operation: Any
    qubits: tuple[int, ...]
    bits: tuple[int, ...] = ()
    undoes: bool = False  # of use only if something acts on the qubit later


class Draft:
    """Collects steps; blocks of branches and loops are drafts over the same bits."""

    def __init__(self, num_qubits: int) -> None:
        self._qubits = [Qubit() for _ in range(num_qubits)]
        self._clbits: list[Clbit] = []
        self._steps: list[_Step] = []
        self._left = [MAX_OPERATIONS]

    @property
    def num_qubits(self) -> int:
        """How many qubits it has."""
        return len(self._qubits)

    def inner(self) -> Draft:
        """An empty one over the same qubits and bits, for a block."""
        block = Draft(0)
        block._qubits, block._clbits, block._left = self._qubits, self._clbits, self._left
        return block

    def new_bit(self) -> int:
        """A classical bit more; its number."""
        self._clbits.append(Clbit())
        return len(self._clbits) - 1

    def add(
        self, operation: Any, qubits: Sequence[int], bits: Sequence[int] = (), *, undoes: bool = False
    ) -> None:
        """One operation of Qiskit.

        Raises:
            NotCanonical: there are too many.
        """
        self._left[0] -= 1
        if self._left[0] < 0:
            raise too_many_operations()
        self._steps.append(_Step(operation, tuple(qubits), tuple(bits), undoes))

    def measure(self, qubit: int, bit: int, *, inverted: bool = False) -> None:
        """Measures a qubit; `inverted`: the bit reads the opposite."""
        if inverted:
            self.add(XGate(), [qubit])
        self.add(Measure(), [qubit], [bit])
        if inverted:
            self.add(XGate(), [qubit], undoes=True)

    def reset(self, qubit: int) -> None:
        """Brings a qubit to 0."""
        self.add(Reset(), [qubit])

    def branch(self, condition: Value, block: Draft) -> None:
        """Does the block's steps where the condition, a value of bits, holds."""
        if condition.is_constant:
            if condition.table[0]:
                self.extend(block)
            return
        self._flow(IfElseOp(self._expression(condition), block._circuit()))

    def repeat_while(self, condition: Value, block: Draft) -> None:
        """Repeats the block's steps while the condition holds."""
        if condition.is_constant:
            raise NotCanonical(
                "a loop whose end depends on what is measured in it expected, found one that never ends or "
                "never repeats; correct its condition"
            )
        self._flow(WhileLoopOp(self._expression(condition), block._circuit()))

    def extend(self, block: Draft) -> None:
        """All steps of the block."""
        self._steps.extend(block._steps)

    def finish(self, shown: Sequence[int], warnings: Sequence[str] = ()) -> Reading:
        """The circuit whose histogram has the bits `shown`, bit 0 first; the others are hidden."""
        hidden = [bit for bit in range(len(self._clbits)) if bit not in set(shown)]
        self._steps = _without_idle_undoing(self._steps)
        return Reading(self._circuit((*shown, *hidden)), len(hidden), tuple(warnings))

    def _expression(self, condition: Value) -> Any:
        return as_expression(condition, dict(enumerate(self._clbits)))

    def _flow(self, operation: Any) -> None:
        block = operation.blocks[0]
        numbers = {bit: number for number, bit in enumerate(self._clbits)}
        self.add(operation, range(len(self._qubits)), [numbers[bit] for bit in block.clbits])

    def _circuit(self, order: Sequence[int] | None = None) -> QuantumCircuit:
        bits = range(len(self._clbits)) if order is None else order
        circuit = QuantumCircuit(self._qubits, [self._clbits[bit] for bit in bits])
        for step in self._steps:
            qubits = [self._qubits[number] for number in step.qubits]
            circuit.append(step.operation, qubits, [self._clbits[number] for number in step.bits])
        return circuit


def _without_idle_undoing(steps: Sequence[_Step]) -> list[_Step]:
    kept: list[_Step] = []
    used: set[int] = set()
    for step in reversed(steps):
        if step.undoes and used.isdisjoint(step.qubits):
            continue
        used.update(step.qubits)
        kept.append(step)
    return kept[::-1]


def too_many_bits(found: int) -> NotCanonical:
    """The complaint about a condition on more bits than a table has room for."""
    return NotCanonical(
        f"a condition on at most {MAX_BITS} measured bits expected, found {found}; split it into several"
    )
