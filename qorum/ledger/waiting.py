"""Runs that hold no process while vendors have their jobs: what wakes them, when vendors are asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from qorum.ledger.jobs import Job

SHORTEST_PAUSE, LONGEST_PAUSE = 10.0, 300.0
"""Seconds between two questions about a job."""

AGE_SHARE = 0.05
"""Of the time that a job has waited: so much later, at most, its end is noticed."""

MOST_QUESTIONS = 4.0
"""A second, to one backend, about all its jobs."""


class WaitingRun(BaseModel):
    """A run that ended its process until some of its jobs are done.

    Attributes:
        flow_run_id: of Prefect.
        experiment_id: of its results.
        since: when it began to wait.
        groups: places of jobs' requests; once all of any group have ended, the run goes on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    flow_run_id: str
    experiment_id: str
    since: datetime
    groups: tuple[tuple[str, ...], ...]

    @property
    def requests(self) -> list[str]:
        """Places of all its jobs' requests, sorted."""
        return sorted({place for group in self.groups for place in group})


def groups_of(jobs: Sequence[Job]) -> tuple[tuple[str, ...], ...]:
    """For each circuit that waits, the places of the requests that it waits for; none that holds another.

    A circuit is judged as soon as its own replicas are in, whatever else the run waits for.
    """
    waits_for: dict[str, set[str]] = {}
    for job in jobs:
        for digest in job.digests:
            waits_for.setdefault(digest, set()).add(job.request_key)
    groups = {frozenset(group) for group in waits_for.values()}
    return tuple(sorted(tuple(sorted(one)) for one in groups if not any(other < one for other in groups)))


def pause(waited_seconds: float, jobs: int, token: str, times: int) -> float:
    """Seconds until a job is asked for again: more the longer it waits and the more there are.

    No two jobs are asked for in step.

    Args:
        waited_seconds: since it was submitted.
        jobs: of the same backend that are asked for.
        token: of the job.
        times: how often it was asked for.
    """
    own = min(LONGEST_PAUSE, max(SHORTEST_PAUSE, AGE_SHARE * waited_seconds))
    drawn = int.from_bytes(sha256(f"{token}/{times}".encode()).digest()[:4]) / 2**32
    return max(own, jobs / MOST_QUESTIONS) * (0.75 + drawn / 2)
