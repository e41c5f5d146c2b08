"""Asks vendors about the jobs of runs that wait, all in one process, and stores what they bring."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

from blocks.backends import load_backend
from blocks.execution import execute
from blocks.job_results import read_result, write_result
from blocks.object_store import ObjectStore
from blocks.remote_jobs import at_vendor
from blocks.submissions import Around
from blocks.waiting_runs import forget_waiting, read_waiting, waiting_places
from qorum.errors import QorumError
from qorum.ledger.jobs import Failure, Job
from qorum.ledger.records import Submitted
from qorum.ledger.waiting import MOST_QUESTIONS, WaitingRun, pause
from qorum.remote import RemoteBackend

THREADS = 16
"""Questions to vendors on their way at once, at most; each ends in bounded time."""


@dataclass
class Watched:
    """A job that is asked for.

    Attributes:
        job: as its run asked for it.
        submitted: which of the vendor's jobs it is; None until that is known.
        stands: how, in words.
        has_ended: whether what came of it is stored.
        times: how often its vendor was asked.
        due: when it is asked next, by `time.monotonic`.
        stop: set once it is to be cancelled at its vendor.
        question: that is on its way.
    """

    job: Job
    submitted: Submitted | None = None
    stands: str = "not asked yet"
    has_ended: bool = False
    times: int = 0
    due: float = 0.0
    stop: Event = field(default_factory=Event)
    question: Future[None] | None = None


class Watch:
    """All runs that wait, and their jobs; `update` and `ask` are called again and again.

    Args:
        store: where runs, jobs and the ledger are.
        tell: takes a line for the log.
    """

    def __init__(self, store: ObjectStore, tell: Callable[[str], None]) -> None:
        self.runs: dict[str, WaitingRun] = {}
        self.jobs: dict[str, Watched] = {}
        self._store, self._tell, self._damaged = store, tell, set[str]()
        self._backends: dict[str, RemoteBackend | None] = {}
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="asks-a-vendor")

    def update(self) -> None:
        """Read which runs wait, and the jobs of those that are new.

        Raises:
            StorageUnfit: the store cannot be reached.
        """
        places = waiting_places(self._store)
        new = [place for place in places if place not in self.runs and place not in self._damaged]
        for place, found in read_waiting(new, self._store).items():
            if isinstance(found, QorumError):
                self._damaged.add(place)
                self._tell(str(found))
            else:
                self.runs[place] = found
        for place in self.runs.keys() - set(places):
            del self.runs[place]
        wanted = {request for run in self.runs.values() for request in run.requests}
        for request in self.jobs.keys() - wanted:
            del self.jobs[request]
        crowd = Counter(one.job.backend for one in self.jobs.values())
        for request, stored in self._store.get_many(sorted(wanted - self.jobs.keys())).items():
            job = Job.from_json(json.loads(stored))
            self.jobs[request] = Watched(job, due=time.monotonic() + crowd[job.backend] / MOST_QUESTIONS)
            crowd[job.backend] += 1

    def ask(self) -> None:
        """Begin to ask about each job whose time has come; returns at once."""
        now, crowd = time.monotonic(), Counter(one.job.backend for one in self.jobs.values())
        for watched in self.jobs.values():
            if watched.question is not None and watched.question.done():
                watched.question.result()
                watched.question = None
            if watched.question is None and not watched.has_ended and watched.due <= now:
                watched.question = self._threads.submit(self._look, watched, crowd[watched.job.backend])

    def is_ready(self, run: WaitingRun) -> bool:
        """Whether all jobs of one of its groups have ended, or are nowhere to be found."""
        return any(all(self._has_ended(request) for request in group) for group in run.groups)

    def cancel(self, run: WaitingRun) -> bool:
        """Have its jobs cancelled at their vendors; whether all have ended by now."""
        for request in run.requests:
            if request in self.jobs and not self.jobs[request].stop.is_set():
                self.jobs[request].stop.set()
                self.jobs[request].due = 0.0
        return all(map(self._has_ended, run.requests))

    def forget(self, place: str) -> None:
        """A run goes on, or never will."""
        forget_waiting(place, self._store)
        del self.runs[place]

    def close(self) -> None:
        """Ask nothing more; questions on their way are let end."""
        self._threads.shutdown(cancel_futures=True)

    def _has_ended(self, request: str) -> bool:
        return request not in self.jobs or self.jobs[request].has_ended

    def _look(self, watched: Watched, crowd: int) -> None:
        try:
            watched.stands = self._stands(watched)
        except QorumError as error:  # the vendor or the store may answer next time
            if watched.stands != str(error):
                self._tell(f"{watched.job.backend}: {error}")
            watched.stands = str(error)
        except Exception as error:  # noqa: BLE001 - a fault with one job must not end the watch over all others
            told = f"{type(error).__name__} while it was asked for: a fault of its backend"
            if watched.stands != told:
                self._tell(f"{watched.job.backend}: {told}")
            watched.stands = told
        watched.times += 1
        since = watched.submitted.at if watched.submitted else datetime.now(UTC)
        waited = (datetime.now(UTC) - since).total_seconds()
        watched.due = time.monotonic() + pause(waited, crowd, watched.job.token, watched.times)

    def _stands(self, watched: Watched) -> str:
        job = watched.job
        if watched.submitted is None:
            watched.submitted = at_vendor(job, self._store)
        if watched.submitted is not None and not watched.stop.is_set():
            status = self._remote(job.backend).poll(watched.submitted.job_id)
            if not status.is_final:
                before = status.queue_position
                return status.state if before is None else f"{status.state}, {before} before it"
        is_stopped = watched.stop.is_set()
        if (result := read_result(job, self._store)) is None:
            around = Around.stopping(watched.stop, self._tell, hands_over=not is_stopped)
            result = execute(job, {}, self._store, None, around)
        failures = [outcome.reason for outcome in result.outcomes if isinstance(outcome, Failure)]
        if not (is_stopped and failures):  # the run's next start submits anew what was cancelled
            result = write_result(job, result, self._store)
        watched.has_ended = result.is_final
        return failures[0] if failures else "done"

    def _remote(self, backend: str) -> RemoteBackend:
        if backend not in self._backends:
            self._backends[backend] = load_backend(backend).remote
        if (remote := self._backends[backend]) is None:
            raise QorumError(f"{backend}: a backend at a vendor expected, found one of this machine")
        return remote
