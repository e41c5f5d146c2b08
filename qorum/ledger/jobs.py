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
    """A circuit to be sampled `shots` times on a backend.

    Attributes:
        digest: the circuit.
        backend: its name.
        shots: samples.
        most_usd: what was reserved for it.
    """

    digest: str
    backend: str
    shots: int
    most_usd: float = 0.0

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
        options: what else decides the result, e.g. the optimization level or an observable.
        attempt: 0, or how often the same work was charged before.
        parameters: values of each circuit's free parameters, in order; empty where none has any.
        most_usd: what was reserved for each of its `purchases`, in order; no part of its identity.
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
    parameters: tuple[tuple[float, ...], ...] = ()
    most_usd: tuple[float, ...] = ()

    @cached_property
    def token(self) -> str:
        """The job's identity: same work, same token."""
        return job_token(
            experiment_id=self.experiment_id,
            step=self.step,
            digests=self.digests,
            parameters=[value for row in self.parameters for value in row],
            backend=self.backend,
            shots=self.shots,
            options={**self.options, "seeds": list(self.seeds)},
            replica=0,
            attempt=self.attempt,
        )

    @property
    def purchases(self) -> list[str]:
        """What the purse knows its circuits by, in order; of a training the job is bought as a whole."""
        if self.parameters:
            return [self.token]
        return [Order(digest, self.backend, self.shots).purchase(self.step) for digest in self.digests]

    @property
    def reserved_usd(self) -> dict[str, float]:
        """What was reserved for it, by its `purchases`; empty where nothing was."""
        return dict(zip(self.purchases, self.most_usd, strict=True)) if self.most_usd else {}

    @property
    def num_outcomes(self) -> int:
        """How many it brings: one for each circuit, or one of an engine that computes a step as a whole."""
        return len(self.digests) or 1

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
            "parameters": tuple(map(tuple, data.get("parameters", ()))),
            "most_usd": tuple(data.get("most_usd", ())),
        }
        return cls(**fields)


@dataclass(frozen=True)
class Failure:
    """Why a backend brought nothing of a circuit.

    Attributes:
        reason: in words.
        retryable: whether the same again may well succeed.
        refused: whether the backend itself said so, and so charged nothing; what it falls silent on, or
            answers wrongly, it may have charged.
    """

    reason: str
    retryable: bool = False
    refused: bool = False


@dataclass(frozen=True)
class Computed:
    """Numbers that a backend computed instead of sampling, by name, e.g. an expectation value as `value`.

    They are JSON's: reals, lists of them, and None.
    """

    numbers: Mapping[str, Any]


Outcome = Counts | Computed | Failure
"""Of one circuit of a job."""


@dataclass(frozen=True)
class JobResult:
    """What came of a job.

    Attributes:
        token: the job.
        outcomes: for each of its circuits, in order, what was found or why nothing was.
        seconds: wall time of the whole batch on its backend.
        charged_usd: what was charged, by the job's `purchases`, in order; those are missing of which that
            is not known yet.
        is_final: whether it stays so. What does not is not stored: asked for again, the same job is found.
        waits: whether its vendor has it and has not ended it, so that nothing is to be done but wait.
    """

    token: str
    outcomes: tuple[Outcome, ...]
    seconds: float
    charged_usd: Mapping[str, float]
    is_final: bool = True
    waits: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back equal."""
        return {
            "token": self.token,
            "outcomes": [_outcome_to_json(found) for found in self.outcomes],
            "seconds": self.seconds,
            "charged_usd": dict(self.charged_usd),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> JobResult:
        """The inverse of `to_json`."""
        outcomes = tuple(map(_outcome_from_json, data["outcomes"]))
        return cls(data["token"], outcomes, data["seconds"], data["charged_usd"])


def _outcome_to_json(found: Outcome) -> dict[str, Any]:
    if isinstance(found, Failure):
        return {"failure": asdict(found)}
    return {"computed": dict(found.numbers)} if isinstance(found, Computed) else found.to_json()


def _outcome_from_json(data: Mapping[str, Any]) -> Outcome:
    if "failure" in data:
        return Failure(**data["failure"])
    return Computed(data["computed"]) if "computed" in data else Counts.from_json(data)


def batch(orders: Sequence[Order], compiled_key: Mapping[tuple[str, str], str], plan: BatchPlan) -> list[Job]:
    """The fewest jobs that carry out all orders: one for each backend and number of shots.

    Args:
        orders: of one step.
        compiled_key: compile-cache key by (digest, backend); orders without one are left out.
        plan: what all jobs of the step have in common.

    Returns:
        Jobs in the order in which their backends occur, none larger than its backend takes.
    """
    groups: dict[tuple[str, int], list[Order]] = {}
    for order in orders:
        if (order.digest, order.backend) in compiled_key:
            groups.setdefault((order.backend, order.shots), []).append(order)
    return [
        Job(
            experiment_id=plan.experiment_id,
            step=plan.step,
            backend=backend,
            digests=tuple(order.digest for order in chunk),
            compiled=tuple(compiled_key[order.digest, backend] for order in chunk),
            seeds=tuple(derive_seed(plan.seed, order.digest, backend, plan.step) for order in chunk),
            shots=shots,
            options={"optimization_level": plan.optimization_level},
            most_usd=tuple(order.most_usd for order in chunk),
        )
        for (backend, shots), group in groups.items()
        for chunk in _chunks(group, plan.max_circuits[backend])
    ]


def _chunks(items: Sequence[Order], size: int) -> Iterator[Sequence[Order]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
