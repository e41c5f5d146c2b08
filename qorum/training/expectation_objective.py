"""Energies of a backend that knows expectation values: exact, with the noise that it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import ExpectationBackend
from qorum.errors import BackendFailed, CircuitRejected, QorumError
from qorum.results.answers import fault_of_expectations
from qorum.statevector.observables import PauliSum
from qorum.training.bound_circuits import BoundCircuits, in_jobs
from qorum.training.gradient_shifts import plan_gradient
from qorum.training.objective import Answer, Landscape, Request
from qorum.training.requests import Frequencies, checked_points, landscape_of, refuse_measurements


class ExpectationObjective:
    """The expectation value of an observable as a backend computes it; gradients by parameter shifts.

    Args:
        backend: what runs the circuits, those of a request in one batch, or in as few as its jobs take.
        circuit: without measurements, with or without free parameters.
        observable: on at most as many qubits.
        seed: of the compilation to the backend's target.
        frequencies: see `plan_gradient`.

    Raises:
        CircuitRejected: the circuit measures or does not fit the backend.
    """

    def __init__(
        self,
        backend: ExpectationBackend,
        circuit: QuantumCircuit,
        observable: PauliSum,
        *,
        seed: int = 0,
        frequencies: Frequencies = None,
    ) -> None:
        refuse_measurements(circuit)
        observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        profile = backend.profile()
        self._backend, self._name, self._most = backend, circuit.name, profile.max_circuits
        self._device = profile.name
        self._shifts = plan_gradient(circuit, frequencies)
        self._circuits = BoundCircuits(self._shifts.plan.circuit, profile.target, seed)
        self._observable = self._circuits.laid_out(observable)
        self._landscape = replace(landscape_of(circuit, frequencies), metric=False)

    @property
    def landscape(self) -> Landscape:
        """See `qorum.training.objective.Objective`."""
        return self._landscape

    def evaluate(self, request: Request, seed: int = 0) -> Answer:
        """See `qorum.training.objective.Objective`; the seed changes nothing, and there is no metric."""
        del seed
        points = checked_points(self._name, request, self._landscape.num_parameters)
        if request.metric:
            reason = "no metric from expectation values of a backend; use backend torch, or set shots"
            raise CircuitRejected(self._name, reason)
        rows = self._shifts.plan.angles(points)
        if request.gradient:
            rows = np.concatenate([rows, self._shifts.bindings(points[0])])
        circuits = self._circuits.bind(rows)
        found = np.array(
            [value for part in in_jobs(circuits, self._most) for value in self._values(circuits[part])]
        )
        gradient = self._shifts.coefficients @ found[len(points) :] if request.gradient else None
        return Answer(found[: len(points)], np.zeros(len(points)), gradient, circuits=len(circuits))

    def _values(self, circuits: Sequence[QuantumCircuit]) -> list[float]:
        """Values that can be those of the circuits; else `BackendFailed`, and trying again may help."""
        try:
            found = list(self._backend.expectation(circuits, [self._observable] * len(circuits)))
        except QorumError:
            raise
        except Exception as error:
            reason = f"the backend broke: {type(error).__name__}: {error}"
            raise BackendFailed(self._device, reason) from error
        if fault := fault_of_expectations(found, self._observable, len(circuits)):
            raise BackendFailed(self._device, fault, retryable=True)
        return found
