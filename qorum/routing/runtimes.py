"""How long a backend will take, learned from what it took before on this machine.

seconds = φ₀·circuits + φ₁·gates + φ₂·work + φ₃·diagonal + φ₄·shots, φ ≥ 0, where work counts the numbers
that blocks of gates touch (see `CircuitSize`), and diagonal those that lone diagonal gates touch: some
engines merge these, some do not. Gates hold what is done once for each: translating, planning.
A sum holds for a batch as for one circuit, and goes on to sizes that were not seen yet.
Each backend has its own φ: the maximum a posteriori of robust errors in log seconds around a
log-normal prior, so that few runs move a prediction a little and one odd run does not spoil it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from qorum.backends import BackendProfile, Pool
from qorum.circuits.sizes import CircuitSize

LARGEST_STATE = 50
"""A simulator that takes more qubits than this keeps no state vector."""

RECENT = 200
"""How many of a backend's latest runs count."""

NOISE = 0.3
"""Scatter of log seconds between equal runs that is assumed before any was seen."""

NOISE_RUNS = 4
"""How many runs that assumption is worth."""

FIVE_PERCENT = 1.6449
"""Quantile of the normal distribution that 5 % lie above."""


@dataclass(frozen=True)
class Prior:
    """Seconds for each of `BatchLoad.terms`; `spread` is the error of their logs."""

    seconds: tuple[float, float, float, float, float]
    spread: float


PRIORS: Mapping[Pool, Prior] = {
    "cpu": Prior((5e-3, 2e-5, 2e-9, 1e-9, 1e-6), 2.0),
    "cuda": Prior((2e-2, 2e-5, 2e-11, 1e-11, 1e-7), 2.0),
    "mps": Prior((2e-2, 2e-5, 2e-10, 1e-10, 1e-6), 2.0),
    "qpu": Prior((2.0, 1e-4, 3e-7, 3e-7, 3e-4), 0.7),
}
"""Orders of magnitude: a block of 20 qubits takes a CPU about 2 ms, a shot a device about 0.3 ms."""

GATES_PER_BLOCK = 3
"""What version 1 of the stored run times is read with; in a hardware-efficient ansatz it is 3.1."""


@dataclass(frozen=True)
class BatchLoad:
    """What a batch asks of a backend.

    Attributes:
        backend: the backend's name.
        pool: where it runs.
        circuits: how many circuits.
        gates: how many gates, all circuits together.
        work: numbers touched by blocks of gates: Σ blocks · size of the simulated state, or Σ blocks ·
            shots on a device.
        diagonal: the same of blocks that are one diagonal gate; they are not in `work`. Of a noisy
            backend 0: noise follows each gate, and compilation makes any two-qubit gate of the native one.
        shots: samples, all circuits together.
    """

    backend: str
    pool: Pool
    circuits: float
    gates: float
    work: float
    diagonal: float
    shots: float

    @classmethod
    def of(cls, profile: BackendProfile, sizes: Iterable[tuple[int, CircuitSize]], shots: int) -> BatchLoad:
        """A batch on a backend.

        Args:
            profile: the backend.
            sizes: number of qubits and size of each circuit.
            shots: samples of each circuit.
        """
        circuits, gates, work, diagonal = 0, 0, 0.0, 0.0
        for num_qubits, size in sizes:
            touched = _touched(profile, num_qubits, shots)
            apart = 0 if profile.noisy else size.diagonal_blocks
            circuits += 1
            gates += size.gates
            work += (size.blocks - apart) * touched
            diagonal += apart * touched
        return cls(profile.name, profile.pool, circuits, gates, work, diagonal, circuits * shots)

    @property
    def terms(self) -> tuple[float, float, float, float, float]:
        """What the coefficients multiply."""
        return (self.circuits, self.gates, self.work, self.diagonal, self.shots)


@dataclass(frozen=True)
class Observation:
    """One past batch and the seconds that it took, waiting not counted."""

    workload: BatchLoad
    seconds: float


@dataclass(frozen=True)
class Prediction:
    """Expected seconds, and the limits that 90 % of the runs should fall between."""

    seconds: float
    low: float
    high: float


@dataclass(frozen=True)
class _Law:
    """Coefficients in seconds, the covariance of their logs, and the variance of log seconds."""

    seconds: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    noise: float


@dataclass(frozen=True)
class RuntimeModel:
    """Predicts run times; without observations from the prior of the backend's pool.

    Attributes:
        observations: what it was fitted to: of each backend the latest `RECENT`, in the order given.
        ignored: why observations were left out, one line each.
    """

    observations: tuple[Observation, ...] = ()
    ignored: tuple[str, ...] = ()
    _laws: Mapping[str, _Law] = field(default_factory=dict[str, _Law], repr=False, compare=False)

    @classmethod
    def fit(cls, observations: Sequence[Observation]) -> RuntimeModel:
        """A model of all observations, oldest first; impossible ones are named in `ignored`."""
        faults = [_fault(observation) for observation in observations]
        ignored = tuple(
            f"observation {number}, {observation.workload.backend}: {fault}"
            for number, (observation, fault) in enumerate(zip(observations, faults, strict=True))
            if fault
        )
        runs: dict[str, list[Observation]] = {}
        for observation, fault in zip(observations, faults, strict=True):
            if not fault:
                runs.setdefault(observation.workload.backend, []).append(observation)
        recent = {backend: seen[-RECENT:] for backend, seen in runs.items()}
        kept = tuple(observation for seen in recent.values() for observation in seen)
        return cls(kept, ignored, {backend: _fit(seen) for backend, seen in recent.items()})

    def predict(self, workload: BatchLoad) -> Prediction:
        """Seconds that a batch will take on its backend, waiting not counted."""
        law = self._laws.get(workload.backend) or PRIOR_LAWS[workload.pool]
        parts = [each * count for each, count in zip(law.seconds, workload.terms, strict=True)]
        seconds = sum(parts)
        if seconds <= 0.0:
            return Prediction(0.0, 0.0, 0.0)
        shares = [part / seconds for part in parts]
        variance = law.noise + sum(
            share * covariance * other
            for share, row in zip(shares, law.covariance, strict=True)
            for covariance, other in zip(row, shares, strict=True)
        )
        factor = math.exp(FIVE_PERCENT * math.sqrt(variance))
        return Prediction(seconds, seconds / factor, seconds * factor)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` makes the same predictions from it."""
        return {"version": 2, "observations": [asdict(observation) for observation in self.observations]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RuntimeModel:
        """The inverse of `to_json`; see `observations_of`."""
        return cls.fit(cls.observations_of(data))

    @staticmethod
    def observations_of(data: Mapping[str, Any]) -> list[Observation]:
        """What `to_json` wrote, not fitted.

        Version 1 counted each gate as work and told none apart: `GATES_PER_BLOCK` of them are taken as
        one block, none as diagonal. New runs put such runs out, see `RECENT`.

        Raises:
            ValueError: another version than 1 or 2, or entries that are no observations.
        """
        version = data.get("version")
        if version not in (1, 2):
            raise ValueError(f"run times of version 1 or 2 expected, found {version!r}; delete them")
        try:
            return [
                Observation(_workload(row["workload"], version), row["seconds"])
                for row in data["observations"]
            ]
        except (KeyError, TypeError) as error:
            raise ValueError(f"stored run times are damaged, delete them: {error!r}") from error


def _workload(stored: Mapping[str, Any], version: int) -> BatchLoad:
    if version == 1:
        stored = {**stored, "work": stored["work"] / GATES_PER_BLOCK, "diagonal": 0.0}
    return BatchLoad(**stored)


def _touched(profile: BackendProfile, num_qubits: int, shots: int) -> float:
    """How many numbers a block touches: a state vector, one of each shot, a density matrix, a tableau."""
    if profile.pool == "qpu":
        return float(shots)
    if profile.clifford_only or profile.num_qubits > LARGEST_STATE:
        return float(num_qubits**2)
    return min(shots * 2.0**num_qubits, 4.0**num_qubits) if profile.noisy else 2.0**num_qubits


def _fault(observation: Observation) -> str | None:
    workload = observation.workload
    if workload.pool not in PRIORS:
        return f"one of the pools {', '.join(PRIORS)} expected, found {workload.pool!r}"
    if not all(_is_number(term) and term >= 0 for term in workload.terms):
        return f"finite counts of at least 0 expected, found {workload.terms}"
    if not any(workload.terms):
        return "nothing was run"
    if not _is_number(observation.seconds) or observation.seconds <= 0:
        return f"a finite number of seconds above 0 expected, found {observation.seconds!r}"
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _fit(runs: Sequence[Observation]) -> _Law:
    """The most probable law; `runs` are of one backend and none is empty."""
    prior = PRIORS[runs[-1].workload.pool]
    terms = np.array([run.workload.terms for run in runs]) * np.array(prior.seconds)
    logs = np.log([run.seconds for run in runs])

    def residuals(scales: np.ndarray) -> np.ndarray:
        missed = (np.log(terms @ np.exp(scales)) - logs) / NOISE
        return np.concatenate([missed, scales / prior.spread])

    found = least_squares(residuals, np.zeros(len(prior.seconds)), loss="soft_l1", bounds=(-40.0, 40.0))
    information = found.jac.T @ found.jac
    missed = NOISE * residuals(found.x)[: len(runs)]
    freedom = len(runs) ** 2 / (len(runs) + len(prior.seconds))  # n - 5 in the limit, 0 for none
    noise = (NOISE_RUNS * NOISE**2 + float(missed @ missed)) / (NOISE_RUNS + freedom)
    covariance = np.linalg.inv(information) * max(1.0, noise / NOISE**2)
    seconds = tuple(float(each) for each in np.array(prior.seconds) * np.exp(found.x))
    return _Law(seconds, tuple(tuple(map(float, row)) for row in covariance), noise)


PRIOR_LAWS: Mapping[Pool, _Law] = {
    pool: _Law(
        prior.seconds, tuple(map(tuple, np.diag([prior.spread**2] * len(prior.seconds)).tolist())), NOISE**2
    )
    for pool, prior in PRIORS.items()
}
