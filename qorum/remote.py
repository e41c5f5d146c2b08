"""The contract of backends whose jobs run at a vendor: they cost money, take hours, and answers get lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from qiskit import QuantumCircuit

from qorum.backends import BackendProfile
from qorum.counts import Counts

State = Literal["queued", "running", "done", "failed", "cancelled", "unknown"]
"""Ours, of which every vendor's statuses are a case; `unknown` is one that its table does not name."""


@dataclass(frozen=True)
class Accepted:
    """The vendor took the job.

    Attributes:
        job_id: what the vendor knows it by.
    """

    job_id: str


@dataclass(frozen=True)
class Refused:
    """No job was made: a definite answer of the 400s (408 aside), or nothing was ever sent.

    Attributes:
        reason: in words, with what to do; without a secret.
        retry_after: seconds after which the same may be taken; None: it never will.
    """

    reason: str
    retry_after: float | None = None


@dataclass(frozen=True)
class Unclear:
    """A job may have been made or not: everything that is neither of the others, whatever was raised.

    Attributes:
        reason: in words, without a secret.
    """

    reason: str


Submission = Accepted | Refused | Unclear


@dataclass(frozen=True)
class JobStatus:
    """A job as its vendor has it.

    Attributes:
        state: in our words.
        told: in the vendor's.
        reason: why it failed or was cancelled.
        retryable: of a failed one, whether a new attempt may well succeed.
        queue_position: jobs before it; None where that is not told.
        wait_seconds: until it starts, as the vendor predicts; None where that is not told.
    """

    state: State
    told: str = ""
    reason: str = ""
    retryable: bool = False
    queue_position: int | None = None
    wait_seconds: float | None = None

    @property
    def is_final(self) -> bool:
        """Whether it will never change; `unknown` may."""
        return self.state in ("done", "failed", "cancelled")


@dataclass(frozen=True)
class Charge:
    """Money, and what the vendor counts it in.

    Attributes:
        usd: in dollars.
        amount: in `unit`.
        unit: `usd`, `seconds`, or a vendor's own, e.g. `hqc`.
        is_final: whether the vendor will not change it any more.
        source: who says so, e.g. `GET /jobs/{id}/cost`, or `computed`.
    """

    usd: float
    amount: float
    unit: str
    is_final: bool
    source: str


class RemoteBackend(Protocol):
    """A vendor's device or cloud simulator.

    Every method sends each request once and ends within bounded time; none sleeps between requests. Those
    that read may be called again at any time.

    Raises, by every method but `submit`: `VendorUnreachable` where the vendor did not answer as agreed, with
    the seconds after which to ask again; `BackendFailed` where it refused, e.g. credentials.
    """

    @property
    def place(self) -> str:
        """Region, instance and device: its jobs are found there alone. Without a secret."""
        ...

    @property
    def is_idempotent(self) -> bool:
        """Whether the vendor itself makes one job of two requests with one token."""
        ...

    @property
    def list_lag_seconds(self) -> float:
        """How long after a request was begun `find` tells of the job that it made, at most; counted in it are
        the request's own time limit and what the vendor takes to accept it."""
        ...

    def profile(self) -> BackendProfile:
        """What the device is and takes now; while it is offline `queue_wait` is infinite."""
        ...

    def estimate(self, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """The most that a job with these circuits can be charged: what is reserved for it."""
        ...

    def submit(self, circuits: Sequence[QuantumCircuit], shots: int, token: str) -> Submission:
        """Ask for a job, in one request, with the token where the vendor keeps it: key, id, tag or metadata.

        Circuits are checked before anything is sent. Raises nothing: what is raised inside is `Unclear`,
        unless it is certain that nothing was sent.

        Args:
            circuits: compiled to `profile().target`.
            shots: samples of each.
            token: the job's identity, 64 hexadecimal digits.
        """
        ...

    def find(self, token: str, since: datetime) -> list[str]:
        """Ids of the jobs with this token that were made since then, oldest first: the rest are duplicates.

        It ends by itself, however many jobs the account has. A vendor's list may lag behind.
        """
        ...

    def poll(self, job_id: str) -> JobStatus:
        """How a job stands, by its id, asked afresh."""
        ...

    def fetch(self, job_id: str) -> bytes:
        """The results of a job that is done, as the vendor sent them: kept before anybody reads them.

        What `parse` needs is in them, the vendor's name of the job among it.
        """
        ...

    def parse(self, raw: bytes, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> list[Counts]:
        """Histograms from what `fetch` brought, without the network, in Qiskit's bit order.

        Args:
            raw: as fetched.
            job_id: whose they must be.
            circuits: as submitted; each histogram covers all clbits of its circuit.
            shots: of each, as submitted.

        Raises:
            BackendFailed: they are damaged, of another job, or not what was asked for.
        """
        ...

    def cancel(self, job_id: str) -> None:
        """Ask that a job be not carried out; `poll` tells what came of it. A final one stays as it is."""
        ...

    def invoice(self, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        """What a final job was charged, by the vendor's own figure where it gives one."""
        ...
