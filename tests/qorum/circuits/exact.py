"""Exact distribution of the classical bits, by following every branch of the measurements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Clbit, Qubit
from qiskit.quantum_info import Statevector

from qorum.circuits.conditions import compile_condition

_NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class _Branch:
    """An unnormalised state, and the classical bits that led to it (bit i at index i)."""

    state: Statevector
    bits: tuple[int, ...]


def distribution(circuit: QuantumCircuit) -> dict[str, float]:
    """Probability of each key, in Qiskit's bit order; idle qubits cost nothing."""
    used = sorted({circuit.find_bit(q).index for i in circuit.data if i.name != "barrier" for q in i.qubits})
    place = {circuit.qubits[index]: position for position, index in enumerate(used)}
    bits = {bit: index for index, bit in enumerate(circuit.clbits)}
    start = _Branch(Statevector.from_int(0, 2 ** len(used)), (0,) * circuit.num_clbits)
    total: dict[str, float] = {}
    for branch in _follow(circuit, [start], place, bits):
        key = "".join(map(str, reversed(branch.bits)))
        total[key] = total.get(key, 0.0) + float(np.linalg.norm(branch.state.data) ** 2)
    return total


def distance(one: dict[str, float], other: dict[str, float]) -> float:
    """Total variation distance."""
    return sum(abs(one.get(key, 0) - other.get(key, 0)) for key in one.keys() | other.keys()) / 2


def _follow(
    circuit: QuantumCircuit, branches: list[_Branch], place: dict[Qubit, int], bits: dict[Clbit, int]
) -> list[_Branch]:
    for instruction in circuit.data:
        name, operation = instruction.operation.name, instruction.operation
        if name in ("barrier", "delay"):
            continue
        where = [place[qubit] for qubit in instruction.qubits]
        if name == "measure":
            target = bits[instruction.clbits[0]]
            branches = [part for branch in branches for part in _measure(branch, where[0], target)]
        elif name == "reset":
            branches = [part for branch in branches for part in _reset(branch, where[0])]
        elif name == "if_else":
            condition = compile_condition(operation.condition, bits)
            branches = [
                part for branch in branches for part in _branch(instruction, branch, condition, place, bits)
            ]
        else:
            branches = [_Branch(branch.state.evolve(operation, where), branch.bits) for branch in branches]
    return branches


def _branch(instruction, branch, condition, place, bits) -> list[_Branch]:
    holds = condition(sum(bit << i for i, bit in enumerate(branch.bits)))
    blocks = instruction.operation.blocks
    chosen = blocks[0] if holds else (blocks[1] if len(blocks) > 1 else None)
    if chosen is None:
        return [branch]
    inner_place = {
        inner: place[outer] for inner, outer in zip(chosen.qubits, instruction.qubits, strict=True)
    }
    inner_bits = bits | {inner: bits[outer] for inner, outer in zip(chosen.clbits, instruction.clbits, strict=True)}
    return _follow(chosen, [branch], inner_place, inner_bits)


def _measure(branch: _Branch, qubit: int, target: int) -> list[_Branch]:
    return [
        _Branch(state, (*branch.bits[:target], outcome, *branch.bits[target + 1 :]))
        for outcome, state in _projections(branch.state, qubit)
    ]


def _reset(branch: _Branch, qubit: int) -> list[_Branch]:
    flip = QuantumCircuit(1)
    flip.x(0)
    return [
        _Branch(state.evolve(flip, [qubit]) if outcome else state, branch.bits)
        for outcome, state in _projections(branch.state, qubit)
    ]


def _projections(state: Statevector, qubit: int) -> list[tuple[int, Statevector]]:
    ones = (np.arange(state.dim) >> qubit & 1).astype(bool)
    parts = [(0, np.where(ones, 0, state.data)), (1, np.where(ones, state.data, 0))]
    return [
        (outcome, Statevector(data)) for outcome, data in parts if np.linalg.norm(data) ** 2 > _NEGLIGIBLE
    ]
