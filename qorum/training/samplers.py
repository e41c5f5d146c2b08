"""Where samples come from: jobs of any backend, or the engine itself without a circuit for each point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.backends import BackendProfile, derive_seed
from qorum.counts import Counts
from qorum.statevector.batches import in_turns
from qorum.statevector.evolution import CPU, Circuit
from qorum.statevector.sampling import draw, draw_all
from qorum.statevector.threads import one_thread_for
from qorum.training.bound_circuits import BoundCircuits, Compile, compiler_for, measured_in
from qorum.training.measurement import Basis, Samples, bits_of_indices, bits_of_keys
from qorum.training.objective import Array
from qorum.training.work import Steps, counts_of

DRAWN_AT_ONCE = 12
"""Qubits up to which the counts of all outcomes are drawn together, where shots are no fewer than these."""


NO_SAMPLES = Samples(np.zeros((0, 0), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))
"""Of a basis that was left out."""


class Sampler(Protocol):
    """Measures one circuit in some bases."""

    def sample(self, points: Array, shots: Sequence[int], seed: int) -> Steps[list[Samples]]:
        """Plans samples of every basis at every point.

        Args:
            points: shape [points, parameters], in the order of the circuit's parameters.
            shots: of each basis, at each point; 0 to leave a basis out.
            seed: the same arguments and seed give the same samples.

        Returns:
            One for each basis, in order.

        Raises:
            BackendFailed: a job brought no counts.
        """
        ...


class SamplerMaker(Protocol):
    """Makes the sampler of a circuit without measurements; all its work beforehand is done here."""

    def __call__(self, circuit: QuantumCircuit, bases: Sequence[Basis]) -> Sampler: ...


class BackendSampler:
    """Samples of a backend: one compiled circuit for each basis, bound for each point.

    Args:
        circuit: without measurements.
        bases: what to measure in.
        profile: of the backend. All circuits that need equally many shots make one job, or as few as the
            backend takes.
        compile: to the backend's target; None: here, each time.
        seed: of the compilation then.

    Raises:
        CircuitRejected: the circuit does not fit the backend's target.
    """

    def __init__(
        self,
        circuit: QuantumCircuit,
        bases: Sequence[Basis],
        *,
        profile: BackendProfile,
        compile: Compile | None = None,
        seed: int = 0,
    ) -> None:
        self._name, self._num_qubits = profile.name, circuit.num_qubits
        measured = [measured_in(circuit, basis) for basis in bases]
        compile = compile or compiler_for(profile, seed)
        self._circuits = BoundCircuits(profile.name, measured, compile, profile.max_circuits)

    def sample(self, points: Array, shots: Sequence[int], seed: int) -> Steps[list[Samples]]:
        """See `Sampler`; the seed of a circuit is derived from its point's and its basis' index."""
        found = dict.fromkeys(range(len(shots)), NO_SAMPLES)
        groups = [
            (count, [place for place, own in enumerate(shots) if own == count])
            for count in dict.fromkeys(own for own in shots if own)
        ]
        jobs = [
            self._circuits.work(
                points,
                which=bases,
                shots=count,
                seeds=[derive_seed(seed, point, place) for place in bases for point in range(len(points))],
            )
            for count, bases in groups
        ]
        results = iter((yield [job for own in jobs for job in own])) if groups else iter(())
        for own, (_, bases) in zip(jobs, groups, strict=True):
            counts = [one for _ in own for one in counts_of(self._name, next(results))]
            for row, place in enumerate(bases):
                found[place] = self._joined(counts[row * len(points) : (row + 1) * len(points)])
        return [found[place] for place in range(len(shots))]

    def _joined(self, results: Sequence[Counts]) -> Samples:
        # In the order of keys: a backend's own order may differ from run to run.
        rows = [
            (key, n, point) for point, of in enumerate(results) for key, n in sorted(of.histogram.items())
        ]
        keys, counts, points = zip(*rows, strict=True)
        return Samples(bits_of_keys(keys, self._num_qubits), np.array(counts), np.array(points))


class EngineSampler:
    """Samples drawn from the engine's states: each point is run once for all bases.

    Args:
        circuit: without measurements.
        bases: what to measure in.
        dtype: of the amplitudes.
        device: where they live.

    Raises:
        CircuitRejected: the circuit does not fit.
    """

    def __init__(
        self,
        circuit: QuantumCircuit,
        bases: Sequence[Basis],
        *,
        dtype: torch.dtype = torch.complex128,
        device: torch.device = CPU,
    ) -> None:
        self._num_qubits = n = circuit.num_qubits
        self._circuit = Circuit(circuit, dtype=dtype, device=device)
        self._rotations = [
            Circuit(basis.rotations(n), dtype=dtype, device=device) if basis.x else None for basis in bases
        ]

    def sample(self, points: Array, shots: Sequence[int], seed: int) -> Steps[list[Samples]]:
        """See `Sampler`; a basis has one stream of random numbers for all points of a call."""
        yield from ()  # no job is needed
        streams = [np.random.default_rng(derive_seed(seed, place)) for place in range(len(shots))]
        found: list[list[tuple[Array, Array, Array]]] = [[] for _ in shots]
        with torch.inference_mode(), one_thread_for(self._num_qubits):
            first = 0
            for part in in_turns(self._circuit, self._circuit.inputs(torch.from_numpy(points))):
                states = self._circuit.states(part)
                for place in [place for place, own in enumerate(shots) if own]:
                    rotation = self._rotations[place]
                    turned = states if rotation is None else self._turned(rotation, states)
                    drawn = _draw(turned, shots[place], streams[place])
                    found[place].append((drawn[0], drawn[1], drawn[2] + first))
                first += len(part)
        return [self._joined(parts) for parts in found]

    def _turned(self, rotation: Circuit, states: torch.Tensor) -> torch.Tensor:
        return rotation.evolution.of(states, rotation.inputs())

    def _joined(self, parts: Sequence[tuple[Array, Array, Array]]) -> Samples:
        if not parts:
            return NO_SAMPLES
        outcomes, counts, points = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return Samples(bits_of_indices(outcomes, self._num_qubits), counts, points)


def _draw(states: torch.Tensor, shots: int, random: np.random.Generator) -> tuple[Array, Array, Array]:
    """Outcomes, counts and the rows of the states that they were seen in."""
    if states.shape[1] <= min(1 << DRAWN_AT_ONCE, shots):
        counts = draw_all(states, shots, random)
        points, outcomes = counts.nonzero()
        return outcomes, counts[points, outcomes], points
    drawn = [draw(state, shots, random) for state in states]
    outcomes, counts = (np.concatenate(columns) for columns in zip(*drawn, strict=True))
    return outcomes, counts, np.repeat(np.arange(len(drawn)), [len(seen) for seen, _ in drawn])
