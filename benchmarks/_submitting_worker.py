"""A worker process of `benchmarks.submit_once --vendors`: carries one job, on a clock that others move."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from ctypes import c_double
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from random import Random

from qiskit import QuantumCircuit

from benchmarks._submitting_vendors import VENDORS
from blocks.object_store import ObjectStore
from blocks.submissions import Around, Asked, Prepared, Records, carry
from qorum.errors import QorumError
from qorum.ledger.budget import Purse

TOKEN = hashlib.sha256(b"a job of several processes").hexdigest()
EXPERIMENT = "submit-once"
SHOTS = 100


@dataclass(frozen=True)
class Life:
    """What one worker is given.

    Attributes:
        vendor: its name in `VENDORS`.
        url: where it is.
        store: where the ledger is.
        circuits: of the job.
        limit_usd: what may be spent.
        skew: seconds by which the worker's clock is wrong.
        seed: of its pauses.
    """

    vendor: str
    url: str
    store: ObjectStore
    circuits: Sequence[QuantumCircuit]
    limit_usd: float
    skew: float
    seed: int


@dataclass(frozen=True)
class Sleeping:
    """The worker asks to be woken after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Ending:
    """What came of the job, as its worker tells.

    Attributes:
        error: class and words of what was raised; empty where nothing was.
        shots: counted in each circuit's histogram.
        usd: charged.
        spent_usd: that the purse has paid.
    """

    error: str = ""
    shots: tuple[int, ...] = ()
    usd: float = 0.0
    spent_usd: float = 0.0


Told = Sleeping | Ending | str
"""What a worker tells: a string is a line for the log."""


def work(life: Life, clock: c_double, parent: Connection) -> None:
    """Carry the job, then tell how it ended."""
    skew, chance, purse = timedelta(seconds=life.skew), Random(life.seed), Purse(life.limit_usd)

    def sleep(seconds: float) -> None:
        parent.send(Sleeping(seconds))
        parent.recv()

    around = Around(
        now=lambda: datetime.fromtimestamp(clock.value, UTC) + skew,
        sleep=sleep,
        draw=chance.random,
        tell=parent.send,
    )
    remote = VENDORS[life.vendor].block(life.url).remote
    assert remote is not None
    asked = Asked(TOKEN, life.vendor, ("key",), SHOTS, lambda keys: prepared(life.circuits, keys))
    try:
        carried = carry(asked, remote, Records(life.store, EXPERIMENT, TOKEN), purse, around)
    except QorumError as error:
        parent.send(Ending(f"{type(error).__name__}: {error}"))
        return
    shots = tuple(sum(counts.histogram.values()) for counts in carried.counts)
    parent.send(Ending(carried.failure, shots, carried.charge.usd, purse.spent_usd))


def prepared(circuits: Sequence[QuantumCircuit], keys: tuple[str, ...]) -> Prepared:
    """The job's circuits, which are the same under every key."""
    return Prepared(circuits, hashlib.sha256("/".join(keys).encode()).hexdigest())
