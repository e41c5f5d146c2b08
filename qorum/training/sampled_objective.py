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
from qorum.training.requests import Frequencies, checked_points, landscape_of, refuse_measurements
from qorum.training.sampled_metric import SampledMetric
from qorum.training.samplers import SamplerMaker
from qorum.training.shot_allocation import FEWEST_SHOTS, evenly_spread, plan_shots
from qorum.training.work import Planned, Steps


class SampledObjective(Planned):
    """The expectation value of an observable, estimated from `shots` samples for each energy.

    Strings that commute qubit-wise are measured together. Shots go to the groups in proportion to standard
    deviations, which a pilot at the first point of a request measures for all points, and one at up to
    eight shifted circuits for all of these: a shift leads to where other groups vary. That second pilot
    comes on top, at most a twentieth of a gradient's shots; see `qorum.training.shot_allocation`.

    Args:
        circuit: without measurements, with or without free parameters.
        observable: on at most as many qubits.
        shots: samples of each energy, over all groups; two for each group at least.
        sampler: where samples come from, e.g. `partial(BackendSampler, profile=…)` or `EngineSampler`.
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
        frequencies: Frequencies = None,
        pilot: bool = True,
    ) -> None:
        refuse_measurements(circuit)
        observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self._name, self._constant = circuit.name, observable.constant
        self._groups = group_terms(observable)
        self._plan = plan_shots(self._groups, shots, pilot=pilot)
        self._shifts = plan_gradient(circuit, frequencies)
        self._landscape = landscape_of(circuit, frequencies)
        self._make, self._of_excitations = sampler, frequencies is not None
        self._sampler = sampler(self._shifts.circuit, [group.basis for group in self._groups])
        self._metric: SampledMetric | None = None

    @property
    def landscape(self) -> Landscape:
        """See `qorum.training.objective.Objective`."""
        return self._landscape

    def plan(self, request: Request, seed: int) -> Steps[Answer]:
        """See `Planned`."""
        points = checked_points(self._name, request, self._landscape.num_parameters)
        rows = self._shifts.angles(points)
        shifted = self._shifts.bindings(points[0]) if request.gradient else rows[:0]
        looks = evenly_spread(shifted) if self._plan.has_pilot else shifted[:0]
        means, variances = yield from self._energies(rows, shifted, looks, derive_seed(seed, "energies"))
        gradient = self._shifts.coefficients @ means[len(points) :] if request.gradient else None
        each = self._plan.shots if self._groups else 0
        shots = each * len(means) + sum(self._plan.pilot) * len(looks)
        circuits = len(self._groups) * len(means) + self._plan.pilot_circuits * (1 + len(looks))
        metric: Array | None = None
        if request.metric:
            self._metric = self._metric or SampledMetric(
                self._shifts, self._make, of_excitations=self._of_excitations
            )
            each = max(each, FEWEST_SHOTS)
            metric, runs = yield from self._metric.plan(points[0], each, derive_seed(seed, "metric"))
            shots, circuits = shots + each * runs, circuits + runs
        return Answer(
            means[: len(points)], variances[: len(points)], gradient, metric, shots=shots, circuits=circuits
        )

    def _energies(self, rows: Array, shifted: Array, looks: Array, seed: int) -> Steps[tuple[Array, Array]]:
        """Means and their estimated variances, of the rows and then of the shifted ones."""
        plan = self._plan
        if not plan.has_pilot:
            return (yield from self._measured(np.concatenate([rows, shifted]), plan.beforehand(), seed))
        looked = np.concatenate([rows[:1], looks])
        means, variances = yield from self._estimates(looked, plan.pilot, derive_seed(seed, "pilot"))
        of_samples = variances * np.array(plan.pilot)[:, None]
        here = plan.deviations(of_samples[:, 0])
        parts = [(yield from self._second_stage(rows[:1], means[:, :1], variances[:, :1], here, seed))]
        if len(rows) > 1:
            shots = plan.after_pilot(here)
            parts.append((yield from self._measured(rows[1:], shots, derive_seed(seed, "other points"))))
        if len(shifted):
            shots = plan.after_pilot(plan.deviations(of_samples[:, 1:].mean(1)))
            parts.append((yield from self._measured(shifted, shots, derive_seed(seed, "shifts"))))
        found = np.concatenate(parts, axis=1)
        return found[0], found[1]

    def _second_stage(
        self, row: Array, means: Array, variances: Array, deviations: Array, seed: int
    ) -> Steps[tuple[Array, Array]]:
        """Both stages together at the point that the pilot found these means and variances at."""
        shots = self._plan.second_stage(deviations)
        second = yield from self._estimates(row, shots, derive_seed(seed, "second stage"))
        weights = self._plan.pilot_weights[:, None]
        joined = weights * means + (1 - weights) * second[0]
        spread = weights**2 * variances + (1 - weights) ** 2 * second[1]
        return self._constant + joined.sum(0), spread.sum(0)

    def _measured(self, rows: Array, shots: Sequence[int], seed: int) -> Steps[tuple[Array, Array]]:
        means, variances = yield from self._estimates(rows, shots, seed)
        return self._constant + means.sum(0), variances.sum(0)

    def _estimates(self, rows: Array, shots: Sequence[int], seed: int) -> Steps[tuple[Array, Array]]:
        """Of each group at each row, shape [groups, rows]; zeros for a group that is left out."""
        means, variances = np.zeros((2, len(self._groups), len(rows)))
        if not self._groups:
            return means, variances
        samples = yield from self._sampler.sample(rows, shots, seed)
        for place, (group, own, count) in enumerate(zip(self._groups, samples, shots, strict=True)):
            if count:
                means[place], variances[place] = estimate(group, own, count, len(rows))
        return means, variances
