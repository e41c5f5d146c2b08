"""`python -m benchmarks.submit_once`: is a paid job submitted once, whatever is lost and whoever dies?

Each schedule is a race of two workers for one job, three times over, at a vendor that loses answers, refuses,
and lists jobs late; both stop at random between any two requests to vendor or store. Afterwards, when nothing
goes wrong any more, the job is asked for once more.

With `--vendors` real worker processes race besides, through the real blocks and a store on disk, at servers
that imitate the vendors' protocols; processes are killed with SIGKILL. See `_submitting_processes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from benchmarks._report import Row, emit, parser
from benchmarks._submitting_figures import races
from benchmarks._submitting_vendors import VENDORS
from blocks.submissions import Carried
from qorum.errors import JobHeld
from tests.vendor_model import Desk, Fate, MemoryStore, ModelVendor, World

FATES: Sequence[Fate] = ("accepted", "accepted", "lost", "broken", "dropped", "busy")

Make = Callable[[World], ModelVendor]


@dataclass(frozen=True)
class Scenario:
    """A kind of vendor.

    Attributes:
        name: in the table.
        vendor: makes one.
        most_jobs: that it may make of one token.
        may_hold: whether a job that it has made may be held for a person until its list tells of it.
        skew: seconds by which the workers' clocks are wrong at most.
    """

    name: str
    vendor: Make
    most_jobs: int = 1
    may_hold: bool = False
    skew: int = 600


SCENARIOS = (
    Scenario("tag and list, as IBM and IonQ", lambda world: ModelVendor(world, FATES)),
    Scenario(
        "idempotent token, as Braket and Azure", lambda world: ModelVendor(world, FATES, is_idempotent=True)
    ),
    Scenario("list later than stated", lambda world: ModelVendor(world, FATES, lag=3000.0), may_hold=True),
    Scenario("makes two of one request", lambda world: ModelVendor(world, ("doubled",)), most_jobs=2, skew=0),
)


@dataclass(frozen=True)
class Found:
    """What became of one schedule.

    Attributes:
        deaths: workers that were killed.
        jobs: that the vendor made.
        held: whether a person is asked, at last.
        lost: whether the vendor has results that nobody got.
        overspent_usd: charged beyond the limit, where one job was made.
        hidden: duplicates that were not reported.
        running: duplicates that were neither cancelled nor faster than that.
        misbilled_usd: between what the vendor charged and what was settled.
    """

    deaths: int
    jobs: int
    held: bool
    lost: bool
    overspent_usd: float
    hidden: int
    running: int
    misbilled_usd: float


def at_last(desk: Desk) -> Carried | None:
    """What comes of the job when nothing goes wrong any more; None where it is held for a person."""
    try:
        return desk.after_all()
    except JobHeld:
        return None


def follow(scenario: Scenario, seed: int) -> Found:
    """One schedule, decided by its seed."""
    chance = Random(seed)
    world = World(
        chance, deaths=chance.choice([0.0, 0.01, 0.03, 0.1]), faults=chance.choice([0.0, 0.05, 0.2])
    )
    vendor = scenario.vendor(world)
    desk = Desk(world, vendor, MemoryStore.of(world), skew=scenario.skew)
    deaths = 0
    for _ in range(3):
        deaths += world.race(desk.work, desk.work)
        world.now += timedelta(seconds=chance.choice([0, 5, 100]))
    carried = at_last(desk)
    if carried is None and vendor.jobs and scenario.may_hold:
        carried = at_last(desk)  # the job was made only now
    if carried is None:
        return Found(deaths, len(vendor.jobs), True, bool(vendor.jobs), 0.0, 0, 0, 0.0)
    known = {carried.job_id, *carried.duplicates}
    hidden = [job for job in vendor.jobs if job.job_id not in known]
    spare = [job for job in vendor.jobs if job.job_id != carried.job_id]
    over = max(0.0, vendor.charged_usd - desk.limit) if len(vendor.jobs) == 1 else 0.0
    return Found(
        deaths=deaths,
        jobs=len(vendor.jobs),
        held=False,
        lost=bool(vendor.jobs) and not carried.counts,
        overspent_usd=over,
        hidden=len(hidden),
        running=sum(job.state(world.now) == "queued" for job in spare),
        misbilled_usd=abs(carried.charge.usd - vendor.charged_usd),
    )


def rows_of(scenario: Scenario, schedules: int, seed: int) -> Iterator[Row]:
    """A scenario's figures."""
    found = [follow(scenario, seed + number) for number in range(schedules)]
    name, n = scenario.name, schedules

    def most(figure: str, value: float, goal: float | None = 0.0, unit: str = "of all") -> Row:
        return Row(f"{name} / {figure}", value, goal, "most", unit, samples=n)

    yield most("jobs of one token at most", max(one.jobs for one in found), scenario.most_jobs, "jobs")
    yield most("schedules with more jobs than that", sum(one.jobs > scenario.most_jobs for one in found))
    yield most("results that nobody got", sum(one.lost for one in found))
    yield most("schedules over the budget", sum(one.overspent_usd > 1e-9 for one in found))
    yield most("duplicates not reported", sum(one.hidden for one in found))
    yield most("duplicates left running", sum(one.running for one in found))
    yield most("schedules with a wrong bill", sum(one.misbilled_usd > 1e-9 for one in found))
    yield most("held, and no job there", sum(one.held and not one.lost for one in found), None)
    yield most("workers killed", sum(one.deaths for one in found), None, "workers")


def quiet() -> Row:
    """What a job costs at the store when nothing goes wrong."""
    world = World(Random(1))
    store = MemoryStore.of(world)
    Desk(world, ModelVendor(world), store).ask()
    return Row("requests to the store for a job", store.requests, 6, "most", "requests", samples=1)


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 where every goal is met."""
    command = parser("submit_once", __doc__ or "")
    command.add_argument("--schedules", type=int, default=10_000, help="of each scenario (default 10000)")
    command.add_argument("--seed", type=int, default=0, help="of the first schedule")
    command.add_argument(
        "--vendors",
        nargs="*",
        choices=sorted(VENDORS),
        metavar="NAME",
        help=f"processes at imitated vendors, too: {', '.join(sorted(VENDORS))}; all without a name",
    )
    command.add_argument(
        "--races", type=int, default=200, help="schedules of processes for each vendor (default 200)"
    )
    asked = command.parse_args(argv)
    schedules = min(asked.schedules, 100) if asked.quick else asked.schedules
    rows = [quiet()]
    for scenario in SCENARIOS:
        rows += rows_of(scenario, schedules, asked.seed)
    if asked.vendors is not None:
        vendors, how_many = (
            asked.vendors or sorted(VENDORS),
            min(asked.races, 5) if asked.quick else asked.races,
        )
        rows += races(vendors, how_many, asked.seed)
    return emit(rows, asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
