"""Energies from samples, as hardware gives them: values, their variances, gradients and metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import derive_seed
from qorum.statevector.observables import PauliSum
from qorum.training.gradient_shifts import plan_gradient
from qorum.training.measurement import estimate, group_terms
from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.requests import checked_points, landscape_of, refuse_measurements
from qorum.training.sampled_metric import SampledMetric
from qorum.training.samplers import SamplerMaker
from qorum.training.shot_allocation import FEWEST_SHOTS, plan_shots


class SampledObjective:
    """The expectation value of an observable, estimated from `shots` samples for each energy.

    Strings that commute qubit-wise are measured together. Shots go to the groups in proportion to standard
    deviations, which a pilot at the first point of a request measures; see
    `qorum.training.shot_allocation`. A gradient takes an energy for each shift; its circuits run in one
    batch with those of further points.

    Args:
        circuit: without measurements, with or without free parameters.
        observable: on at most as many qubits.
        shots: samples of each energy, over all groups; two for each group at least.
        sampler: where samples come from, e.g. `partial(BackendSampler, backend=…)` or `EngineSampler`.
        frequencies: see `plan_gradient`.
        pilot: whether there may be one; without it shots go in proportion to √Σc².

    Raises:
        CircuitRejected: the circuit measures or does not fit, or the shots are too few.
    """

    def __init__(
        self,
        circuit: QuantumCircuit,
        observable: PauliSum,
        shots: int,
        sampler: SamplerMaker,
        *,
        frequencies: Sequence[tuple[float, ...]] | None = None,
        pilot: bool = True,
    ) -> None:
        refuse_measurements(circuit)
        observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self._name, self._constant = circuit.name, observable.constant
        self._groups = group_terms(observable)
        self._plan = plan_shots(self._groups, shots, pilot=pilot)
        self._shifts = plan_gradient(circuit, frequencies)
        self._landscape = landscape_of(circuit)
        self._make = sampler
        self._sampler = sampler(self._shifts.plan.circuit, [group.basis for group in self._groups])
        self._metric: SampledMetric | None = None

    @property
    def landscape(self) -> Landscape:
        """See `qorum.training.objective.Objective`."""
        return self._landscape

    def evaluate(self, request: Request, seed: int) -> Answer:
        """See `qorum.training.objective.Objective`."""
        points = checked_points(self._name, request, self._landscape.num_parameters)
        rows = self._shifts.plan.angles(points)
        if request.gradient:
            rows = np.concatenate([rows, self._shifts.bindings(points[0])])
        means, variances = self._energies(rows, derive_seed(seed, "energies"))
        gradient = self._shifts.coefficients @ means[len(points) :] if request.gradient else None
        each = self._plan.shots if self._groups else 0
        shots, circuits = each * len(rows), len(self._groups) * len(rows) + self._plan.pilot_circuits
        metric: Array | None = None
        if request.metric:
            self._metric = self._metric or SampledMetric(self._shifts.plan, self._make)
            each = max(each, FEWEST_SHOTS)
            metric, runs = self._metric(points[0], each, derive_seed(seed, "metric"))
            shots, circuits = shots + each * runs, circuits + runs
        return Answer(
            means[: len(points)], variances[: len(points)], gradient, metric, shots=shots, circuits=circuits
        )

    def _energies(self, rows: Array, seed: int) -> tuple[Array, Array]:
        """Means and their estimated variances; the first row has the pilot, which serves all."""
        if not self._plan.has_pilot:
            return self._measured(rows, self._plan.beforehand(), seed)
        pilot = self._estimates(rows[:1], self._plan.pilot, derive_seed(seed, "pilot"))
        shots = np.array(self._plan.pilot)
        deviations = self._plan.deviations(pilot[1][:, 0] * shots)
        weights = self._plan.pilot_weights[:, None]
        first = self._estimates(
            rows[:1], self._plan.second_stage(deviations), derive_seed(seed, "second stage")
        )
        means, variances = (
            self._constant + (weights * pilot[0] + (1 - weights) * first[0]).sum(0),
            (weights**2 * pilot[1] + (1 - weights) ** 2 * first[1]).sum(0),
        )
        if len(rows) == 1:
            return means, variances
        others = self._measured(rows[1:], self._plan.after_pilot(deviations), derive_seed(seed, "others"))
        return np.concatenate([means, others[0]]), np.concatenate([variances, others[1]])

    def _measured(self, rows: Array, shots: Sequence[int], seed: int) -> tuple[Array, Array]:
        means, variances = self._estimates(rows, shots, seed)
        return self._constant + means.sum(0), variances.sum(0)

    def _estimates(self, rows: Array, shots: Sequence[int], seed: int) -> tuple[Array, Array]:
        """Of each group at each row, shape [groups, rows]; zeros for a group that is left out."""
        means, variances = np.zeros((2, len(self._groups), len(rows)))
        if not self._groups:
            return means, variances
        samples = self._sampler.sample(rows, shots, seed)
        for place, (group, own, count) in enumerate(zip(self._groups, samples, shots, strict=True)):
            if count:
                means[place], variances[place] = estimate(group, own, count, len(rows))
        return means, variances
