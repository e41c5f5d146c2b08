"""Energies of a backend that knows expectation values: exact, with the noise that it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import ExpectationBackend
from qorum.errors import CircuitRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.shift import plan_shifts
from qorum.training.bound_circuits import BoundCircuits
from qorum.training.objective import Answer, Landscape, Request
from qorum.training.requests import checked_points, landscape_of, refuse_measurements


class ExpectationObjective:
    """The expectation value of an observable as a backend computes it; gradients by parameter shifts.

    Args:
        backend: what runs the circuits, those of a request in one batch.
        circuit: without measurements, with or without free parameters.
        observable: on at most as many qubits.
        seed: of the compilation to the backend's target.

    Raises:
        CircuitRejected: the circuit measures or does not fit the backend.
    """

    def __init__(
        self, backend: ExpectationBackend, circuit: QuantumCircuit, observable: PauliSum, *, seed: int = 0
    ) -> None:
        refuse_measurements(circuit)
        observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self._backend, self._name = backend, circuit.name
        self._plan = plan_shifts(circuit)
        self._circuits = BoundCircuits(self._plan.circuit, backend.profile().target, seed)
        self._observable = self._circuits.laid_out(observable)
        self._landscape = replace(landscape_of(circuit), metric=False)

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
        rows = self._plan.angles(points)
        if request.gradient:
            rows = np.concatenate([rows, self._plan.bindings(points[0])])
        circuits = self._circuits.bind(rows)
        found = np.array(self._backend.expectation(circuits, [self._observable] * len(circuits)))
        gradient = self._plan.coefficients @ found[len(points) :] if request.gradient else None
        return Answer(found[: len(points)], np.zeros(len(points)), gradient, circuits=len(circuits))
