"""Figures of processes that race for a job at imitated vendors, for `benchmarks.submit_once`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from benchmarks._report import Row
from benchmarks._submitting_schedules import Found, schedules


def races(vendors: Sequence[str], how_many: int, seed: int) -> Iterator[Row]:
    """Rows of each vendor; a schedule that misses a goal is told to standard error, with its seed.

    Args:
        vendors: their names.
        how_many: schedules of each.
        seed: of the first one.
    """
    for name in vendors:
        title = f"{name}, processes"
        found: list[Found] = []
        for number, one in enumerate(schedules(name, how_many, seed), seed):
            found.append(one)
            if not is_met(one):
                print(f"{title}, seed {number}: {one}", file=sys.stderr)
        yield from rows_of(title, found)


def rows_of(title: str, found: Sequence[Found]) -> Iterator[Row]:
    """A vendor's figures, each of whose names begins with the title."""

    def most(figure: str, value: float, goal: float | None = 0.0, unit: str = "schedules") -> Row:
        return Row(f"{title} / {figure}", value, goal, "most", unit, samples=len(found))

    yield most("jobs of one token at most", max(one.jobs for one in found), 1, "jobs")
    yield most("jobs accepted twice", sum(one.jobs > 1 for one in found))
    yield most(
        "requests beyond the intents", sum(max(0, one.sent - one.intents) for one in found), 0, "requests"
    )
    yield most("results that nobody got", sum(one.lost for one in found))
    yield most("jobs never submitted, nor held", sum(one.missing for one in found))
    yield most("over the budget", sum(one.overspent_usd >= 0.005 for one in found))
    yield most("a wrong bill", sum(one.misbilled_usd >= 0.005 for one in found))
    yield most("held, and no job there", sum(one.held and not one.jobs for one in found), None)
    yield most("requests for a job", sum(one.sent for one in found), None, "requests")
    yield most("workers", sum(one.lives for one in found), None, "workers")
    yield most("workers killed", sum(one.killed for one in found), None, "workers")


def is_met(one: Found) -> bool:
    """Whether a schedule misses no goal."""
    is_paid = one.overspent_usd < 0.005 and one.misbilled_usd < 0.005
    return one.jobs <= 1 and one.sent <= one.intents and is_paid and not one.lost and not one.missing
