"""What a user gets: for each circuit, what was found, by whom, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import nsmallest
from operator import not_
from typing import Literal

from pydantic import Field

from qorum.findings import Report, is_none

Status = Literal["agreed", "disputed", "unverified", "rejected"]
WORST_FIRST: tuple[Status, ...] = ("disputed", "rejected", "unverified", "agreed")
"""What needs attention first."""
Read = Literal["once", "twice", "differently"]


class ReplicaReport(Report):
    """One backend's part in one circuit: its histogram, its share of the seconds and of the cost.

    `calibration_id` names the calibration that the circuit was compiled for; several are joined by `, `.
    """

    backend: str
    counts: Mapping[str, int]
    seconds: float
    cost_usd: float
    job_id: str | None
    calibration_id: str | None
    success_probability: float


class LeftOut(Report):
    """A backend that has no part in a circuit's result.

    Attributes:
        backend: which.
        reason: why, in words.
        retryable: whether it failed in a way that may well be over when it is asked again; of one whose
            histogram was rejected, False.
    """

    backend: str
    reason: str
    retryable: bool = False


class Fault(Report):
    """Why a circuit has no result, and at which line of its source."""

    reason: str
    line: int | None = None


class CircuitReport(Report):
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
    distribution: Mapping[str, float] = Field(default_factory=dict[str, float])
    counts: Mapping[str, int] = Field(default_factory=dict[str, int])
    shots: int = 0
    accepted: tuple[str, ...] = ()
    rejected: tuple[LeftOut, ...] = ()
    replicas: tuple[ReplicaReport, ...] = ()
    warnings: tuple[str, ...] = ()
    error: Fault | None = None
    depth_before: int | None = None
    depth_after: int | None = None
    referee: str = ""
    read: Read = "once"
    readings: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether it is agreed or, for want of a second backend, unverified."""
        return self.status in ("agreed", "unverified")

    @property
    def seconds(self) -> float:
        """Seconds of backend time, all replicas together."""
        return sum(replica.seconds for replica in self.replicas)

    def top(self, how_many: int) -> list[tuple[str, float]]:
        """The most probable outcomes, most probable first."""
        return nsmallest(how_many, self.distribution.items(), key=lambda item: (-item[1], item[0]))


class Totals(Report):
    """How many circuits ended how, and what all of it took; a status that none has is not in the JSON."""

    circuits: int
    agreed: int = Field(default=0, exclude_if=not_)
    disputed: int = Field(default=0, exclude_if=not_)
    rejected: int = Field(default=0, exclude_if=not_)
    unverified: int = Field(default=0, exclude_if=not_)
    shots: int
    seconds: float
    cost_usd: float
    estimated_usd: float | None = Field(default=None, exclude_if=is_none)

    @classmethod
    def of(cls, circuits: Sequence[CircuitReport], estimated_usd: float | None = None) -> Totals:
        """Of all circuits of a run, which was foreseen to cost so much at most."""
        statuses = [circuit.status for circuit in circuits]
        replicas = [replica for circuit in circuits for replica in circuit.replicas]
        return cls(
            circuits=len(statuses),
            agreed=statuses.count("agreed"),
            disputed=statuses.count("disputed"),
            rejected=statuses.count("rejected"),
            unverified=statuses.count("unverified"),
            shots=sum(sum(replica.counts.values()) for replica in replicas),
            seconds=sum(replica.seconds for replica in replicas),
            cost_usd=sum(replica.cost_usd for replica in replicas),
            estimated_usd=estimated_usd,
        )

    @property
    def spent(self) -> str:
        """What was charged, against what was foreseen at most, in words."""
        foreseen = "" if self.estimated_usd is None else f" of at most {self.estimated_usd:.2f} foreseen"
        return f"{self.cost_usd:.2f} USD{foreseen}"

    @property
    def statuses(self) -> dict[Status, int]:
        """Circuits by status, the best one first; those alone that some circuit has."""
        found: dict[Status, int] = {
            "agreed": self.agreed,
            "unverified": self.unverified,
            "rejected": self.rejected,
            "disputed": self.disputed,
        }
        return {status: count for status, count in found.items() if count}


class ExperimentReport(Report):
    """All circuits of one run, in the order they were given."""

    experiment_id: str
    circuits: tuple[CircuitReport, ...]
    totals: Totals

    @classmethod
    def of(
        cls, experiment_id: str, circuits: Sequence[CircuitReport], estimated_usd: float | None = None
    ) -> ExperimentReport:
        """With its totals."""
        totals = Totals.of(circuits, estimated_usd)
        return ExperimentReport(experiment_id=experiment_id, circuits=tuple(circuits), totals=totals)

    @property
    def nothing_settled(self) -> bool:
        """Whether no circuit has a result."""
        return not any(circuit.settled for circuit in self.circuits)

    @property
    def verdict(self) -> Status:
        """The worst verdict on any circuit."""
        statuses = {circuit.status for circuit in self.circuits}
        return next(status for status in WORST_FIRST if status in statuses)

    def linked(self, links: Links) -> RunReport:
        """What a run returns and prints."""
        return RunReport(
            experiment_id=self.experiment_id, circuits=self.circuits, totals=self.totals, links=links
        )


class Links(Report):
    """Where to look further: the results in the store, the run in MLflow, the run in Prefect's UI."""

    results: str
    mlflow: str
    prefect: str


class RunReport(ExperimentReport):
    """The report as it is returned: with where to look further, which is not stored."""

    links: Links
