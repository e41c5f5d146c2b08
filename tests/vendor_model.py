"""A world in which jobs are submitted: a vendor, a store and workers in one process, on one clock.

Workers take turns at every request, to the vendor or the store, before it is sent and after it was carried
out; there they can die, and others overtake them. Chance decides all of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

from greenlet import getcurrent, greenlet
from pydantic import PrivateAttr
from qiskit import QuantumCircuit

from blocks.object_store import ObjectStore
from blocks.submissions import Around, Asked, Carried, Months, Prepared, Records, carry
from qorum.backends import BackendProfile
from qorum.counts import Counts
from qorum.errors import BackendFailed, QorumError, StorageUnfit, VendorUnreachable
from qorum.ledger.budget import Purse
from qorum.ledger.standing import Standing
from qorum.remote import Accepted, Charge, JobStatus, Refused, Submission, Unclear

TOKEN = hashlib.sha256(b"a job").hexdigest()
EXPERIMENT = "an experiment"
PRICE = 3.0
SHOTS = 100
HORIZON = timedelta(days=30)

Fate = Literal["accepted", "lost", "broken", "dropped", "busy", "refused", "doubled"]
"""Of a request: taken, with an answer; taken, and the answer lost, or unreadable; not taken, without an
answer; refused for now; refused; taken twice, without an answer."""


class Died(BaseException):
    """A worker was killed."""


class World:
    """The clock, and whose turn it is.

    Args:
        chance: what happens.
        deaths: of how many turns, out of 1, a worker dies in one.
        faults: of how many requests that read, out of 1, one is not answered.
    """

    def __init__(self, chance: Random, deaths: float = 0.0, faults: float = 0.0) -> None:
        self.chance, self.deaths, self.faults = chance, deaths, faults
        self.now = datetime(2026, 11, 30, tzinfo=UTC)
        self._asleep: dict[greenlet, datetime] = {}

    def turn(self) -> None:
        """Let others go first, or be killed."""
        if getcurrent().parent is not None:
            getcurrent().parent.switch()

    def sleep(self, seconds: float) -> None:
        """Until the clock says so; alone, the clock is put forward."""
        until = self.now + timedelta(seconds=seconds)
        if getcurrent().parent is None:
            self.now = until
            return
        self._asleep[getcurrent()] = until
        self.turn()

    def fails(self) -> bool:
        """Whether a request that reads is not answered."""
        return self.chance.random() < self.faults

    def race(self, *works: Callable[[], None]) -> int:
        """Let all of them work, in turns, until each is done or dead; returns how many died."""
        alive, dead = [greenlet(work) for work in works], 0
        while alive:
            awake = [one for one in alive if self._asleep.get(one, self.now) <= self.now]
            if not awake:
                self.now = min(self._asleep[one] for one in alive)
                continue
            one = self.chance.choice(awake)
            self._asleep.pop(one, None)
            if one and self.chance.random() < self.deaths:
                dead += 1
                with suppress(Died):
                    one.throw(Died())
            else:
                one.switch()
            alive = [one for one in alive if not one.dead]
            self.now += timedelta(milliseconds=20)
        return dead


class MemoryStore(ObjectStore):
    """A store in memory; of what is written, an answer may be lost."""

    _objects: dict[str, bytes] = PrivateAttr(default_factory=dict)
    _world: World = PrivateAttr()
    requests: int = 0
    is_down: bool = False

    @classmethod
    def of(cls, world: World) -> MemoryStore:
        store = cls()
        store._world = world
        return store

    @property
    def url(self) -> str:
        return "memory://"

    def create_only(self, key: str, data: bytes) -> bool:
        self._request()
        created = key not in self._objects
        self._objects.setdefault(key, data)
        self._answer()
        return created

    def put_many(self, items: Mapping[str, bytes]) -> None:
        for key, data in items.items():
            self._request()
            self._objects[key] = data
            self._answer()

    def put(self, key: str, data: bytes) -> None:
        self.put_many({key: data})

    def get_many(self, keys: Iterable[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for key in keys:
            self._request()
            if key in self._objects:
                found[key] = self._objects[key]
        return found

    def get(self, key: str) -> bytes:
        return self.get_many([key])[key]

    def exists(self, key: str) -> bool:
        return bool(self.get_many([key]))

    def list(self, prefix: str = "") -> list[str]:
        self._request()
        return sorted(key for key in self._objects if key.startswith(prefix))

    def delete(self, key: str) -> None:
        self._request()
        self._objects.pop(key, None)

    def _request(self) -> None:
        self.requests += 1
        self._world.turn()
        self._answer()

    def _answer(self) -> None:
        self._world.turn()
        if self.is_down or self._world.fails():
            raise StorageUnfit(self.url, "it cannot be reached")


@dataclass
class VendorJob:
    """A job as the vendor has it."""

    job_id: str
    token: str
    made_at: datetime
    listed_at: datetime
    done_at: datetime
    fails: bool = False
    cancelled_at: datetime | None = None

    def state(self, now: datetime) -> Literal["queued", "done", "failed", "cancelled"]:
        if self.cancelled_at is not None:
            return "cancelled"
        if now < self.done_at:
            return "queued"
        return "failed" if self.fails else "done"


@dataclass
class ModelVendor:
    """A `RemoteBackend`.

    Attributes:
        fates: what may happen to a request, each as likely as it is often.
        lag: seconds after which its list tells of a job, at most.
        least_lag: and at least.
        list_lag_seconds: what it says of that.
        is_idempotent: whether it says, and takes care, that equal tokens make one job.
        failing: whether its jobs fail.
        damage: of how many results, out of 1, bytes are lost on their way.
        bills_after: seconds after a job's end until its charge is final.
    """

    world: World
    fates: Sequence[Fate] = ("accepted",)
    lag: float = 30.0
    least_lag: float = 0.0
    list_lag_seconds: float = 30.0
    is_idempotent: bool = False
    failing: bool = False
    damage: float = 0.0
    bills_after: float = 10.0
    place: str = "model/eu-1/device"
    jobs: list[VendorJob] = field(default_factory=list[VendorJob])
    requests: list[str] = field(default_factory=list[str])

    def profile(self) -> BackendProfile:
        raise NotImplementedError

    def estimate(self, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        self._read("estimate")
        return Charge(PRICE, PRICE, "usd", is_final=False, source="model")

    def submit(self, circuits: Sequence[QuantumCircuit], shots: int, token: str) -> Submission:
        sent = self.world.now
        self._turn("submit")
        fate = self.world.chance.choice(self.fates)
        if fate == "busy":
            return self._answered(Refused("too many requests", retry_after=5.0))
        if fate == "refused":
            return self._answered(Refused("no such device"))
        if fate == "dropped":
            return self._answered(Unclear("connection lost"))
        job = self._take(token, sent)
        if fate == "doubled":
            self._take(token, sent)
        self.world.turn()
        if fate == "broken":
            raise KeyError("id")
        return Accepted(job.job_id) if fate == "accepted" else Unclear("the answer was lost")

    def find(self, token: str, since: datetime) -> list[str]:
        self._read("find")
        return [
            job.job_id
            for job in self.jobs
            if job.token == token and job.made_at >= since and job.listed_at <= self.world.now
        ]

    def poll(self, job_id: str) -> JobStatus:
        self._read("poll")
        return JobStatus(self._job(job_id).state(self.world.now), retryable=True)

    def fetch(self, job_id: str) -> bytes:
        self._read("fetch")
        if self._job(job_id).state(self.world.now) != "done":
            raise BackendFailed("model", "there are no results", job_id)
        raw = json.dumps({"id": job_id, "counts": {"0": 40, "1": SHOTS - 40}}).encode()
        return raw[: self.world.chance.randrange(9)] if self.world.chance.random() < self.damage else raw

    def parse(self, raw: bytes, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> list[Counts]:
        try:
            told = json.loads(raw)
        except ValueError as error:
            raise BackendFailed("model", "damaged", job_id) from error
        if told["id"] != job_id:
            raise BackendFailed("model", "results of another job", job_id)
        return [Counts(told["counts"], "model", job_id) for _ in circuits]

    def cancel(self, job_id: str) -> None:
        self._read("cancel")
        job = self._job(job_id)
        if job.state(self.world.now) == "queued":
            job.cancelled_at = self.world.now

    def invoice(self, job_id: str, circuits: Sequence[QuantumCircuit], shots: int) -> Charge:
        self._read("invoice")
        job = self._job(job_id)
        usd = self.charged(job)
        is_final = self.world.now >= (job.cancelled_at or job.done_at) + timedelta(seconds=self.bills_after)
        return Charge(usd, usd, "usd", is_final, "model")

    def charged(self, job: VendorJob) -> float:
        """What is paid for a job in the end."""
        return 0.0 if job.cancelled_at else PRICE * (0.5 if job.fails else 0.9)

    @property
    def charged_usd(self) -> float:
        """What is paid for all jobs in the end."""
        return sum(map(self.charged, self.jobs))

    def _take(self, token: str, sent: datetime) -> VendorJob:
        if self.is_idempotent and (known := [job for job in self.jobs if job.token == token]):
            return known[0]
        lag = self.least_lag + (self.lag - self.least_lag) * self.world.chance.random()
        listed = sent + timedelta(seconds=lag)
        done = self.world.now + timedelta(seconds=600 * self.world.chance.random())
        job = VendorJob(f"job-{len(self.jobs)}", token, self.world.now, listed, done, self.failing)
        self.jobs.append(job)
        return job

    def _job(self, job_id: str) -> VendorJob:
        return next(job for job in self.jobs if job.job_id == job_id)

    def _turn(self, what: str) -> None:
        self.requests.append(what)
        self.world.turn()

    def _read(self, what: str) -> None:
        self._turn(what)
        if self.world.fails():
            raise VendorUnreachable("model", "no answer", retry_after=1.0)

    def _answered(self, answer: Submission) -> Submission:
        self.world.turn()
        return answer


def prepared(keys: tuple[str, ...]) -> Prepared:
    """A circuit of one measured qubit under each key."""
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    return Prepared([circuit] * len(keys), hashlib.sha256("/".join(keys).encode()).hexdigest())


@dataclass
class Desk:
    """Where workers ask for one job, each with a clock of its own.

    Attributes:
        limit: what each may spend, in USD.
        skew: seconds by which their clocks differ from the vendor's at most.
        log: what they told.
        months: what limits of the month have seen, if any hold.
    """

    world: World
    vendor: Any
    store: ObjectStore
    limit: float = PRICE
    skew: int = 600
    token: str = TOKEN
    log: list[str] = field(default_factory=list[str])
    months: Months | None = None

    @property
    def records(self) -> Records:
        return Records(self.store, EXPERIMENT, self.token)

    @property
    def standing(self) -> Standing:
        return self.records.read()

    def ask(self, purse: Purse | None = None, **around: Any) -> Carried:
        """As `carry` does."""
        skew = timedelta(seconds=self.world.chance.randint(-self.skew, self.skew))
        surroundings = Around(
            now=lambda: self.world.now + skew,
            sleep=self.world.sleep,
            draw=self.world.chance.random,
            tell=self.log.append,
            **around,
        )
        asked = Asked(self.token, "model", ("key",), SHOTS, prepared)
        return carry(asked, self.vendor, self.records, purse or Purse(self.limit), surroundings, self.months)

    def work(self) -> None:
        """Ask, whatever comes of it."""
        try:
            self.ask()
        except QorumError as error:
            self.log.append(f"{type(error).__name__}: {error}")

    def after_all(self) -> Carried:
        """Ask once more, when nothing goes wrong any more and the vendor's list tells all."""
        self.world.faults = self.world.deaths = 0.0
        if isinstance(self.vendor, ModelVendor):
            self.vendor.damage = 0.0
            listed = [job.listed_at for job in self.vendor.jobs]
            self.world.now = max([self.world.now, *listed]) + timedelta(minutes=21)
        return self.ask()
