"""IBM Quantum's jobs as its REST interface writes them, and what of them we read.

Source: quantum.cloud.ibm.com/docs/api/qiskit-runtime-rest (version 2026-04-15) and, for the codes of
failures, quantum.cloud.ibm.com/docs/errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from pydantic import AliasChoices, AwareDatetime, BaseModel, ConfigDict, Field
from qiskit import QuantumCircuit

from qorum.remote import JobStatus, State

STATES: Mapping[str, State] = {
    "queued": "queued",
    "running": "running",
    "completed": "done",
    "failed": "failed",
    "cancelled": "cancelled",
    "cancelled - ran too long": "failed",
}
"""By IBM's word in lower case."""

RAN_TOO_LONG = 1305
"""Code of a job that reached `max_execution_seconds`: cancelled, but charged, and the same again would be."""

RETRYABLE = frozenset((1000, 1006, 1008, 1010, 1011, 9999))
"""Codes of failures for which IBM advises to try again."""

MAX_SHOTS = 1_000_000
MAX_CIRCUITS = 100
"""Of one job; IBM bounds only their product with the shots."""

MAX_EXECUTIONS = 10_000_000
"""Circuits · shots of one job: quantum.cloud.ibm.com/docs/guides/job-limits."""

PAGE = 200
MOST_PAGES = 50

CLOCK_SKEW = timedelta(minutes=5)
"""How far the vendor's clock may be off ours."""


class _Answer(BaseModel):
    model_config = ConfigDict(hide_input_in_errors=True)


class JobState(_Answer):
    """How a job stands."""

    status: str
    reason: str | None = None
    code: int | None = Field(default=None, validation_alias=AliasChoices("reasonCode", "reason_code"))


class JobRecord(_Answer):
    """What we read of `GET /jobs/{id}`."""

    id: str
    backend: str
    state: JobState

    @property
    def kind(self) -> State:
        """In our words; a status that is not in the table is `unknown`, not final."""
        found = STATES.get(self.state.status.lower(), "unknown")
        return "failed" if found == "cancelled" and self.state.code == RAN_TOO_LONG else found

    def as_status(self) -> JobStatus:
        """See `qorum.remote.JobStatus`; the place in the queue is not told of single jobs."""
        kind, reason = self.kind, self.state.reason or ""
        if self.state.code is not None:
            reason = f"{self.state.code}: {reason}".rstrip(": ")
        return JobStatus(
            kind,
            told=self.state.status,
            reason=reason if kind in ("failed", "cancelled") else "",
            retryable=kind == "failed" and self.state.code in RETRYABLE,
        )


class JobListed(_Answer):
    """What we read of an entry of `GET /jobs`, be it ours or not."""

    id: str
    created: AwareDatetime
    tags: list[str] | None = None


class JobPage(_Answer):
    """`GET /jobs`."""

    jobs: list[JobListed]


class JobCreated(_Answer):
    """The answer to `POST /jobs`."""

    id: str = Field(pattern=r"^[0-9A-Za-z-]+$")


class Usage(_Answer):
    """Of a job: what is charged, in seconds of the device."""

    status: str = "pending"
    qpu_charge_time_seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @property
    def final_seconds(self) -> float | None:
        """What the vendor will not change any more; None before that."""
        return None if self.status.lower() == "pending" else self.qpu_charge_time_seconds


class JobMetrics(_Answer):
    """`GET /jobs/{id}/metrics`."""

    usage: Usage = Usage()


@dataclass
class JobSearch:
    """Gathers a token's jobs, page by page. How many there are is not believed: `count` may be off.

    Attributes:
        token: the tag of the jobs.
        oldest: before it none of them was made.
    """

    token: str
    oldest: datetime
    _seen: dict[str, JobListed] = field(default_factory=dict, init=False)

    @property
    def query(self) -> dict[str, str | int]:
        """Of the next page; oldest first, so that jobs that are made meanwhile shift no others."""
        return {
            "tags": self.token,
            "created_after": self.oldest.isoformat(),
            "exclude_params": "true",
            "sort": "ASC",
            "limit": PAGE,
            "offset": len(self._seen),
        }

    def ends_with(self, page: JobPage) -> bool:
        """Take a page; whether it brought nothing new."""
        known = len(self._seen)
        self._seen.update({job.id: job for job in page.jobs})
        return len(self._seen) == known

    @property
    def found(self) -> list[str]:
        """Ids, oldest first."""
        ours = [
            job
            for job in self._seen.values()
            if job.created >= self.oldest and (job.tags is None or self.token in job.tags)
        ]
        return [job.id for job in sorted(ours, key=lambda job: job.created)]


def job_path(job_id: str) -> str:
    """Where a job is."""
    return f"/jobs/{quote(job_id, safe='')}"


def refuse_unfit(circuits: Sequence[QuantumCircuit], shots: int) -> None:
    """What can be known without the device.

    Raises:
        ValueError: there are no circuits or too many, one measures nothing or has free parameters, or `shots`
            is out of bounds.
    """
    if not 1 <= len(circuits) <= MAX_CIRCUITS:
        raise ValueError(f"1 to {MAX_CIRCUITS} circuits of one job expected, found {len(circuits)}")
    if not 1 <= shots <= MAX_SHOTS:
        raise ValueError(f"1 to {MAX_SHOTS} shots expected, found {shots}")
    if len(circuits) * shots > MAX_EXECUTIONS:
        raise ValueError(
            f"circuits · shots of {MAX_EXECUTIONS} at most expected, found {len(circuits) * shots}"
        )
    for circuit in circuits:
        if "measure" not in circuit.count_ops() and not circuit.has_control_flow_op():
            raise ValueError(f"{circuit.name}: at least one measurement expected, found none")
        if circuit.parameters:
            names = ", ".join(parameter.name for parameter in circuit.parameters)
            raise ValueError(f"{circuit.name}: parameters with values expected, found {names} without")
