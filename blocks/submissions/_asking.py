"""Questions to a vendor, which may not answer: put again later, with growing pauses, until patience ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from blocks.submissions._around import Around
from qorum.errors import VendorUnreachable

Answer = TypeVar("Answer")


class Asking:
    """Asks, and keeps when the vendor may be asked again.

    Args:
        token: the job that is asked about.
        around: clock and patience.
    """

    def __init__(self, token: str, around: Around) -> None:
        self._token, self._around = token, around
        self._times = 0
        self._silent_since: datetime | None = None
        self.not_before: datetime | None = None
        """When the vendor may be asked again."""

    def ask(self, question: Callable[[], Answer]) -> Answer | None:
        """The vendor's answer; None where there was none.

        Raises:
            VendorUnreachable: there was none for longer than patience lasts.
            BackendFailed: the vendor refuses to answer.
        """
        try:
            answer = question()
        except VendorUnreachable as error:
            now = self._around.now()
            self._silent_since = self._silent_since or now
            if (now - self._silent_since).total_seconds() > self._around.patience:
                raise
            self._around.tell(f"job {self._token[:12]}: {error}; asked again")
            self.put_off(error.retry_after)
            return None
        self._silent_since = None
        return answer

    def tell(self, order: Callable[[], None]) -> bool:
        """Whether the vendor took an order that it may be given twice, such as to cancel a job.

        Raises:
            VendorUnreachable: it did not answer for longer than patience lasts.
            BackendFailed: it refuses.
        """

        def given() -> bool:
            order()
            return True

        return self.ask(given) or False

    def put_off(self, at_least: float = 0.0) -> None:
        """Nothing is asked for so many seconds, and for longer each time."""
        seconds = max(at_least, self._around.pause(self._times))
        self._times += 1
        self.not_before = self._around.now() + timedelta(seconds=seconds)

    def afresh(self) -> None:
        """Something new has happened: pauses are short again, and the vendor may be asked at once."""
        self._times, self.not_before = 0, None
