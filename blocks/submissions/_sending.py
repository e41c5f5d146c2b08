"""Submitting a job and finding it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from blocks.submissions._course import Course
from qorum.errors import BackendFailed
from qorum.ledger.records import Duplicate, Intent, Refusal, Submitted
from qorum.remote import Accepted, Refused, Submission, Unclear


def claim(course: Course, epoch: int) -> None:
    """Reserve what the job costs at most, then create the intent; the request may be sent only after that.

    Raises:
        BudgetExceeded, MonthlyLimitReached: it costs more than is left.
        BackendFailed: the vendor refuses to say what it costs.
    """
    ready, asked = course.ready, course.asked
    estimate = course.asking.ask(lambda: course.backend.estimate(ready.circuits, asked.shots))
    if estimate is None:
        return
    is_first, now = not course.standing.owed, course.around.now()
    if is_first:
        course.reserve(estimate, now)
    made = course.put(
        Intent(
            token=asked.token,
            epoch=epoch,
            owner=course.seen.owner,
            made_at=now,
            request=ready.request,
            circuits=asked.circuits if is_first else _circuits(course),
            backend=asked.backend,
            place=course.backend.place,
            most_usd=asked.reserved_usd or {asked.token: estimate.usd},
        )
    )
    if made:
        course.asking.afresh()
    else:
        course.prepared = None  # the other one's request counts
        course.tell("another worker is submitting it")


def _circuits(course: Course) -> tuple[str, ...]:
    intent = course.standing.intent
    return intent.circuits if intent else course.asked.circuits


def send(course: Course, epoch: int) -> None:
    """Send the one request of an own epoch."""
    course.seen = replace(course.seen, sent=epoch, looked_at=None)
    answer = _submission(course)
    course.seen = replace(course.seen, answered_at=course.around.now())
    match answer:
        case Accepted(job_id):
            course.tell(f"submitted as {job_id}")
            adopt(course, [job_id], epoch, answered=True)
        case Refused(reason, retry_after):
            refuse(course, epoch, reason, retry_after)
        case Unclear(reason):
            course.tell(f"whether it was submitted is not clear ({reason}); looking for it")


def _submission(course: Course) -> Submission:
    try:
        return course.backend.submit(course.ready.circuits, course.asked.shots, course.asked.token)
    except Exception as error:  # noqa: BLE001 - it promised to raise nothing; it may have sent the request
        return Unclear(f"{type(error).__name__}: {error}")


def refuse(course: Course, epoch: int, reason: str, retry_after: float | None) -> None:
    """Put on record that an own request made no job; nothing is set aside for it any more."""
    course.put(Refusal(epoch, course.around.now(), reason, retry_after))
    if not course.standing.owed:
        course.release()
        course.prepared = None
    course.tell(f"refused: {reason}")


def find(course: Course, since: datetime) -> None:
    """Look the token up; the oldest job with it is the one."""
    began = course.around.now()
    found = course.asking.ask(lambda: course.backend.find(course.asked.token, since))
    if found is None:
        return
    if found:
        intent = course.standing.intent
        adopt(course, found, intent.epoch if intent else 0)
    else:
        course.seen = replace(course.seen, looked_at=began)
        course.asking.put_off()


def adopt(course: Course, job_ids: list[str], epoch: int, *, answered: bool = False) -> None:
    """The oldest is the job, unless another one is on record; all others are duplicates."""
    course.asking.afresh()
    first, *others = job_ids
    if not course.put(Submitted(first, epoch, course.around.now(), answered, tuple(others))):
        report_duplicates(course, job_ids)
    cancel_duplicates(course)


def report_duplicates(course: Course, job_ids: list[str]) -> None:
    """Put on record which of these jobs with the token are not the one that counts."""
    submitted = course.standing.submitted
    known = {*course.standing.duplicates, submitted.job_id if submitted else ""}
    for job_id in job_ids:
        if job_id not in known:
            course.put(Duplicate(job_id, course.around.now()))


def cancel_duplicates(course: Course) -> None:
    """Ask that duplicates be not carried out; what became of them is asked when the job is settled."""
    for job_id in course.standing.duplicates:
        course.tell(f"the vendor has it twice: {job_id} is a duplicate, and is cancelled")
        cancel(course, job_id)


def cancel(course: Course, job_id: str) -> bool:
    """Whether the vendor took the order to cancel a job."""
    try:
        return course.asking.tell(lambda: course.backend.cancel(job_id))
    except BackendFailed as error:
        course.tell(f"it cannot be cancelled: {error}")
        return False
