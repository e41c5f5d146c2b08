"""A Qiskit circuit as a program of the exact machine."""

# Classes that Qiskit writes in Rust carry no types.
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CASE_DEFAULT, AnnotatedOperation, Clbit, ControlFlowOp, ControlledGate, Gate
from qiskit.circuit.classical import expr, types
from qiskit.circuit.library import get_standard_gate_name_mapping
from qiskit.quantum_info import Operator

from qorum.circuits.second_reading.gates import MAX_WIDTH
from qorum.circuits.second_reading.machine import Amplitudes, Bit, Machine, Program

MAX_KEPT = 4096

_STANDARD_NAMES = frozenset(get_standard_gate_name_mapping())

_Places = Mapping[Any, int]


class NotPlayed(TypeError):
    """An instruction or expression that has no meaning on the machine."""


class _Leave(Exception):
    """A loop is left, or its body (`continue_loop`)."""

    def __init__(self, name: str) -> None:
        self.name = name


def circuit_program(circuit: QuantumCircuit) -> Program:
    """The circuit; its classical bits are the circuit's, in order, and begin as 0.

    A circuit that measures nothing is measured whole.

    Playing it raises `NotPlayed` where the circuit goes beyond gates, measurements, resets, control flow,
    and expressions of bits, registers and variables.
    """
    places: dict[Any, int] = {bit: index for index, bit in enumerate(circuit.qubits)}
    places |= {bit: index for index, bit in enumerate(circuit.clbits)}

    measured = _measures(circuit)

    def play(machine: Machine) -> Sequence[Bit]:
        bits: list[Bit] = [0] * circuit.num_clbits
        _Player(machine, bits).play(circuit, places)
        return bits if measured else [machine.measure(qubit) for qubit in range(circuit.num_qubits)]

    return play


def _measures(circuit: QuantumCircuit) -> bool:
    for step in circuit.data:
        if step.clbits and not step.is_control_flow():
            return True
        if step.is_control_flow() and any(map(_measures, cast(ControlFlowOp, step.operation).blocks)):
            return True
    return False


_matrices: dict[tuple[str, tuple[Any, ...]], Amplitudes] = {}


def _standard_matrix(step: Any) -> Amplitudes:
    """The matrix of one of Qiskit's standard gates; small ones are kept, for making them is slow."""
    key = (step.name, tuple(step.params))
    matrix = _matrices.get(key)
    if matrix is None:
        matrix = np.asarray(step.operation.to_matrix(), dtype=np.complex128)
        if len(_matrices) < MAX_KEPT:
            _matrices[key] = matrix
    return matrix


class _Player:
    def __init__(self, machine: Machine, bits: list[Bit]) -> None:
        self._machine, self._bits = machine, bits

    def play(self, circuit: QuantumCircuit, places: _Places) -> None:
        for step in circuit.data:
            qubits = [places[qubit] for qubit in step.qubits]
            if step.is_standard_gate():
                if qubits:
                    self._machine.apply(_standard_matrix(step), qubits)
                continue
            operation: Any = step.operation
            clbits = [places[clbit] for clbit in step.clbits]
            if isinstance(operation, Gate) or getattr(operation, "definition", None) is not None:
                self._gate(operation, qubits, clbits)  # whatever its name
            elif step.name == "measure":
                self._bits[clbits[0]] = self._machine.measure(qubits[0])
            elif step.name == "reset":
                self._machine.reset(qubits[0])
            elif step.name in ("barrier", "delay"):
                self._machine.step()
            elif step.name == "store":
                self._store(operation, places)
            elif step.name in ("break_loop", "continue_loop"):
                raise _Leave(step.name)
            elif step.is_control_flow():
                self._control(operation, places, qubits, clbits)
            else:
                self._gate(operation, qubits, clbits)

    def _gate(self, operation: Any, qubits: list[int], clbits: list[int]) -> None:
        if hasattr(operation, "__array__") and not clbits:
            matrix = np.asarray(operation.to_matrix(), dtype=np.complex128)
            if qubits:
                self._machine.apply(matrix, qubits)
            return
        if isinstance(operation, ControlledGate) and _controlled_by_name(operation.base_gate):
            self._machine.apply(_controlled_matrix(operation), qubits)
            return
        body: QuantumCircuit | None = getattr(operation, "definition", None)
        if (
            body is None
            and not clbits
            and len(qubits) <= MAX_WIDTH
            and isinstance(operation, AnnotatedOperation)
        ):
            self._machine.apply(np.asarray(Operator(operation).data), qubits)
            return
        if body is None:
            raise NotPlayed(f"{operation.name} has neither a matrix nor a definition")
        inner = [*zip(body.qubits, qubits, strict=True), *zip(body.clbits, clbits, strict=True)]
        self.play(body, dict(inner))

    def _control(self, operation: Any, places: _Places, qubits: list[int], clbits: list[int]) -> None:
        def run(block: QuantumCircuit) -> None:
            inner = [*zip(block.qubits, qubits, strict=True), *zip(block.clbits, clbits, strict=True)]
            self.play(block, {**places, **dict(inner)})

        self._machine.step()
        name, blocks = operation.name, operation.blocks
        if name == "if_else":
            if self._holds(operation.condition, places):
                run(blocks[0])
            elif len(blocks) > 1:
                run(blocks[1])
        elif name == "switch_case":
            value = self._value(operation.target, places)
            for labels, block in operation.cases_specifier():
                if any(label is CASE_DEFAULT or label == value for label in labels):
                    run(block)
                    break
        elif name == "while_loop":
            while self._holds(operation.condition, places):
                self._machine.step()
                if not _goes_on(run, blocks[0]):
                    break
        elif name == "for_loop":
            self._for(operation, run)
        elif name == "box":
            run(blocks[0])
        else:
            raise NotPlayed(f"{name} is no control flow known here")

    def _for(self, operation: Any, run: Callable[[QuantumCircuit], None]) -> None:
        values, parameter, body = operation.params
        for value in values:
            self._machine.step()
            bound = body if parameter is None else body.assign_parameters({parameter: value})
            if not _goes_on(run, bound):
                break

    def _store(self, operation: Any, places: _Places) -> None:
        value, target = self._value(operation.rvalue, places), operation.lvalue
        if isinstance(target, expr.Index):
            place = self._bit_places(target.target.var, places)[self._value(target.index, places)]
            self._bits[place] = int(value)
        elif target.standalone:
            self._machine.memory[target.name] = value
        else:
            for i, place in enumerate(self._bit_places(target.var, places)):
                self._bits[place] = int(value) >> i & 1

    def _holds(self, condition: Any, places: _Places) -> bool:
        if isinstance(condition, tuple):
            target, wanted = condition
            return self._value(target, places) == int(wanted)
        return bool(self._value(condition, places))

    def _value(self, node: Any, places: _Places) -> Any:
        self._machine.step()
        if not isinstance(node, expr.Expr):
            where = self._bit_places(node, places)
            return sum(self._machine.read(self._bits[place]) << i for i, place in enumerate(where))
        return _fit(node.type, self._expression(node, places))

    def _bit_places(self, target: Any, places: _Places) -> list[int]:
        return [places[bit] for bit in ([target] if isinstance(target, Clbit) else target)]

    def _expression(self, node: Any, places: _Places) -> Any:
        match node:
            case expr.Var():
                return self._machine.memory[node.name] if node.standalone else self._value(node.var, places)
            case expr.Value():
                return node.value
            case expr.Cast():
                return self._value(node.operand, places)
            case expr.Index():
                return self._value(node.target, places) >> self._value(node.index, places) & 1
            case expr.Unary():
                value = self._value(node.operand, places)
                return _UNARY[node.op](value)
            case expr.Binary():
                left = self._value(node.left, places)
                if node.op is expr.Binary.Op.LOGIC_AND and not left:
                    return False
                if node.op is expr.Binary.Op.LOGIC_OR and left:
                    return True
                right = self._value(node.right, places)
                if node.op is expr.Binary.Op.DIV and isinstance(node.type, types.Uint):
                    return left // right
                return _BINARY[node.op](left, right)
            case _:
                raise NotPlayed(f"{type(node).__name__} has no value here")


def _controlled_by_name(base: Any) -> bool:
    """Whether Qiskit's definition of the controlled gate is that of a standard gate of the same name."""
    return base.name in _STANDARD_NAMES and not hasattr(base, "__array__") and base.num_qubits <= MAX_WIDTH


def _controlled_matrix(operation: Any) -> Amplitudes:
    """By the definition of what is controlled; controls come first."""
    base, controls = np.asarray(Operator(operation.base_gate).data), operation.num_ctrl_qubits
    matrix = np.eye(len(base) << controls, dtype=np.complex128)
    places = [(row << controls) + operation.ctrl_state for row in range(len(base))]
    matrix[np.ix_(places, places)] = base
    return matrix


def _goes_on(run: Callable[[QuantumCircuit], None], body: QuantumCircuit) -> bool:
    try:
        run(body)
    except _Leave as leave:
        return leave.name == "continue_loop"
    return True


_UNARY: dict[Any, Callable[[Any], Any]] = {
    expr.Unary.Op.BIT_NOT: lambda a: (not a) if isinstance(a, bool) else ~a,
    expr.Unary.Op.LOGIC_NOT: operator.not_,
    expr.Unary.Op.NEGATE: operator.neg,
}
_BINARY: dict[Any, Callable[[Any, Any], Any]] = {
    expr.Binary.Op.BIT_AND: operator.and_,
    expr.Binary.Op.BIT_OR: operator.or_,
    expr.Binary.Op.BIT_XOR: operator.xor,
    expr.Binary.Op.LOGIC_AND: lambda a, b: bool(a and b),
    expr.Binary.Op.LOGIC_OR: lambda a, b: bool(a or b),
    expr.Binary.Op.EQUAL: operator.eq,
    expr.Binary.Op.NOT_EQUAL: operator.ne,
    expr.Binary.Op.LESS: operator.lt,
    expr.Binary.Op.LESS_EQUAL: operator.le,
    expr.Binary.Op.GREATER: operator.gt,
    expr.Binary.Op.GREATER_EQUAL: operator.ge,
    expr.Binary.Op.SHIFT_LEFT: operator.lshift,
    expr.Binary.Op.SHIFT_RIGHT: operator.rshift,
    expr.Binary.Op.ADD: operator.add,
    expr.Binary.Op.SUB: operator.sub,
    expr.Binary.Op.MUL: operator.mul,
    expr.Binary.Op.DIV: operator.truediv,
}


def _fit(kind: Any, value: Any) -> Any:
    if isinstance(kind, types.Bool):
        return bool(value)
    if isinstance(kind, types.Uint):
        return int(value) & ((1 << kind.width) - 1)
    if isinstance(kind, types.Float):
        return float(value)
    raise NotPlayed(f"a value of type {kind} has no meaning here")
