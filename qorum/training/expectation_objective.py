"""Energies of a backend that knows expectation values: exact, with the noise that it has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import BackendProfile
from qorum.errors import CircuitRejected
from qorum.statevector.observables import PauliSum
from qorum.training.bound_circuits import BoundCircuits, Compile, compiler_for
from qorum.training.gradient_shifts import plan_gradient
from qorum.training.objective import Answer, Landscape, Request
from qorum.training.requests import Frequencies, checked_points, landscape_of, refuse_measurements
from qorum.training.work import Planned, Steps, values_of


class ExpectationObjective(Planned):
    """The expectation value of an observable as a backend computes it; gradients by parameter shifts.

    Args:
        profile: of the backend. All circuits of a request make one job, or as few as the backend takes.
        circuit: without measurements, with or without free parameters.
        observable: on at most as many qubits.
        compile: to the backend's target; None: here, each time.
        seed: of the compilation then.
        frequencies: see `plan_gradient`.

    Raises:
        CircuitRejected: the circuit measures or does not fit the backend.
    """

    def __init__(
        self,
        profile: BackendProfile,
        circuit: QuantumCircuit,
        observable: PauliSum,
        *,
        compile: Compile | None = None,
        seed: int = 0,
        frequencies: Frequencies = None,
    ) -> None:
        refuse_measurements(circuit)
        observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self._name, self._backend = circuit.name, profile.name
        self._shifts = plan_gradient(circuit, frequencies)
        compile = compile or compiler_for(profile, seed)
        shifted = [self._shifts.circuit]
        self._circuits = BoundCircuits(profile.name, shifted, compile, profile.max_circuits)
        self._observable = self._circuits.laid_out(observable)
        self._landscape = replace(landscape_of(circuit, frequencies), metric=False)

    @property
    def landscape(self) -> Landscape:
        """See `qorum.training.objective.Objective`."""
        return self._landscape

    def plan(self, request: Request, seed: int = 0) -> Steps[Answer]:
        """See `Planned`; the seed changes nothing, and there is no metric."""
        del seed
        points = checked_points(self._name, request, self._landscape.num_parameters)
        if request.metric:
            reason = "no metric from expectation values of a backend; use backend torch, or set shots"
            raise CircuitRejected(self._name, reason)
        rows = self._shifts.angles(points)
        if request.gradient:
            rows = np.concatenate([rows, self._shifts.bindings(points[0])])
        results = yield self._circuits.work(rows, observable=self._observable)
        found = np.array([value for own in results for value in values_of(self._backend, own)])
        gradient = self._shifts.coefficients @ found[len(points) :] if request.gradient else None
        return Answer(found[: len(points)], np.zeros(len(points)), gradient, circuits=len(rows))
