"""Schedules of `benchmarks.submit_once --vendors`: what is drawn for each, and what is counted afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from benchmarks._submitting_processes import Workers, shared_clock
from benchmarks._submitting_server import FaultyServer
from benchmarks._submitting_vendors import VENDORS, Vendor
from benchmarks._submitting_worker import EXPERIMENT, SHOTS, TOKEN, Life
from blocks.object_store import ObjectStore
from blocks.object_store.local_folder import LocalFolder
from blocks.submissions import Records

START = 1_796_000_000.0
"""Seconds since 1970 at which each schedule begins; in November 2026."""

MOST_SKEW = 600.0
"""Seconds by which a worker's clock is wrong at most."""

LIFETIME = 1.0
"""Real seconds within which most workers that are killed by the clock on the wall are killed."""


@dataclass(frozen=True)
class Found:
    """What became of one schedule, counted at the imitation unless it is said otherwise.

    Attributes:
        killed: workers.
        lives: workers that were started.
        jobs: accepted with the token.
        sent: requests for the job.
        intents: that the ledger has.
        held: whether a person is asked, at last.
        lost: whether there is a job, and the last worker did not get all of its results.
        missing: whether there is no job at last, and none is held.
        overspent_usd: charged beyond the limit.
        misbilled_usd: between what was charged and what ledger and purse have settled.
        log: what workers told.
    """

    killed: int
    lives: int
    jobs: int
    sent: int
    intents: int
    held: bool
    lost: bool
    missing: bool
    overspent_usd: float
    misbilled_usd: float
    log: tuple[str, ...]


def follow(name: str, seed: int, store: ObjectStore, limit_usd: float) -> Found:
    """One schedule at a vendor, drawn by its seed, in an empty store."""
    vendor, chance = VENDORS[name], Random(f"{name} {seed}")
    clock = shared_clock(START)

    def passes(seconds: float) -> None:
        clock.value += seconds

    imitation = vendor.imitation(chance, lambda: clock.value)
    imitation.lag = vendor.most_lag * chance.random()
    rates = chance.choice([0.0, 0.5, 0.9]), chance.choice([0.0, 0.05, 0.2])
    with FaultyServer(vendor, imitation, Random(chance.random()), rates, passes) as server:
        workers = Workers(server, Random(chance.random()), clock)
        server.strike = workers.strike
        life = Life(name, server.url, store, vendor.circuits(), limit_usd, 0.0, 0)
        lives = killed = 0
        try:
            for _ in range(chance.choice([1, 1, 2])):
                draw_strikes(server, chance)
                raced = workers.race(
                    [skewed(life, chance) for _ in range(2)], [doom(chance) for _ in range(2)]
                )
                lives, killed = lives + 2, killed + sum(worker.was_killed for worker in raced)
                clock.value += chance.choice([0.0, 5.0, 100.0])
            server.heal()
            clock.value += vendor.most_lag + 2 * MOST_SKEW + 60.0
            [last] = workers.race([skewed(life, chance)], [None])
        finally:
            workers.kill_all()
    assert last.ending is not None
    jobs, charged = len(imitation.accepted(TOKEN)), imitation.invoice()
    standing = Records(store, EXPERIMENT, TOKEN).read()
    settled = standing.settled.usd if standing.settled else 0.0
    is_whole = last.ending.shots == (SHOTS,) * len(life.circuits)
    held = last.ending.error.startswith("JobHeld")
    return Found(
        killed=killed,
        lives=lives + 1,
        jobs=jobs,
        sent=len(server.submissions),
        intents=len(standing.intents),
        held=held,
        lost=jobs > 0 and not is_whole,
        missing=jobs == 0 and not held,
        overspent_usd=max(0.0, charged - limit_usd),
        misbilled_usd=max(abs(settled - charged), abs(last.ending.spent_usd - charged)),
        log=(*workers.log, repr(last.ending)),
    )


def draw_strikes(server: FaultyServer, chance: Random) -> None:
    """Whether, and about which requests to come, somebody is killed."""
    came = len(server.recorded)
    numbers = [came + chance.randint(1, 20) for _ in range(chance.choice([0, 0, 1, 1, 2]))]
    server.strikes = {number: chance.choice(("before", "after")) for number in numbers}


def doom(chance: Random) -> float | None:
    """Real seconds after which a worker is killed, or none."""
    return chance.random() * LIFETIME if chance.random() < 0.3 else None


def skewed(life: Life, chance: Random) -> Life:
    """A worker of its own."""
    skew = chance.choice([0.0, chance.uniform(-MOST_SKEW, MOST_SKEW)])
    return replace(life, skew=skew, seed=chance.randrange(2**32))


def limit_of(vendor: Vendor) -> float:
    """USD for which one job can be bought, and no second one."""
    quiet = vendor.imitation(Random(0), lambda: START)
    with FaultyServer(vendor, quiet, Random(0), (0.0, 0.0), _nothing) as server:
        remote = vendor.block(server.url).remote
        assert remote is not None
        return remote.estimate(vendor.circuits(), SHOTS).usd


def _nothing(seconds: float) -> None:
    del seconds


def schedules(name: str, how_many: int, seed: int) -> Iterator[Found]:
    """Schedules at a vendor, each with its ledger in a folder of its own on disk."""
    limit_usd = limit_of(VENDORS[name])
    for number in range(seed, seed + how_many):
        with tempfile.TemporaryDirectory(prefix="submit-once-") as folder:
            yield follow(name, number, LocalFolder(path=Path(folder)), limit_usd)
