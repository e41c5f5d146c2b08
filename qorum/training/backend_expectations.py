"""Expectation values of several observables for batches of parameters, from jobs of any backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.backends import BackendProfile, derive_seed
from qorum.counts import Counts
from qorum.statevector.observables import PauliSum
from qorum.statevector.shift import plan_shifts
from qorum.training.bound_circuits import BoundCircuits, Compile, compiler_for, measured_in
from qorum.training.circuit_expectations import ByShift, measured_bases
from qorum.training.objective import Array
from qorum.training.work import Run, Work, counts_of, values_of

Tensor = torch.Tensor


class BackendExpectations:
    """What `CircuitExpectations` does, by circuits that a backend runs; gradients by parameter shifts.

    Args:
        circuit: with free parameters, without measurements.
        observables: at least one, each on at most the circuit's qubits.
        profile: of the backend.
        run: executes the jobs: all circuits of a call in one, or in as few as the backend takes.
        sampled: whether values come from samples; else the backend computes them.
        shifted: places of the parameters that gradients are wanted by; those by others are zero.
        compile: to the backend's target; None: here.

    Raises:
        CircuitRejected: the circuit does not fit, or an observable is wider than it.
    """

    def __init__(
        self,
        circuit: QuantumCircuit,
        observables: Sequence[PauliSum],
        profile: BackendProfile,
        run: Run,
        *,
        sampled: bool,
        shifted: Sequence[int],
        compile: Compile | None = None,
    ) -> None:
        for observable in observables:
            observable.refuse_wider_than(circuit.name, circuit.num_qubits)
        self._name, self._run, self._observables = profile.name, run, observables
        self._plan = plan_shifts(circuit)
        wanted = np.zeros(circuit.num_parameters, dtype=bool)
        wanted[list(shifted)] = True
        moved = self._plan.coefficients[wanted].any(0)
        self._moves = self._plan.moves[moved]
        self._coefficients = np.where(wanted[:, None], self._plan.coefficients, 0.0)[:, moved]
        self._constants = np.array([observable.constant for observable in observables])
        self._bases = measured_bases(observables, circuit.num_qubits) if sampled else []
        given = [measured_in(self._plan.circuit, basis) for basis, _ in self._bases] or [self._plan.circuit]
        compile = compile or compiler_for(profile, 0)
        self._circuits = BoundCircuits(profile.name, given, compile, profile.max_circuits)
        self._laid_out = [] if sampled else [self._circuits.laid_out(one) for one in observables]

    @property
    def circuits(self) -> int:
        """Circuits that are run for the values at one set of parameters."""
        return len(self._bases) or len(self._observables)

    @property
    def shifted_circuits(self) -> int:
        """Circuits that are run for the gradient at one set of parameters."""
        return self.circuits * len(self._moves)

    def sampled(self, parameters: Tensor, shots: int, seed: int) -> Tensor:
        """See `CircuitExpectations.sampled`."""
        return self._values(parameters, shots, seed)

    def exact(self, parameters: Tensor) -> Tensor:
        """Values as the backend computes them; no autograd sees the parameters."""
        return self._values(parameters, None, 0)

    def by_shift(self, parameters: Tensor, shots: int | None, seed: int) -> Tensor:
        """See `CircuitExpectations.by_shift`."""
        return cast(Tensor, ByShift.apply(parameters, self, shots, seed))

    def shift(self, parameters: Tensor, slopes: Tensor, shots: int | None, seed: int) -> Tensor:
        """See `CircuitExpectations.shift`."""
        angles = self._plan.angles(_array(parameters))
        batch, moves = len(angles), len(self._moves)
        shifted = np.repeat(angles, moves, axis=0) + np.tile(self._moves, (batch, 1))
        values = self._at(shifted, shots, derive_seed(seed, "shifts")).reshape(batch, moves, -1)
        shares = np.einsum("bmo,bo->bm", values, _array(slopes))
        return torch.from_numpy(shares @ self._coefficients.T).to(parameters)

    def _values(self, parameters: Tensor, shots: int | None, seed: int) -> Tensor:
        angles = self._plan.angles(_array(parameters))
        return torch.from_numpy(self._at(angles, shots, derive_seed(seed, "values"))).to(parameters)

    def _at(self, angles: Array, shots: int | None, seed: int) -> Array:
        """Shape [rows, observables], at rows of angles."""
        if not len(angles):
            return np.zeros((0, len(self._observables)))
        if shots is None:
            columns = [self._computed(angles, observable) for observable in self._laid_out]
            return np.stack(columns, axis=1)
        places = range(len(self._bases))
        seeds = [derive_seed(seed, row, place) for place in places for row in range(len(angles))]
        jobs = self._circuits.work(angles, which=places, shots=shots, seeds=seeds)
        counts = [one for found in self._run(jobs) for one in counts_of(self._name, found)]
        found = np.tile(self._constants, (len(angles), 1))
        for place, (_, worth) in enumerate(self._bases):
            found += np.stack([_mean(one, worth) for one in counts[place * len(angles) :][: len(angles)]])
        return found

    def _computed(self, angles: Array, observable: PauliSum) -> Array:
        jobs: list[Work] = self._circuits.work(angles, observable=observable)
        return np.array([value for found in self._run(jobs) for value in values_of(self._name, found)])


def _array(given: Tensor) -> Array:
    return given.detach().double().cpu().numpy()


def _mean(counts: Counts, worth: Array) -> Array:
    """Of what outcomes are worth, shape [observables]; in the order of keys, for a backend's may change."""
    keys = sorted(counts.histogram)
    shares = np.array([counts.histogram[key] for key in keys]) / counts.shots
    return shares @ worth[[int(key, 2) for key in keys]]
