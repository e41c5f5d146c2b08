"""Energies from samples, as hardware gives them: values, their variances, gradients and metrics."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import derive_seed
from qorum.statevector.observables import PauliSum
from qorum.statevector.shift import plan_shifts
from qorum.training.measurement import FEWEST_SHOTS, allocate_shots, estimate, group_terms
from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.requests import checked_points, landscape_of, refuse_measurements
from qorum.training.sampled_metric import SampledMetric
from qorum.training.samplers import SamplerMaker


class SampledObjective:
    """The expectation value of an observable, estimated from `shots` samples for each energy.

    Strings that commute qubit-wise are measured together, in proportion to √Σc². A gradient takes an energy
    for each shift of each angle; its circuits run in one batch with those of the values.

    Args:
        circuit: without measurements, with or without free parameters.
        observable: on at most as many qubits.
        shots: samples of each energy, over all groups; two for each group at least.
        sampler: where samples come from, e.g. `partial(BackendSampler, backend=…)` or `EngineSampler`.

    Raises:
        CircuitRejected: the circuit measures or does not fit, or the shots are too few.
    """

    def __init__(
        self, circuit: QuantumCircuit, observable: PauliSum, shots: int, sampler: SamplerMaker
    ) -> None:
        refuse_measurements(circuit)
        observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self._name, self._constant = circuit.name, observable.constant
        self._groups = group_terms(observable)
        self._shots = allocate_shots(self._groups, shots)
        self._plan = plan_shifts(circuit)
        self._landscape = landscape_of(circuit)
        self._make = sampler
        self._sampler = sampler(self._plan.circuit, [group.basis for group in self._groups])
        self._metric: SampledMetric | None = None

    @property
    def landscape(self) -> Landscape:
        """See `qorum.training.objective.Objective`."""
        return self._landscape

    def evaluate(self, request: Request, seed: int) -> Answer:
        """See `qorum.training.objective.Objective`."""
        points = checked_points(self._name, request, self._landscape.num_parameters)
        rows = self._plan.angles(points)
        if request.gradient:
            rows = np.concatenate([rows, self._plan.bindings(points[0])])
        means, variances = self._energies(rows, derive_seed(seed, "energies"))
        gradient = self._plan.coefficients @ means[len(points) :] if request.gradient else None
        shots, circuits = sum(self._shots) * len(rows), len(self._groups) * len(rows)
        metric: Array | None = None
        if request.metric:
            self._metric = self._metric or SampledMetric(self._plan, self._make)
            each = max(sum(self._shots), FEWEST_SHOTS)
            metric, runs = self._metric(points[0], each, derive_seed(seed, "metric"))
            shots, circuits = shots + each * runs, circuits + runs
        return Answer(
            means[: len(points)], variances[: len(points)], gradient, metric, shots=shots, circuits=circuits
        )

    def _energies(self, rows: Array, seed: int) -> tuple[Array, Array]:
        means, variances = np.full(len(rows), self._constant), np.zeros(len(rows))
        if not self._groups:
            return means, variances
        samples = self._sampler.sample(rows, self._shots, seed)
        for group, own, shots in zip(self._groups, samples, self._shots, strict=True):
            mean, variance = estimate(group, own, shots, len(rows))
            means += mean
            variances += variance
        return means, variances
