"""A job: one batch of compiled circuits for one backend, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from qorum.backends import derive_seed
from qorum.counts import Counts
from qorum.ledger.tokens import job_token

REQUEST = ".request.json"
"""How the keys of stored requests end; those of results end in `.json` alone."""


@dataclass(frozen=True)
class Order:
    """A circuit to be sampled `shots` times on a backend."""

    digest: str
    backend: str
    shots: int

    def purchase(self, step: int) -> str:
        """What the run's purse knows the order by."""
        return f"{step}/{self.backend}/{self.digest}"


@dataclass(frozen=True)
class BatchPlan:
    """What all jobs of one step have in common, and the most circuits that each backend takes."""

    experiment_id: str
    step: int
    seed: int
    optimization_level: int
    max_circuits: Mapping[str, int]


@dataclass(frozen=True)
class Job:
    """What one backend is asked to do, so that any worker can do it and none twice.

    Attributes:
        experiment_id: the experiment that it belongs to.
        step: round of the experiment, 0 for the first; escalation adds rounds.
        backend: name of the backend.
        digests: the circuits, in order.
        compiled: their keys in the compile cache, in the same order.
        seeds: one for each circuit.
        shots: samples of each circuit.
        options: what else decides the result, e.g. the optimization level.
        attempt: 0, or how often the same work was charged before.
    """

    experiment_id: str
    step: int
    backend: str
    digests: tuple[str, ...]
    compiled: tuple[str, ...]
    seeds: tuple[int, ...]
    shots: int
    options: Mapping[str, Any]
    attempt: int = 0

    @cached_property
    def token(self) -> str:
        """The job's identity: same work, same token."""
        return job_token(
            experiment_id=self.experiment_id,
            step=self.step,
            digests=self.digests,
            parameters=(),
            backend=self.backend,
            shots=self.shots,
            options={**self.options, "seeds": list(self.seeds)},
            replica=0,
            attempt=self.attempt,
        )

    @property
    def purchases(self) -> list[str]:
        """What the run's purse knows its circuits by, in order."""
        return [Order(digest, self.backend, self.shots).purchase(self.step) for digest in self.digests]

    @property
    def request_key(self) -> str:
        """Where the store keeps the job itself."""
        return f"results/{self.experiment_id}/jobs/{self.token}{REQUEST}"

    @property
    def result_key(self) -> str:
        """Where the store keeps what came of it."""
        return f"results/{self.experiment_id}/jobs/{self.token}.json"

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back equal."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Job:
        """The inverse of `to_json`."""
        fields: dict[str, Any] = {
            **data,
            **{name: tuple(data[name]) for name in ("digests", "compiled", "seeds")},
        }
        return cls(**fields)


@dataclass(frozen=True)
class Failure:
    """Why a backend brought no counts of a circuit.

    Attributes:
        reason: in words.
        retryable: whether the same again may well succeed.
    """

    reason: str
    retryable: bool = False


Outcome = Counts | Failure
"""Of one circuit of a job."""


@dataclass(frozen=True)
class JobResult:
    """What came of a job.

    Attributes:
        token: the job.
        outcomes: for each of its circuits, in order, the counts or why there are none.
        seconds: wall time of the whole batch on its backend.
        charged_usd: what each circuit cost, by the job's `purchases`, in order.
    """

    token: str
    outcomes: tuple[Outcome, ...]
    seconds: float
    charged_usd: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back equal."""
        outcomes = [
            {"failure": asdict(found)} if isinstance(found, Failure) else found.to_json()
            for found in self.outcomes
        ]
        return {
            "token": self.token,
            "outcomes": outcomes,
            "seconds": self.seconds,
            "charged_usd": dict(self.charged_usd),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> JobResult:
        """The inverse of `to_json`."""
        outcomes = tuple(
            Failure(**found["failure"]) if "failure" in found else Counts.from_json(found)
            for found in data["outcomes"]
        )
        return cls(data["token"], outcomes, data["seconds"], data["charged_usd"])


def batch(orders: Sequence[Order], compiled_key: Mapping[tuple[str, str], str], plan: BatchPlan) -> list[Job]:
    """The fewest jobs that carry out all orders: one for each backend and number of shots.

    Args:
        orders: of one step.
        compiled_key: compile-cache key by (digest, backend); orders without one are left out.
        plan: what all jobs of the step have in common.

    Returns:
        Jobs in the order in which their backends occur, none larger than its backend takes.
    """
    groups: dict[tuple[str, int], list[str]] = {}
    for order in orders:
        if (order.digest, order.backend) in compiled_key:
            groups.setdefault((order.backend, order.shots), []).append(order.digest)
    return [
        Job(
            experiment_id=plan.experiment_id,
            step=plan.step,
            backend=backend,
            digests=tuple(digests),
            compiled=tuple(compiled_key[digest, backend] for digest in digests),
            seeds=tuple(derive_seed(plan.seed, digest, backend, plan.step) for digest in digests),
            shots=shots,
            options={"optimization_level": plan.optimization_level},
        )
        for (backend, shots), group in groups.items()
        for digests in _chunks(group, plan.max_circuits[backend])
    ]


def _chunks(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
