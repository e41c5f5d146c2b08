"""The Fubini-Study metric within layers of gates: what natural gradients divide by.

For gates exp(-i angle K) of one layer, all of which act on one state psi, it is the covariance
Re <K K'> - <K><K'> in psi (Stokes et al., arXiv:1909.02108, section 3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import CPU, Circuit
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.statevector.shift import ShiftPlan, plan_shifts

Array = np.ndarray

_GENERATORS: dict[str, Callable[[list[int]], list[PauliTerm]]] = {
    "rx": lambda q: [PauliTerm(q[0], 0, 0.5)],
    "ry": lambda q: [PauliTerm(q[0], q[0], 0.5)],
    "rz": lambda q: [PauliTerm(0, q[0], 0.5)],
    "p": lambda q: [PauliTerm(0, q[0], 0.5)],
    "u1": lambda q: [PauliTerm(0, q[0], 0.5)],
    "rxx": lambda q: [PauliTerm(q[0] | q[1], 0, 0.5)],
    "ryy": lambda q: [PauliTerm(q[0] | q[1], q[0] | q[1], 0.5)],
    "rzz": lambda q: [PauliTerm(0, q[0] | q[1], 0.5)],
    "rzx": lambda q: [PauliTerm(q[1], q[0], 0.5)],
    "crx": lambda q: [PauliTerm(q[1], 0, 0.25), PauliTerm(q[1], q[0], -0.25)],
    "cry": lambda q: [PauliTerm(q[1], q[1], 0.25), PauliTerm(q[1], q[0] | q[1], -0.25)],
    "crz": lambda q: [PauliTerm(0, q[1], 0.25), PauliTerm(0, q[0] | q[1], -0.25)],
    "cp": lambda q: [
        PauliTerm(0, q[0], 0.25),
        PauliTerm(0, q[1], 0.25),
        PauliTerm(0, q[0] | q[1], -0.25),
    ],
}
_GENERATORS["cu1"] = _GENERATORS["cp"]
"""Generators up to multiples of the identity, from the qubits as masks (Qiskit's circuit library)."""


@dataclass(frozen=True)
class Layer:
    """Gates of commuting generators that act on one state.

    Attributes:
        before: what leads there from the state of the layer before, in order.
        angles: places of the layer's angles among those of the split circuit.
        generators: one for each angle, traceless.
    """

    before: QuantumCircuit
    angles: tuple[int, ...]
    generators: tuple[tuple[PauliTerm, ...], ...]


def layers_of(plan: ShiftPlan) -> tuple[Layer, ...]:
    """The layers of a circuit's free angles, each as early as its qubits allow.

    Gates of one layer share a qubit only where their generators commute, and no fixed gate stands
    between them.

    Raises:
        CircuitRejected: a free angle in a gate without one generator, e.g. U; write RZ and RY instead.
    """
    levels = _Levels(plan.circuit)
    for instruction in plan.circuit.data:
        levels.add(instruction)
    return levels.layers()


class _Levels:
    """Instructions by the layer that they stand in (free gates) or follow (fixed ones)."""

    def __init__(self, circuit: QuantumCircuit) -> None:
        self._circuit = circuit
        self._places = {parameter: place for place, parameter in enumerate(circuit.parameters)}
        n = circuit.num_qubits
        self._at, self._closed = [0] * n, [True] * n
        self._instructions: list[list[Any]] = [[]]
        self._free: list[list[tuple[int, int, tuple[PauliTerm, ...]]]] = [[]]

    def add(self, instruction: Any) -> None:
        qubits = [self._circuit.find_bit(bit).index for bit in instruction.qubits]
        free = [value for value in instruction.operation.params if _is_free(value)]
        level = max((self._at[qubit] for qubit in qubits), default=0)
        if free:
            level = self._add_free(instruction.name, free, qubits, level)
        for qubit in qubits:
            self._at[qubit], self._closed[qubit] = level, not free
        self._instructions[level].append(instruction)

    def _add_free(self, name: str, values: list[Any], qubits: list[int], level: int) -> int:
        if name not in _GENERATORS:
            reason = f"metric: a free angle in one of {', '.join(_GENERATORS)} expected, found {name!r}"
            raise CircuitRejected(self._circuit.name, reason)
        generator = tuple(_GENERATORS[name]([1 << qubit for qubit in qubits]))
        mask = sum(1 << qubit for qubit in qubits)
        closed = any(self._closed[qubit] and self._at[qubit] == level for qubit in qubits)
        beside = [terms for _, support, terms in self._free[level] if support & mask]
        if closed or not all(commute(generator, terms) for terms in beside):
            level += 1
            if level == len(self._free):
                self._free.append([])
                self._instructions.append([])
        (parameter,) = values[0].parameters
        self._free[level].append((self._places[parameter], mask, generator))
        return level

    def layers(self) -> tuple[Layer, ...]:
        found: list[Layer] = []
        for level in range(1, len(self._free)):
            before = self._circuit.copy_empty_like()
            for instruction in self._instructions[level - 1]:
                before.append(instruction)
            members = self._free[level]
            angles, generators = tuple(m[0] for m in members), tuple(m[2] for m in members)
            found.append(Layer(before, angles, generators))
        return tuple(found)


def commute(first: tuple[PauliTerm, ...], second: tuple[PauliTerm, ...]) -> bool:
    """Whether every string of one commutes with every string of the other."""
    return not any(((a.x & b.z).bit_count() + (a.z & b.x).bit_count()) & 1 for a in first for b in second)


class ExactMetric:
    """The metric of a circuit on the engine, planned once.

    Args:
        circuit: without measurements.
        dtype: of the amplitudes.
        device: where they live.
        of_excitations: whether all gates of a parameter are parts of one excitation, see `in_parameters`.

    Raises:
        CircuitRejected: see `layers_of`.
    """

    def __init__(
        self,
        circuit: QuantumCircuit,
        *,
        dtype: torch.dtype = torch.complex128,
        device: torch.device = CPU,
        of_excitations: bool = False,
    ) -> None:
        self._plan = plan_shifts(circuit)
        self._layers = layers_of(self._plan)
        self._together = [list(layer.angles) for layer in self._layers] if of_excitations else None
        n = circuit.num_qubits
        self._segments = [Circuit(layer.before, dtype=dtype, device=device) for layer in self._layers]
        places = {parameter: place for place, parameter in enumerate(self._plan.circuit.parameters)}
        self._inputs = [[places[p] for p in layer.before.parameters] for layer in self._layers]
        self._generators = [[PauliSum(n, terms) for terms in layer.generators] for layer in self._layers]

    def __call__(self, point: Array) -> Array:
        """The metric at one point, shape [parameters, parameters].

        A parameter of several angles has the sum over pairs of them within a layer, each times its
        weights: pairs in different layers are left out, as those of different parameters are.
        """
        angles = self._plan.angles(point)
        metric = np.zeros((len(angles), len(angles)))
        state: torch.Tensor | None = None
        with torch.inference_mode():
            for layer, segment, inputs, generators in zip(
                self._layers, self._segments, self._inputs, self._generators, strict=True
            ):
                given = segment.inputs(torch.from_numpy(angles[inputs]))
                evolution = segment.evolution
                state = evolution.from_zero(given) if state is None else evolution.of(state, given)
                metric[np.ix_(layer.angles, layer.angles)] = _covariance(state, generators)
        return in_parameters(self._plan, metric, self._together)


def in_parameters(plan: ShiftPlan, metric: Array, together: Sequence[Sequence[int]] | None) -> Array:
    """The metric of the angles, shape [angles, angles], as that of the parameters.

    Args:
        plan: of the circuit.
        metric: of its angles, those within layers.
        together: the angles of each layer, where gates of one parameter are parts of one excitation. Its own
            entry is then the square of the sum of its deviations in the layers, the most that it can be:
            the sum of their squares would be too small by as many times as it has gates.
    """
    found = plan.weights @ metric @ plan.weights.T
    if together is not None:
        parts = [plan.weights[:, own] @ metric[np.ix_(own, own)] @ plan.weights[:, own].T for own in together]
        deviations = sum(np.sqrt(np.maximum(part.diagonal(), 0)) for part in parts)
        np.fill_diagonal(found, deviations**2)
    return found


def _covariance(state: torch.Tensor, generators: list[PauliSum]) -> Array:
    acted = torch.cat([generator.apply(state) for generator in generators])
    means = (acted @ state[0].conj()).real
    products = (acted.conj() @ acted.T).real
    return (products - torch.outer(means, means)).to(CPU, torch.float64).numpy()


def _is_free(value: Any) -> bool:
    return isinstance(value, ParameterExpression) and bool(value.parameters)
