"""Objectives to train on: a circuit's energy with its metric, polynomials of angles, and noise on top."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.backends import derive_seed
from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.observables import PauliSum
from qorum.training.objective import Answer, Landscape, Objective, Request
from qorum.training.optimizers import Optimizer, make_optimizer

TERMS = (("ZZ", 1.0), ("IX", 0.7), ("XI", 0.4), ("IZ", 0.3), ("ZI", -0.2))
START = np.array([0.3, -0.5, 0.9, 0.2])


class Energy:
    """Of two qubits, whose four rotations reach every real state: its minimum is the lowest eigenvalue."""

    landscape = Landscape(4, ((1.0,),) * 4)

    @cached_property
    def _circuit(self) -> Circuit:
        angles = ParameterVector("t", 4)
        circuit = QuantumCircuit(2)
        circuit.ry(angles[0], 0)
        circuit.ry(angles[1], 1)
        circuit.cx(0, 1)
        circuit.ry(angles[2], 0)
        circuit.ry(angles[3], 1)
        return Circuit(circuit, dtype=torch.complex128)

    @cached_property
    def _observable(self) -> PauliSum:
        return PauliSum.from_terms(2, TERMS)

    @cached_property
    def least(self) -> float:
        from qiskit.quantum_info import SparsePauliOp

        return float(np.linalg.eigvalsh(SparsePauliOp.from_list(list(TERMS)).to_matrix())[0])

    def _states(self, points: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self._circuit.states(torch.from_numpy(points)).numpy()

    def evaluate(self, request: Request, seed: int) -> Answer:
        with torch.no_grad():
            states = self._circuit.states(torch.from_numpy(request.points))
            values = self._observable.expectation(states).numpy().astype(np.float64)
        answer = Answer(values, np.zeros(len(values)), circuits=len(values))
        if request.gradient:
            value, gradient = energy_and_gradient(self._circuit, self._observable, request.points[0].tolist())
            values[0] = value
            answer = replace(answer, gradient=gradient.numpy())
        if request.metric:
            answer = replace(answer, metric=self._metric(request.points[0]))
        return answer

    def _metric(self, point: np.ndarray) -> np.ndarray:
        """Fubini-Study: of one RY each, the derivative is half the state at an angle more by pi."""
        state = self._states(point[None])[0]
        slopes = self._states(point + np.pi * np.eye(4)) / 2
        along = slopes.conj() @ state
        return (slopes.conj() @ slopes.T - np.outer(along, along.conj())).real


@dataclass(frozen=True)
class Waves:
    """Σ amplitude · cos(frequency · angle + phase) over angles, plus a coupling of neighbours."""

    frequencies: tuple[tuple[float, ...], ...]
    seed: int = 0
    coupling: float = 0.3

    @property
    def landscape(self) -> Landscape:
        own = [set(waves) | {1.0} for waves in self.frequencies]
        return Landscape(len(own), tuple(tuple(sorted(waves)) for waves in own))

    def evaluate(self, request: Request, seed: int) -> Answer:
        found = [self._value_and_gradient(point) for point in request.points]
        values = np.array([value for value, _ in found])
        gradient = found[0][1] if request.gradient else None
        return Answer(values, np.zeros(len(values)), gradient, circuits=len(values))

    def _value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        rng = np.random.default_rng(self.seed)
        value, gradient = 0.0, np.zeros(len(point))
        for i, waves in enumerate(self.frequencies):
            for wave in waves:
                amplitude, phase = rng.uniform(0.5, 1.5), rng.uniform(-3, 3)
                value += amplitude * np.cos(wave * point[i] + phase)
                gradient[i] -= amplitude * wave * np.sin(wave * point[i] + phase)
        pairs = np.cos(point[1:] - point[:-1])
        slopes = np.sin(point[1:] - point[:-1])
        value -= self.coupling * pairs.sum()
        gradient[1:] += self.coupling * slopes
        gradient[:-1] -= self.coupling * slopes
        return float(value), gradient


@dataclass(frozen=True)
class Noisy:
    """Another objective with normal errors of one standard deviation, drawn from the evaluation's seed."""

    exact: Objective
    deviation: float

    @property
    def landscape(self) -> Landscape:
        return self.exact.landscape

    def evaluate(self, request: Request, seed: int) -> Answer:
        answer = self.exact.evaluate(request, seed)
        rng = np.random.default_rng(seed)
        values = answer.values + self.deviation * rng.normal(size=answer.values.shape)
        gradient = answer.gradient
        if gradient is not None:
            gradient = gradient + self.deviation * rng.normal(size=gradient.shape)
        variances = np.full(values.shape, self.deviation**2)
        return replace(answer, values=values, gradient=gradient, variances=variances)


def begin(
    reference: str, objective: Objective, seed: int = 7, start: Sequence[float] = START
) -> Optimizer[Any]:
    return make_optimizer(reference, np.array(start), objective.landscape, seed)


def train(
    optimizer: Optimizer[Any], objective: Objective, tells: int, first: int = 0
) -> list[tuple[Request, Answer]]:
    """What was asked and told, until the optimizer converged, at most `tells` times."""
    told: list[tuple[Request, Answer]] = []
    while len(told) < tells and not optimizer.converged:
        request = optimizer.ask()
        answer = objective.evaluate(request, derive_seed(11, "evaluation", first + len(told)))
        optimizer.tell(answer)
        told.append((request, answer))
    return told


def value_at(objective: Objective, point: np.ndarray) -> float:
    return float(objective.evaluate(Request(point[None]), 0).values[0])


def stored_and_loaded(state: dict[str, Any]) -> dict[str, Any]:
    """The state after its JSON values went through JSON text and its arrays through npz."""
    arrays: dict[str, np.ndarray] = {}

    def without_arrays(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            assert value.dtype == np.float64
            arrays[f"a{len(arrays)}"] = value
            return {"array": f"a{len(arrays) - 1}"}
        if isinstance(value, dict):
            return {key: without_arrays(each) for key, each in value.items()}
        return [without_arrays(each) for each in value] if isinstance(value, list) else value

    def with_arrays(value: Any) -> Any:
        if isinstance(value, dict):
            if value.keys() == {"array"}:
                return loaded[value["array"]]
            return {key: with_arrays(each) for key, each in value.items()}
        return [with_arrays(each) for each in value] if isinstance(value, list) else value

    text = json.dumps(without_arrays(state), allow_nan=False)
    file = io.BytesIO()
    np.savez(file, **arrays)
    file.seek(0)
    loaded = np.load(file, allow_pickle=False)
    return with_arrays(json.loads(text))
