"""A job at a vendor, submitted at most once: what comes next, by its records.

The right to send a job's request is an intent, of which there is one for each epoch: who creates it may send
one request, nobody else. A further epoch begins only where it is certain that the one before made no job, or
where the vendor itself makes one job of equal tokens. So no clock has to be right for a job to be made once;
times only say when looking for it is given up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from qorum.ledger.records import Intent, Refusal
from qorum.ledger.standing import Standing
from qorum.remote import State

LEASE = timedelta(seconds=20)
"""After it has made its intent, an owner begins to send within this time, or not at all."""

MAX_EPOCHS = 8
"""Requests of one token that may have no clear answer, where the vendor makes one job of them."""


@dataclass(frozen=True)
class Vendor:
    """What a backend states of how it takes jobs; see `qorum.remote.RemoteBackend`."""

    is_idempotent: bool
    list_lag_seconds: float


@dataclass(frozen=True)
class Seen:
    """What one that carries a job on has learnt since it began: lost in a crash, and not needed then.

    Attributes:
        owner: its name, drawn anew each time.
        sent: the epoch whose request it has sent; 0: none.
        answered_at: when that had an answer, or was given up.
        looked_at: when its last look-up that found nothing began; None: none since its last request.
        state: of the vendor's job, as last told.
        not_before: when the vendor may be asked again.
    """

    owner: str
    sent: int = 0
    answered_at: datetime | None = None
    looked_at: datetime | None = None
    state: State | None = None
    not_before: datetime | None = None


@dataclass(frozen=True)
class Claim:
    """Create the intent of an epoch; where another one was faster, read the records again."""

    epoch: int


@dataclass(frozen=True)
class Submit:
    """Send the one request of an epoch."""

    epoch: int


@dataclass(frozen=True)
class Forgo:
    """Put on record that the request of an own epoch was not sent and never will be."""

    epoch: int


@dataclass(frozen=True)
class Find:
    """Look the token up among the vendor's jobs that were made since then."""

    since: datetime


@dataclass(frozen=True)
class Wait:
    """Do nothing until then."""

    until: datetime


@dataclass(frozen=True)
class Poll:
    """Ask how the job stands."""

    job_id: str


@dataclass(frozen=True)
class Fetch:
    """Get the results and put them on record."""

    job_id: str


@dataclass(frozen=True)
class End:
    """Put on record that the job ended without results."""

    job_id: str


@dataclass(frozen=True)
class Settle:
    """Ask what was charged, for duplicates too, and put that on record."""

    job_id: str


@dataclass(frozen=True)
class Hold:
    """Put on record that a person has to look."""

    epoch: int
    reason: str


@dataclass(frozen=True)
class Done:
    """Nothing is left to do: it is settled, refused, or held for a person."""


Move = Claim | Submit | Forgo | Find | Wait | Poll | Fetch | End | Settle | Hold | Done


def next_move(standing: Standing, seen: Seen, now: datetime, vendor: Vendor) -> Move:
    """What is to be done with a job.

    Args:
        standing: by records read since `seen.owner` began; nobody else's later ones are needed for a job to
            be made once, as each move's record is created only once.
        seen: what who asks has learnt besides.
        now: by its clock.
        vendor: what the backend states.
    """
    if standing.settled:
        return Done()
    if submitted := standing.submitted:
        if standing.result or standing.ended:
            told = _list_tells_all(standing, vendor)  # before that, duplicates may be missed
            return _in_time(Settle(submitted.job_id), seen, now) if now >= told else Wait(told)
        if seen.state == "done":
            return _in_time(Fetch(submitted.job_id), seen, now)
        if seen.state in ("failed", "cancelled"):
            return End(submitted.job_id)
        return _in_time(Poll(submitted.job_id), seen, now)
    intent = standing.intent
    if intent is None:
        return _in_time(Claim(1), seen, now)
    if refusal := standing.refusal:
        return _refused(refusal, standing, intent, seen, now)
    if intent.owner == seen.owner and seen.sent < intent.epoch:
        return Submit(intent.epoch) if now < intent.made_at + LEASE else Forgo(intent.epoch)
    return _unclear(standing, intent, seen, now, vendor)


def _list_tells_all(standing: Standing, vendor: Vendor) -> datetime:
    if standing.is_clear or standing.intent is None:
        return datetime.min.replace(tzinfo=UTC)
    return standing.intent.made_at + LEASE + timedelta(seconds=vendor.list_lag_seconds)


def _refused(refusal: Refusal, standing: Standing, intent: Intent, seen: Seen, now: datetime) -> Move:
    if refusal.retry_after is None:
        return Done()
    again = refusal.at + timedelta(seconds=refusal.retry_after)
    if now < again:
        return Wait(again)
    if intent.owner != seen.owner and seen.looked_at is None:  # refused by hearsay: a person may be wrong
        return _in_time(Find(standing.since), seen, now)
    return _in_time(Claim(intent.epoch + 1), seen, now)


def _unclear(standing: Standing, intent: Intent, seen: Seen, now: datetime, vendor: Vendor) -> Move:
    """A request that was sent, or may have been, and has no answer."""
    is_own = intent.owner == seen.owner
    find = Find(standing.since)
    if seen.looked_at is None:
        return _in_time(find, seen, now)
    if standing.held:
        return Done()
    over = intent.made_at + LEASE  # from then on its owner begins no request
    if vendor.is_idempotent and intent.epoch < MAX_EPOCHS:
        if not is_own and now < over:
            return Wait(over)
        if not is_own and seen.looked_at < over:
            return _in_time(find, seen, now)
        return _in_time(Claim(intent.epoch + 1), seen, now)
    asked = seen.answered_at if is_own and seen.answered_at else over
    if seen.looked_at < asked + timedelta(seconds=vendor.list_lag_seconds):
        return _in_time(find, seen, now)
    return Hold(
        intent.epoch,
        "its request had no clear answer, and the vendor lists no such job after "
        f"{vendor.list_lag_seconds:g} s",
    )


def _in_time(move: Move, seen: Seen, now: datetime) -> Move:
    return move if seen.not_before is None or now >= seen.not_before else Wait(seen.not_before)
