"""Exact distribution of a circuit with any control flow, step by step: what lowering is compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import CASE_DEFAULT, Clbit
from qiskit.circuit.classical import expr, types
from qiskit.quantum_info import Operator

from qorum.circuits.accepted import AcceptedCircuit

NEGLIGIBLE = 1e-12


class _Leave(Exception):
    pass


class _Continue(Exception):
    pass


class _Shot:
    """One way through a circuit: the outcomes of its first measurements are given, the others follow."""

    def __init__(self, circuit: QuantumCircuit, outcomes: tuple[int, ...]) -> None:
        self.outcomes, self.used = outcomes, 0
        self.state = np.zeros((2,) * circuit.num_qubits, dtype=complex)
        self.state[(0,) * circuit.num_qubits] = 1
        self.memory: dict[Any, Any] = dict.fromkeys(circuit.clbits, False)
        places = {qubit: index for index, qubit in enumerate(circuit.qubits)}
        self.play(circuit, {**places, **{bit: bit for bit in circuit.clbits}})
        self.key = "".join(str(int(self.memory[bit])) for bit in reversed(circuit.clbits))

    def play(self, circuit: QuantumCircuit, at: dict[Any, Any]) -> None:
        for step in circuit.data:
            operation: Any = step.operation
            qubits, bits = [at[qubit] for qubit in step.qubits], [at[bit] for bit in step.clbits]
            inner = [self.bound(block, at, qubits, bits) for block in getattr(operation, "blocks", ())]
            if step.name == "measure":
                self.memory[bits[0]] = bool(self.project(qubits[0]))
            elif step.name == "reset":
                if self.project(qubits[0]):
                    self.state = np.flip(self.state, qubits[0])
            elif step.name == "store":
                self.memory[self.place(operation.lvalue, at)] = self.value(operation.rvalue, at)
            elif step.name == "if_else":
                chosen = 0 if self.holds(operation.condition, at) else 1
                if chosen < len(inner):
                    self.play(operation.blocks[chosen], inner[chosen])
            elif step.name == "switch_case":
                found = self.value(operation.target, at)
                for (labels, block), bound in zip(operation.cases_specifier(), inner, strict=True):
                    if any(label is CASE_DEFAULT or label == found for label in labels):
                        self.play(block, bound)
                        break
            elif step.name in ("for_loop", "while_loop"):
                self.loop(operation, inner[0], at)
            elif step.name == "box":
                self.play(operation.blocks[0], inner[0])
            elif step.name == "break_loop":
                raise _Leave
            elif step.name == "continue_loop":
                raise _Continue
            elif step.name not in ("barrier", "delay"):
                self.apply(Operator(operation).data, qubits)

    def bound(self, block: QuantumCircuit, at: dict[Any, Any], qubits: list[int], bits: list[Any]) -> Any:
        pairs = [*zip(block.qubits, qubits, strict=True), *zip(block.clbits, bits, strict=True)]
        return {**at, **dict(pairs)}

    def loop(self, operation: Any, inner: dict[Any, Any], at: dict[Any, Any]) -> None:
        rounds = list(operation.params[0]) if operation.name == "for_loop" else None
        try:
            while rounds if rounds is not None else self.holds(operation.condition, at):
                body = operation.blocks[0]
                if rounds and (value := rounds.pop(0)) is not None and operation.params[1] is not None:
                    body = body.assign_parameters({operation.params[1]: value})
                try:
                    self.play(body, inner)
                except _Continue:
                    continue
        except _Leave:
            return

    def project(self, qubit: int) -> int:
        halves = np.moveaxis(self.state, qubit, 0)
        outcome = self.outcomes[self.used] if self.used < len(self.outcomes) else None
        if outcome is None:
            weights = [np.linalg.norm(half) ** 2 for half in halves]
            outcome = 0 if weights[0] > NEGLIGIBLE else 1
            self.outcomes = (*self.outcomes, outcome)
        self.used += 1
        halves[1 - outcome] = 0
        return outcome

    def apply(self, matrix: np.ndarray, qubits: list[int]) -> None:
        axes, count = qubits[::-1], len(qubits)
        gate = matrix.reshape((2,) * (2 * count))
        turned = np.tensordot(gate, self.state, axes=(range(count, 2 * count), axes))
        self.state = np.moveaxis(turned, range(count), axes)

    def place(self, node: Any, at: dict[Any, Any]) -> Any:
        return node if node.standalone else at[node.var]

    def holds(self, condition: Any, at: dict[Any, Any]) -> bool:
        if isinstance(condition, tuple):
            return int(self.value(condition[0], at)) == int(condition[1])
        return bool(self.value(condition, at))

    def value(self, node: Any, at: dict[Any, Any]) -> Any:
        if isinstance(node, Clbit):
            return self.memory[at[node]]
        if not isinstance(node, expr.Expr):
            return sum(int(self.memory[at[bit]]) << place for place, bit in enumerate(node))
        if isinstance(node, expr.Value):
            return node.value
        if isinstance(node, expr.Var):
            return self.memory[node] if node.standalone else self.value(node.var, at)
        if isinstance(node, expr.Cast):
            found = self.value(node.operand, at)
        elif isinstance(node, expr.Index):
            found = self.value(node.target, at) >> self.value(node.index, at) & 1
        elif isinstance(node, expr.Unary):
            operand = self.value(node.operand, at)
            found = not operand if isinstance(node.type, types.Bool) else ~operand
        else:
            found = _BINARY[node.op.name](self.value(node.left, at), self.value(node.right, at))
        return bool(found) if isinstance(node.type, types.Bool) else int(found) % (1 << node.type.width)


_BINARY = {
    **{"BIT_AND": lambda a, b: a & b, "BIT_OR": lambda a, b: a | b, "BIT_XOR": lambda a, b: a ^ b},
    **{"LOGIC_AND": lambda a, b: a and b, "LOGIC_OR": lambda a, b: a or b, "EQUAL": lambda a, b: a == b},
    **{"NOT_EQUAL": lambda a, b: a != b, "LESS": lambda a, b: a < b, "GREATER": lambda a, b: a > b},
    **{"LESS_EQUAL": lambda a, b: a <= b, "GREATER_EQUAL": lambda a, b: a >= b, "ADD": lambda a, b: a + b},
    **{"SUB": lambda a, b: a - b, "SHIFT_LEFT": lambda a, b: a << b, "SHIFT_RIGHT": lambda a, b: a >> b},
}


def branching(circuit: QuantumCircuit) -> dict[str, float]:
    """Probability of each key, by playing the circuit once for each way its measurements come out."""
    total: dict[str, float] = {}
    waiting: list[tuple[int, ...]] = [()]
    while waiting:
        given = waiting.pop()
        shot = _Shot(circuit, given)
        weight = float(np.linalg.norm(shot.state) ** 2)
        waiting += [
            (*shot.outcomes[:place], 1)
            for place in range(len(given), len(shot.outcomes))
            if not shot.outcomes[place]
        ]
        if weight > NEGLIGIBLE:
            total[shot.key] = total.get(shot.key, 0.0) + weight
    return total


def shown(accepted: AcceptedCircuit) -> dict[str, float]:
    """The same of an accepted circuit, its hidden bits left out."""
    total: dict[str, float] = {}
    for key, probability in branching(accepted.circuit).items():
        kept = key[len(key) - accepted.spec.num_clbits :]
        total[kept] = total.get(kept, 0.0) + probability
    return total
