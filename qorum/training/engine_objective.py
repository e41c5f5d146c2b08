"""Exact energies on the engine: values in batches, gradients by the adjoint method."""

from __future__ import annotations

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.statevector.batches import energies
from qorum.statevector.evolution import CPU, Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.observables import PauliSum
from qorum.statevector.threads import one_thread_for
from qorum.training.metric import ExactMetric
from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.requests import Frequencies, checked_points, landscape_of, refuse_measurements


class EngineObjective:
    """The expectation value of an observable in a circuit's state, to rounding.

    From 16 qubits on, bits may differ between processes that are given different numbers of threads.

    Args:
        circuit: without measurements, with or without free parameters.
        observable: on at most as many qubits.
        dtype: of the amplitudes.
        device: where they live; on `mps` in single precision alone.
        frequencies: see `landscape_of`.

    Raises:
        CircuitRejected: the circuit measures, does not fit, or has fewer qubits than the observable.
    """

    def __init__(
        self,
        circuit: QuantumCircuit,
        observable: PauliSum,
        *,
        dtype: torch.dtype = torch.complex128,
        device: torch.device = CPU,
        frequencies: Frequencies = None,
    ) -> None:
        refuse_measurements(circuit)
        observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self._given, self._observable = circuit, observable
        self._of_excitations = frequencies is not None
        self._circuit = Circuit(circuit, dtype=dtype, device=device)
        self._landscape = landscape_of(self._circuit, frequencies)
        self._metric: ExactMetric | None = None

    @property
    def landscape(self) -> Landscape:
        """See `qorum.training.objective.Objective`."""
        return self._landscape

    def evaluate(self, request: Request, seed: int = 0) -> Answer:
        """See `qorum.training.objective.Objective`; the seed changes nothing."""
        del seed
        count = self._circuit.num_parameters
        points = checked_points(self._circuit.name, request, count)
        with one_thread_for(self._given.num_qubits):
            values, gradient = self._values(points, request.gradient)
            metric = self._measured(points[0]) if request.metric else None
        return Answer(values, np.zeros(len(points)), gradient, metric, circuits=len(points))

    def _values(self, points: Array, wants_gradient: bool) -> tuple[Array, Array | None]:
        # Which way is taken depends on the request alone, for other ways give other bits.
        count = points.shape[1]
        if not wants_gradient or not count:
            gradient = np.zeros(0) if wants_gradient else None
            return self._energies(points), gradient
        first, slope = energy_and_gradient(self._circuit, self._observable, torch.from_numpy(points[0]))
        gradient = slope.to(CPU, torch.float64).numpy()
        if len(points) == 1:
            return np.array([first]), gradient
        return np.concatenate([[first], self._energies(points[1:])]), gradient

    def _energies(self, points: Array) -> Array:
        if len(points) == 1 or not points.shape[1]:
            with torch.inference_mode():
                found = self._observable.expectation(self._circuit.states(torch.from_numpy(points[0])))
            return np.full(len(points), float(found[0]))
        found = energies(self._circuit, self._observable, torch.from_numpy(points))
        return found.to(CPU, torch.float64).numpy()

    def _measured(self, point: Array) -> Array:
        if self._metric is None:
            evolution = self._circuit.evolution
            self._metric = ExactMetric(
                self._given,
                dtype=evolution.dtype,
                device=evolution.device,
                of_excitations=self._of_excitations,
            )
        return self._metric(point)
