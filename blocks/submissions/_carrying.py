"""Carries a job at a vendor on: from whatever is on record to its results and what it was charged."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from blocks.submissions._around import BILL_SECONDS, STOP_SECONDS, Around
from blocks.submissions._course import Asked, Course
from blocks.submissions._ends import Carried, carried, end, fetch, settle
from blocks.submissions._months import Months
from blocks.submissions._records import Records
from blocks.submissions._sending import cancel, claim, find, refuse, send
from qorum.errors import BackendFailed, JobHeld, JobUnfinished, JobWaiting, VendorUnreachable
from qorum.ledger.budget import Purse
from qorum.ledger.records import Held
from qorum.ledger.submissions import (
    Claim,
    Done,
    End,
    Fetch,
    Find,
    Forgo,
    Hold,
    Poll,
    Settle,
    Submit,
    Vendor,
    Wait,
    next_move,
)
from qorum.remote import JobStatus, RemoteBackend


def carry(
    asked: Asked,
    backend: RemoteBackend,
    records: Records,
    purse: Purse,
    around: Around | None = None,
    months: Months | None = None,
) -> Carried:
    """Bring a job to its end, submitting it unless it was submitted; blocks for as long as that takes.

    Whoever calls it, wherever, with the same token finds the same job. What it costs at most is reserved
    under its token before it is submitted, settled when the vendor has its last word, released if refused.

    Args:
        asked: the job.
        backend: who takes it.
        records: of this job.
        purse: what it is paid from.
        around: clock and the like.
        months: what the limits of the month have seen.

    Raises:
        BudgetExceeded, MonthlyLimitReached: it costs more than is left; nothing was sent.
        JobHeld: nobody can tell whether there is a job; see `Records.adopt` and `Records.free`.
        JobWaiting: the vendor has it and has not ended it, and `around` hands such a job over.
        JobUnfinished: a stop was asked for, or the vendor does not answer: call again later.
        BackendFailed: the vendor does not say what the job would cost; nothing was sent.
        StorageUnfit: the ledger cannot be reached; nothing was sent, or the job is found next time.
        QorumError: a record is damaged, or is of another request.
    """
    course = Course(asked, backend, records, purse, months, around or Around())
    try:
        return _Carrier(course).run()
    except (BackendFailed, VendorUnreachable) as error:
        if course.standing.owed:
            raise JobUnfinished(asked.token, f"the vendor tells nothing of it: {error}") from error
        if isinstance(error, VendorUnreachable):
            raise BackendFailed(asked.backend, error.reason, retryable=True) from error
        raise


class _Carrier:
    def __init__(self, course: Course) -> None:
        self._course = course
        self._vendor = Vendor(course.backend.is_idempotent, course.backend.list_lag_seconds)
        self._began = course.around.now()
        self._status = JobStatus("unknown")
        self._stopping_since: datetime | None = None
        self._billing_since: datetime | None = None
        self._unknown_since: datetime | None = None
        self._is_cancelled = False

    def run(self) -> Carried:
        course = self._course
        course.read()
        course.ended_before = course.standing.ended is not None
        while True:
            if course.around.stopped():
                self._stop()
            seen = replace(course.seen, not_before=course.asking.not_before)
            match next_move(course.standing, seen, course.around.now(), self._vendor):
                case Claim(epoch):
                    claim(course, epoch)
                case Submit(epoch):
                    send(course, epoch)
                case Forgo(epoch):
                    refuse(course, epoch, "it was not sent in time", 0.0)
                case Find(since):
                    find(course, since)
                case Wait(until):
                    if self._is_over(until):
                        return carried(course)
                    self._wait(until)
                case Poll(job_id):
                    self._poll(job_id)
                case Fetch(job_id):
                    fetch(course, job_id)
                case End(job_id):
                    end(course, self._status, job_id)
                case Settle(job_id):
                    self._billing_since = self._billing_since or course.around.now()
                    settle(course, job_id)
                case Hold(epoch, reason):
                    course.put(Held(epoch, course.around.now(), reason))
                case Done():
                    return self._done()

    def _done(self) -> Carried:
        standing = self._course.standing
        if standing.held:
            where = standing.intent.place if standing.intent else "its vendor"
            raise JobHeld(
                self._course.asked.token,
                f"held since {standing.held.since:%Y-%m-%d %H:%M} UTC: {standing.held.reason}; look at "
                f"{where} whether there is a job with this token, and say so: python -m flows.resolve_held",
            )
        return carried(self._course)

    def _is_over(self, until: datetime) -> bool:
        """Whether that is waited for no longer: a last word on charges, or a vendor that is too busy."""
        course, standing = self._course, self._course.standing
        if standing.result or standing.ended:
            since = self._billing_since
            is_long = since is not None and until - since > timedelta(seconds=BILL_SECONDS)
            return is_long or self._stopping_since is not None
        is_refused = standing.refusal is not None and not standing.submitted
        return is_refused and until - self._began > timedelta(seconds=course.around.patience)

    def _wait(self, until: datetime) -> None:
        course = self._course
        course.around.sleep(max(0.0, (until - course.around.now()).total_seconds()))
        if not course.standing.submitted:  # another worker may have learnt more
            course.read()

    def _poll(self, job_id: str) -> None:
        course = self._course
        try:
            status = course.asking.ask(lambda: course.backend.poll(job_id))
        except BackendFailed as error:
            if not self._may_be_known_later(error):
                raise
            course.tell(f"the vendor does not know {job_id} yet: {error}")
            course.asking.put_off()
            return
        if status is None:
            return
        self._unknown_since = None
        if status.state != course.seen.state:
            place = "" if status.queue_position is None else f", {status.queue_position} before it"
            course.tell(f"{job_id} is {status.state}{place}")
            course.asking.afresh()
        self._status = status
        course.seen = replace(course.seen, state=status.state)
        if status.is_final:
            return
        if course.around.hands_over:
            raise JobWaiting(course.asked.token, f"{job_id} is {status.state}")
        course.asking.put_off()

    def _may_be_known_later(self, error: BackendFailed) -> bool:
        """Whether who asks for a job by its id may be too early, as who looks it up in the list may be."""
        now = self._course.around.now()
        self._unknown_since = self._unknown_since or now
        lag = timedelta(seconds=self._vendor.list_lag_seconds)
        return error.retryable and now - self._unknown_since <= lag

    def _stop(self) -> None:
        """Cancel what was submitted, send nothing more.

        Raises:
            JobUnfinished: that is done, as far as can be told in time.
        """
        course, now = self._course, self._course.around.now()
        if self._stopping_since is None:
            self._stopping_since = now
            course.asking.afresh()
        standing, token = course.standing, course.asked.token
        is_late = now - self._stopping_since > timedelta(seconds=STOP_SECONDS)
        if submitted := standing.submitted:
            if standing.result or standing.ended:
                return
            if is_late:
                raise JobUnfinished(token, f"a stop was asked for; {submitted.job_id} has not ended yet")
            again = course.asking.not_before
            if not self._is_cancelled and (again is None or now >= again):
                course.tell(f"a stop was asked for: {submitted.job_id} is cancelled")
                self._is_cancelled = cancel(course, submitted.job_id)
            return
        intent, seen = standing.intent, course.seen
        if intent and intent.owner == seen.owner and not standing.refusal:
            if seen.sent < intent.epoch:
                refuse(course, intent.epoch, "it was not sent, for a stop was asked for", 0.0)
            elif not is_late:
                return  # it may be there: found, it is cancelled
        raise JobUnfinished(token, "a stop was asked for before it was submitted")
