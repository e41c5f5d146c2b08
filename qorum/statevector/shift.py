"""Gradients by the parameter-shift rule: exact derivatives from energies alone, simulated or sampled.

Each angle of each gate is shifted by itself, and the chain rule adds up what a parameter does in all of
them; the shifts are those of `qorum.statevector.shift_rules`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterExpression

from qorum.errors import CircuitRejected
from qorum.statevector.angles import Angles, NotLinear
from qorum.statevector.evolution import Circuit, Evolution
from qorum.statevector.gate_ir import Element
from qorum.statevector.gates import ANATOMY
from qorum.statevector.hardware import memory_bytes
from qorum.statevector.observables import PauliSum
from qorum.statevector.program import lower
from qorum.statevector.shift_rules import frequencies_of, shift_rule

Tensor = torch.Tensor

BATCH_AMPLITUDES = 1 << 22
"""Amplitudes of the shifted states that are simulated together; more of them are no faster."""


@dataclass(frozen=True)
class Shifts:
    """The energies of a gradient.

    Attributes:
        rows: which angle each shifts, shape [evaluations].
        steps: by how much, shape [evaluations].
        shares: in each partial derivative, shape [evaluations, parameters].
    """

    rows: np.ndarray
    steps: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True)
class ShiftedCircuit:
    """What a sampling backend has to measure for a gradient.

    Attributes:
        circuit: the circuit with a parameter of its own for each angle that was free; the order of
            `bindings` is that of its `parameters`.
        bindings: values to assign, shape [evaluations, angles].
        coefficients: shape [parameters, evaluations]; times the energies, shape [evaluations], the
            gradient by the original circuit's parameters, in their order.
    """

    circuit: QuantumCircuit
    bindings: np.ndarray
    coefficients: np.ndarray


def parameter_shift(
    circuit: Circuit, observable: PauliSum, parameters: Tensor | Sequence[float] | None
) -> Tensor:
    """The gradient of an expectation value, from the energies of shifted circuits.

    Args:
        circuit: with free parameters, each of which may stand in many gates.
        observable: on at most as many qubits.
        parameters: in the order of `QuantumCircuit.parameters`, shape [parameters] or [batch, parameters].

    Returns:
        Shape of `parameters`, float64 (float32 on MPS); it costs two energies for each free angle, four
        for controlled rotations.

    Raises:
        CircuitRejected: see `Circuit.states`; or the observable has more qubits than the circuit.
    """
    observable.refuse_wider_than(circuit.name, circuit.evolution.num_qubits)
    if circuit not in _KNOWN:
        _KNOWN[circuit] = _Shifts(circuit)
    shifts = _KNOWN[circuit]
    with torch.inference_mode():
        given = circuit.inputs(parameters)
        places = given if given.dim() == 2 else given.unsqueeze(0)
        rows = [
            shifts.energies(angles, observable) @ shifts.shares.to(given) for angles in shifts.angles(places)
        ]
        gradient = torch.stack(rows).view(given.shape) if rows else given
    return gradient.clone()


class _Shifts:
    """The shifted circuits of one circuit, as one batch of angles."""

    def __init__(self, circuit: Circuit) -> None:
        evolution, angles = circuit.evolution, circuit.program.angles
        elements = circuit.program.elements(circuit.name)
        shifts = shifts_of(elements, angles)
        self.shares = torch.from_numpy(shifts.shares)
        self._rows, self._steps = torch.from_numpy(shifts.rows), torch.from_numpy(shifts.steps)
        self._offsets, self._weights = angles.linear_map()
        self._evolution = Evolution(
            elements, evolution.num_qubits, len(angles), dtype=evolution.dtype, device=evolution.device
        )
        fitting = memory_bytes(evolution.device) // (4 * evolution.dtype.itemsize)
        self._at_once = max(1, min(BATCH_AMPLITUDES, fitting) >> evolution.num_qubits)

    def angles(self, parameters: Tensor) -> Tensor:
        """Shape [batch, angles], from [batch, parameters]."""
        return self._offsets.to(parameters) + parameters @ self._weights.to(parameters)

    def energies(self, angles: Tensor, observable: PauliSum) -> Tensor:
        """Of all shifted circuits about one set of angles."""
        found: list[Tensor] = [angles.new_empty(0)]
        for start in range(0, len(self._rows), self._at_once):
            rows = self._rows[start : start + self._at_once].to(angles.device)
            shifted = angles.repeat(len(rows), 1)
            shifted[torch.arange(len(rows)), rows] += self._steps[start : start + self._at_once].to(angles)
            found.append(observable.expectation(self._evolution.from_zero(shifted)))
        return torch.cat(found)


_KNOWN: WeakKeyDictionary[Circuit, _Shifts] = WeakKeyDictionary()


@dataclass(frozen=True)
class ShiftPlan:
    """The shifted circuits of one circuit, wherever they are taken: made once for many gradients.

    Attributes:
        circuit: see `ShiftedCircuit`.
        coefficients: see `ShiftedCircuit`.
        offsets: of the angles, shape [angles].
        weights: the angles are offsets + parameters · weights; shape [parameters, angles].
        moves: of the angles for each evaluation, shape [evaluations, angles].
    """

    circuit: QuantumCircuit
    coefficients: np.ndarray
    offsets: np.ndarray
    weights: np.ndarray
    moves: np.ndarray

    def angles(self, parameters: np.ndarray) -> np.ndarray:
        """What to assign for parameters without any shift; shapes [..., parameters] to [..., angles]."""
        return self.offsets + parameters @ self.weights

    def bindings(self, parameters: np.ndarray) -> np.ndarray:
        """What to assign for the gradient at one set of parameters, shape [evaluations, angles]."""
        return self.angles(parameters) + self.moves


def plan_shifts(circuit: QuantumCircuit) -> ShiftPlan:
    """The shifted circuits of a circuit; final measurements are kept.

    Raises:
        CircuitRejected: see `lower`; or the circuit measures or branches before its end.
    """
    split, angles = _split(circuit)
    program = lower(split)
    elements = program.elements(circuit.name)
    # Slots of the split circuit that are free, in the order of its parameters.
    slots = [slot for slot, _, _ in sorted(program.angles.weights, key=lambda weight: weight[1])]
    shifts = shifts_of(elements, angles, slots)
    offsets, weights = angles.linear_map()
    moves = np.zeros((len(shifts.rows), len(angles)))
    moves[np.arange(len(moves)), shifts.rows] = shifts.steps
    return ShiftPlan(split, shifts.shares.T, offsets.numpy(), weights.numpy(), moves)


def shifted_parameters(circuit: QuantumCircuit, parameters: Sequence[float] | np.ndarray) -> ShiftedCircuit:
    """The circuits whose energies give the gradient, for a backend that measures them.

    Args:
        circuit: with free parameters; final measurements are kept.
        parameters: where the gradient is taken, in the order of `circuit.parameters`.

    Raises:
        CircuitRejected: see `plan_shifts`; or another number of parameters, or one that is not finite.
    """
    given = np.asarray(parameters, dtype=np.float64)
    if given.shape != (circuit.num_parameters,) or not np.isfinite(given).all():
        reason = f"{circuit.num_parameters} finite parameters expected, found {parameters!r}"
        raise CircuitRejected(circuit.name, reason)
    plan = plan_shifts(circuit)
    return ShiftedCircuit(plan.circuit, plan.bindings(given), plan.coefficients)


def shifts_of(elements: Sequence[Element], angles: Angles, slots: Sequence[int] | None = None) -> Shifts:
    """The shifts of all angles of some gates.

    `slots` are those of the elements that the angles stand for, if they are not the same.
    """
    frequencies = frequencies_of(elements)
    by_angle: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for angle, place, weight in angles.weights:
        if weight:
            by_angle[angle].append((place, weight))
    rows: list[int] = []
    steps: list[float] = []
    shares: list[np.ndarray] = []
    for angle, weights in sorted(by_angle.items()):
        share = np.zeros(len(angles.parameters))
        for place, weight in weights:
            share[place] += weight
        for step, coefficient in shift_rule(frequencies.get(angle if slots is None else slots[angle], ())):
            rows.append(angle)
            steps.append(step)
            shares.append(share * coefficient)
    of_all = np.array(shares).reshape(len(rows), len(angles.parameters))
    return Shifts(np.array(rows, dtype=np.int64), np.array(steps), of_all)


def _split(circuit: QuantumCircuit) -> tuple[QuantumCircuit, Angles]:
    """The circuit with one new parameter for each free angle, and what these are in the old ones."""
    angles = Angles(circuit.parameters)
    split = circuit.copy_empty_like()
    split.global_phase = 0
    try:
        _split_into(split, circuit, angles, {bit: bit for bit in circuit.qubits})
    except NotLinear as error:
        raise CircuitRejected(circuit.name, str(error)) from error
    return split, angles


def _split_into(split: QuantumCircuit, block: QuantumCircuit, angles: Angles, qubits: dict[Any, Any]) -> None:
    for instruction in block.data:
        operands = [qubits[bit] for bit in instruction.qubits]
        operation = instruction.operation
        if not any(_is_free(value) for value in operation.params):
            split.append(operation, operands, instruction.clbits)
        elif instruction.name in ANATOMY:
            operation = operation.to_mutable()
            operation.params = [
                _new(value, angles) if _is_free(value) else value for value in operation.params
            ]
            split.append(operation, operands)
        elif operation.definition is None:
            raise NotLinear(f"a gate with a definition expected, found {instruction.name!r}")
        else:
            inner = dict(zip(operation.definition.qubits, operands, strict=True))
            _split_into(split, operation.definition, angles, inner)


def _is_free(value: Any) -> bool:
    return isinstance(value, ParameterExpression) and bool(value.parameters)


def _new(value: Any, angles: Angles) -> Any:
    # Padded: Qiskit orders a circuit's parameters by name.
    (slot, _) = angles.add(value).slots[0]
    return Parameter(f"angle_{slot:08d}")
