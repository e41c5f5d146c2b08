"""Results of a job, and what it was charged."""

from __future__ import annotations

from dataclasses import dataclass, replace

from blocks.submissions._course import Course
from blocks.submissions._sending import cancel, report_duplicates
from qorum.counts import Counts
from qorum.errors import BackendFailed, VendorUnreachable
from qorum.ledger.records import Ended, Result, Settled
from qorum.ledger.standing import Standing
from qorum.remote import Charge, JobStatus

NOTHING = Charge(0.0, 0.0, "usd", is_final=True, source="no job was made")


@dataclass(frozen=True)
class Carried:
    """What came of a job.

    Attributes:
        job_id: what the vendor knows it by; empty where it was refused.
        counts: of each circuit, in order; empty where there are none.
        failure: why there are none, in words.
        retryable: whether asking again may well succeed: where it was refused under the same token, else as
            a new attempt, whose token and charge are its own.
        charge: for the job and its duplicates; the most it can be where the vendor's last word is not in.
        duplicates: ids of further jobs that the vendor had made of it; they were cancelled.
        is_unreadable: whether there are results, kept as they came, that cannot be read.
        was_cancelled: whether it was on record when this began that the job had been cancelled.
    """

    job_id: str
    counts: tuple[Counts, ...]
    failure: str
    retryable: bool
    charge: Charge
    duplicates: tuple[str, ...] = ()
    is_unreadable: bool = False
    was_cancelled: bool = False


def fetch(course: Course, job_id: str) -> None:
    """Put on record what the vendor sends, before anybody reads it."""
    raw = course.asking.ask(lambda: course.backend.fetch(job_id))
    if raw is not None:
        course.put(Result.of(job_id, raw, course.around.now()))


def end(course: Course, status: JobStatus, job_id: str) -> None:
    """Put on record that the vendor has no results."""
    state = "failed" if status.state == "failed" else "cancelled"
    reason = ": ".join(filter(None, (f"{state} at the vendor", status.told, status.reason)))
    course.put(Ended(job_id, state, course.around.now(), reason, status.retryable))
    course.tell(reason)


def settle(course: Course, job_id: str) -> None:
    """Ask for the vendor's last word on charges, and put it on record if it is there."""
    if not (course.backend.is_idempotent and course.standing.is_clear) and not _looked_up(course):
        return
    charges = {one: _charge(course, one) for one in (job_id, *course.standing.duplicates)}
    told = {one: charge for one, charge in charges.items() if charge is not None and charge.is_final}
    if len(told) == len(charges):
        charge = told.pop(job_id)
        course.put(Settled(course.around.now(), charge, told))
    else:
        course.asking.put_off()


def _looked_up(course: Course) -> bool:
    """Look for duplicates: requests are repeated by proxies, too, and persons err who free a held job."""
    found = course.asking.ask(lambda: course.backend.find(course.asked.token, course.standing.since))
    if found is None:
        return False
    report_duplicates(course, found)
    return True


def _charge(course: Course, job_id: str) -> Charge | None:
    """What a job was charged; None where it is not final, or the vendor does not say."""
    backend, asked = course.backend, course.asked
    try:
        if job_id in course.standing.duplicates:
            status = course.asking.ask(lambda: backend.poll(job_id))
            if status is None or not status.is_final:
                cancel(course, job_id)
                return None
        return course.asking.ask(lambda: backend.invoice(job_id, course.ready.circuits, asked.shots))
    except BackendFailed as error:
        course.tell(f"what it was charged is not known: {error}")
        return None


def carried(course: Course) -> Carried:
    """What came of the job by its records; it is paid for, as far as is known."""
    standing = course.standing
    submitted = standing.submitted
    if submitted is None:
        assert standing.refusal is not None
        refusal = standing.refusal
        course.release()
        return Carried("", (), refusal.reason, refusal.retry_after is not None, NOTHING)
    charge = standing.settled.total if standing.settled else _most(standing)
    course.settle(charge)
    told = submitted.job_id, standing.duplicates
    if standing.ended:
        ended = standing.ended
        known = ended.state == "cancelled" and course.ended_before
        return Carried(told[0], (), ended.reason, ended.retryable, charge, told[1], was_cancelled=known)
    assert standing.result is not None
    found = _read(course, standing.result)
    if isinstance(found, BackendFailed):
        return Carried(told[0], (), str(found), False, charge, told[1], is_unreadable=True)
    return Carried(told[0], tuple(found), "", False, charge, told[1])


def _read(course: Course, result: Result) -> list[Counts] | BackendFailed:
    """The results; where they cannot be read they are fetched once more, for they may have been damaged."""
    found = _parsed(course, result)
    if not isinstance(found, BackendFailed):
        return found
    try:
        raw = course.backend.fetch(result.job_id)
    except (BackendFailed, VendorUnreachable) as error:
        course.tell(f"it cannot be fetched again: {error}")
        return found
    if raw == result.raw:
        return found
    again = Result.of(result.job_id, raw, course.around.now(), result.number + 1)
    course.put(again)
    return _parsed(course, again)


def _most(standing: Standing) -> Charge:
    usd = sum(standing.owed.values()) * (1 + len(standing.duplicates))
    return Charge(usd, usd, "usd", is_final=False, source="reserved; the vendor's last word is not in")


def _parsed(course: Course, result: Result) -> list[Counts] | BackendFailed:
    asked, ready = course.asked, course.ready
    try:
        found = course.backend.parse(result.raw, result.job_id, ready.circuits, asked.shots)
        known = ready.calibrations or [None] * len(found)
        return [replace(one, calibration_id=told) for one, told in zip(found, known, strict=True)]
    except BackendFailed as error:
        return error
    except Exception as error:  # noqa: BLE001 - bytes from elsewhere: whatever they do to a reader is told
        return BackendFailed(asked.backend, f"its results cannot be read: {error!r}", result.job_id)
