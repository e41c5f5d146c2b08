"""What is told of jobs that a person has to look at."""

from __future__ import annotations

from datetime import datetime

from qorum.findings import Report


class HeldJob(Report):
    """A job of which nobody can tell whether its vendor took it.

    Attributes:
        token: its identity: at the vendor, the job's tag, metadata or key.
        backend: by name.
        place: where at the vendor it would be.
        since: when it was held.
        most_usd: what is set aside for it.
        reason: in words.
        decision: what was decided now; empty: nothing was.
    """

    token: str
    backend: str
    place: str
    since: datetime
    most_usd: float
    reason: str
    decision: str = ""


class HeldReport(Report):
    """The held jobs of an experiment or training."""

    experiment_id: str
    jobs: tuple[HeldJob, ...]
