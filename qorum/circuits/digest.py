"""What a circuit samples, in one canonical form, and the sha256 of it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, Delay, IfElseOp
from qiskit.circuit.classical import expr
from qiskit.circuit.library import UnitaryGate

from qorum.circuits.definitions import (
    LEAVES,
    MAX_OPERATIONS,
    NotCanonical,
    inline_definitions,
    is_dense_leaf,
    too_many_operations,
)
from qorum.circuits.hidden import hidden_bits
from qorum.circuits.walks import places_of


class Step(NamedTuple):
    """One operation with everything defined by the circuit's own gates expanded.

    Attributes:
        name: Qiskit's name of a standard gate, of an instruction, or `if_else`.
        values: parameters, duration or condition, each in its canonical spelling.
        qubits: operands as indices into the circuit.
        clbits: likewise; for `if_else` all that its condition and bodies touch.
        bodies: of an `if_else`.
    """

    name: str
    values: tuple[str, ...]
    qubits: tuple[int, ...]
    clbits: tuple[int, ...]
    bodies: tuple[list[Step], ...] = ()


def circuit_digest(circuit: QuantumCircuit) -> str:
    """sha256 (hex) over the canonical form: instructions, operands, parameters as hexadecimal floats.

    Names of circuit, registers and defined gates do not count, nor does the global phase. Bits count
    by their index. A gate of the circuit's own counts as what it is defined to be.

    Raises:
        NotCanonical: see `canonical_steps`.
    """
    steps = canonical_steps(circuit)
    return digest_steps(circuit.num_qubits, circuit.num_clbits, steps, hidden_bits(circuit))


def template_digest(circuit: QuantumCircuit) -> str:
    """sha256 (hex) of a circuit with free parameters, whatever values they get; their names count.

    Raises:
        NotCanonical: see `canonical_steps`.
    """
    steps = _Reader(free=True).read(inline_definitions(circuit), places_of(circuit))
    names = ",".join(parameter.name for parameter in circuit.parameters)
    digest = digest_steps(circuit.num_qubits, circuit.num_clbits, steps, hidden_bits(circuit))
    return hashlib.sha256(f"{digest} of {names}".encode()).hexdigest()


def digest_steps(num_qubits: int, num_clbits: int, steps: Sequence[Step], hidden: int = 0) -> str:
    """`circuit_digest` of a circuit whose canonical steps are known already, as are its hidden bits."""
    lines = [f"qorum circuit 1 {num_qubits} {num_clbits}" + (f" hidden {hidden}" if hidden else "")]
    _write(steps, lines)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _write(steps: Sequence[Step], lines: list[str]) -> None:
    for name, values, qubits, clbits, bodies in steps:
        lines.append(f"{name}{values}{qubits}{clbits}")
        for body in bodies:
            lines.append("{")
            _write(body, lines)
            lines.append("}")


def canonical_steps(circuit: QuantumCircuit) -> list[Step]:
    """All operations of the circuit in order, the circuit's own gates expanded.

    Raises:
        NotCanonical: more than MAX_OPERATIONS, definitions deeper than MAX_DEFINITION_DEPTH, a
            parameter without a finite value, an operation that is neither standard nor defined, or
            control flow other than `if`.
    """
    return _Reader().read(inline_definitions(circuit), places_of(circuit))


class _Reader:
    """Walks a circuit and counts what it meets, to stop early at circuits that explode.

    Args:
        free: whether parameters may be without values; they are spelled as expressions then.
    """

    def __init__(self, *, free: bool = False) -> None:
        self._left, self._free = MAX_OPERATIONS, free

    def read(self, circuit: QuantumCircuit, place: Mapping[Any, int]) -> list[Step]:
        steps: list[Step] = []
        for step in circuit.data:
            name = step.name
            qubits = tuple([place[bit] for bit in step.qubits])
            if not step.is_standard_gate():
                clbits = tuple([place[bit] for bit in step.clbits])
                steps.append(self._read_other(step.operation, qubits, clbits, place))
                continue
            values = tuple([self._spelled(name, value) for value in step.params]) if step.params else ()
            self._take(1)
            if qubits:  # a global phase cannot be sampled
                steps.append(Step(name, values, qubits, ()))
        return steps

    def _read_other(
        self, operation: Any, qubits: tuple[int, ...], clbits: tuple[int, ...], place: Mapping[Any, int]
    ) -> Step:
        name = str(operation.name)
        if isinstance(operation, LEAVES):
            self._take(1)
            values = ()
            if isinstance(operation, Delay):
                values = (_number(name, operation.duration), str(operation.unit))
            return Step(name, values, qubits, clbits)
        if isinstance(operation, IfElseOp):
            blocks: Any = operation.blocks
            bodies = tuple(self.read(body, {**place, **places_of(body, qubits, clbits)}) for body in blocks)
            self._take(1)
            return Step(name, (_condition(operation.condition, place),), qubits, clbits, bodies)
        if is_dense_leaf(operation):
            self._take(4 ** len(qubits) if isinstance(operation, UnitaryGate) else 2 ** (len(qubits) + 1))
            return Step(name, tuple(_array(value) for value in operation.params), qubits, clbits)
        raise NotCanonical(_undefined(name))

    def _spelled(self, gate: str, value: Any) -> str:
        if self._free and getattr(value, "parameters", None):
            return f"({value})"
        return _number(gate, value)

    def _take(self, how_many: int) -> None:
        self._left -= how_many
        if self._left < 0:
            raise too_many_operations()


def _undefined(name: str) -> str:
    if name in ("while_loop", "switch_case", "for_loop", "break_loop", "continue_loop", "box", "store"):
        return f"gates, measure, reset and if expected, found {name}; write it without"
    return f"a gate with a definition expected, found {name!r} without one; define it by standard gates"


def _number(gate: str, value: Any) -> str:
    """A real parameter as a hexadecimal float, 0 and -0 alike."""
    if type(value) is not float:
        try:
            value = float(value)
        except (TypeError, ValueError) as error:
            raise NotCanonical(
                f"a number expected as parameter of {gate}, found {value}; give the parameter a value"
            ) from error
        except OverflowError:
            value = math.inf
    if not math.isfinite(value):
        raise NotCanonical(f"a finite parameter of {gate} expected, found {value}; correct the expression")
    return (value + 0.0).hex()


def _array(value: Any) -> str:
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "iufc":  # Initialize takes labels such as "+-0" too
        return repr(value)
    if not np.isfinite(numbers).all():
        raise NotCanonical("finite amplitudes expected, found inf or nan; correct the matrix or state")
    return hashlib.sha256((numbers.astype(np.complex128) + 0.0).tobytes()).hexdigest()


def _condition(condition: Any, place: Mapping[Any, int]) -> str:
    if isinstance(condition, expr.Expr):
        return _expression(condition, place)
    target, value = condition
    return f"{_bits(target, place)}=={int(value)}"


def _bits(target: Any, place: Mapping[Any, int]) -> str:
    if isinstance(target, Clbit):
        return f"bit {place[target]}"
    return f"bits {[place[bit] for bit in target]}"


def _expression(node: Any, place: Mapping[Any, int]) -> str:
    if isinstance(node, expr.Value):
        return f"{node.value}"
    if isinstance(node, expr.Var) and not node.standalone:
        return _bits(node.var, place)
    if isinstance(node, expr.Cast):
        return f"{node.type}({_expression(node.operand, place)})"
    if isinstance(node, expr.Unary):
        return f"{node.op.name}({_expression(node.operand, place)})"
    if isinstance(node, expr.Binary):
        return f"{node.op.name}({_expression(node.left, place)},{_expression(node.right, place)})"
    if isinstance(node, expr.Index):
        return f"INDEX({_expression(node.target, place)},{_expression(node.index, place)})"
    raise NotCanonical(f"conditions on measured bits expected, found {node}; write it without variables")
