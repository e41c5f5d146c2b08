"""What a user gets: for each circuit, what was found, by whom, and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, Literal

Status = Literal["agreed", "disputed", "unverified", "rejected"]
WORST_FIRST: tuple[Status, ...] = ("disputed", "rejected", "unverified", "agreed")
"""What needs attention first."""
Read = Literal["once", "twice", "differently"]


@dataclass(frozen=True)
class ReplicaReport:
    """One backend's part in one circuit: its histogram, its share of the seconds and of the cost."""

    backend: str
    counts: Mapping[str, int]
    seconds: float
    cost_usd: float
    job_id: str | None
    calibration_id: str | None
    success_probability: float


@dataclass(frozen=True)
class Fault:
    """Why a circuit has no result, and at which line of its source."""

    reason: str
    line: int | None = None


@dataclass(frozen=True)
class CircuitReport:
    """One circuit's result.

    Attributes:
        status: the verdict, or `rejected` where the circuit cannot run or no backend brought a
            result.
        confidence: the least confidence among the accepted pairs; None without a pair, and where disputed.
        distribution: the merged distribution, in Qiskit's bit order.
        counts: the accepted replicas' histograms added up, so their sum is the shots of all of them.
        accepted, rejected: backends, with the reason of each rejection.
        referee: how the ideal distribution was had that samples were judged against, or why it was not.
        read: whether a second, independent reading of the input agreed, could not be had, or differed:
            then the circuit is disputed whatever its backends agree on.
        readings: who read it alike.
    """

    name: str
    digest: str | None
    status: Status
    confidence: float | None = None
    distribution: Mapping[str, float] = field(default_factory=dict[str, float])
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    shots: int = 0
    accepted: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    replicas: tuple[ReplicaReport, ...] = ()
    warnings: tuple[str, ...] = ()
    error: Fault | None = None
    depth_before: int | None = None
    depth_after: int | None = None
    referee: str = ""
    read: Read = "once"
    readings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Seconds of backend time, all replicas together."""
        return sum(replica.seconds for replica in self.replicas)

    def top(self, how_many: int) -> list[tuple[str, float]]:
        """The most probable outcomes, most probable first."""
        return nsmallest(how_many, self.distribution.items(), key=lambda item: (-item[1], item[0]))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            **vars(self),
            "accepted": list(self.accepted),
            "warnings": list(self.warnings),
            "readings": list(self.readings),
            "rejected": [{"backend": backend, "reason": reason} for backend, reason in self.rejected],
            "replicas": [vars(replica) for replica in self.replicas],
            "error": None if self.error is None else vars(self.error),
        }


@dataclass(frozen=True)
class ExperimentReport:
    """All circuits of one run, in the order they were given."""

    experiment_id: str
    circuits: tuple[CircuitReport, ...]

    @property
    def settled(self) -> bool:
        """Whether every circuit is agreed or, for want of a second backend, unverified."""
        return all(circuit.status in ("agreed", "unverified") for circuit in self.circuits)

    @property
    def nothing_settled(self) -> bool:
        """Whether no circuit has a result."""
        return not any(circuit.status in ("agreed", "unverified") for circuit in self.circuits)

    @property
    def verdict(self) -> Status:
        """The worst verdict on any circuit."""
        statuses = {circuit.status for circuit in self.circuits}
        return next(status for status in WORST_FIRST if status in statuses)

    def totals(self) -> dict[str, Any]:
        """How many circuits ended how, and what all of it took."""
        statuses = [circuit.status for circuit in self.circuits]
        replicas = [replica for circuit in self.circuits for replica in circuit.replicas]
        return {
            "circuits": len(statuses),
            **{status: statuses.count(status) for status in sorted(set(statuses))},
            "shots": sum(sum(replica.counts.values()) for replica in replicas),
            "seconds": sum(replica.seconds for replica in replicas),
            "cost_usd": sum(replica.cost_usd for replica in replicas),
        }

    def to_json(self) -> dict[str, Any]:
        """Plain data, as `--json` prints it."""
        return {
            "experiment_id": self.experiment_id,
            "circuits": [circuit.to_json() for circuit in self.circuits],
            "totals": self.totals(),
        }


class Findings(Mapping[str, Any]):
    """What a run returns: its report as plain data, read like a dict.

    It is none, nor a list or a dataclass, because a workflow engine walks through all of these to
    look for something to wait for: seconds for the histograms of a thousand circuits. `dict(findings)`
    is plain data down to the leaves, for JSON.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = dict(data)

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        told = {name: value for name, value in self.items() if isinstance(value, str | int | float)}
        return f"<findings: {', '.join(f'{name} {value}' for name, value in told.items())}>"
