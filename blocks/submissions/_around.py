"""What carrying a job on needs of the world around it: a clock, sleep, chance, and somebody to tell."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
"""Seconds between two questions to a vendor: the first time, and at most."""

PATIENCE = 3600.0
"""Seconds for which a vendor that does not answer, or is too busy to take a job, is asked again."""

BILL_SECONDS = 120.0
"""For which the vendor's last word on a charge is waited for."""

STOP_SECONDS = 20.0
"""For which it is waited, once a stop is asked for, that a cancelled job ends."""


def _now() -> datetime:
    return datetime.now(UTC)


def _silent(line: str) -> None:
    del line


@dataclass(frozen=True)
class Around:
    """A clock and the like; tests give others.

    Attributes:
        now: the time, with its zone.
        sleep: for so many seconds; it may end early, and soon does after a stop is asked for.
        draw: a number in [0, 1), for pauses that differ between workers.
        stopped: whether a stop is asked for: then the job is cancelled at its vendor.
        tell: takes a line for the log.
        patience: see `PATIENCE`.
        hands_over: whether a job that its vendor has is left to who watches, instead of waited for.
    """

    now: Callable[[], datetime] = _now
    sleep: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = field(default=random.random)
    stopped: Callable[[], bool] = lambda: False
    tell: Callable[[str], None] = _silent
    patience: float = PATIENCE
    hands_over: bool = False

    @classmethod
    def stopping(
        cls, stop: Event, tell: Callable[[str], None] = _silent, *, hands_over: bool = False
    ) -> Around:
        """The real ones, with an event that asks for a stop."""

        def sleep(seconds: float) -> None:
            if stop.is_set():
                time.sleep(min(seconds, 1.0))
            else:
                stop.wait(seconds)

        return cls(sleep=sleep, stopped=stop.is_set, tell=tell, hands_over=hands_over)

    def pause(self, times: int) -> float:
        """Seconds before a question is put again, after so many times: growing, and never quite alike."""
        return min(LONGEST_PAUSE, FIRST_PAUSE * 1.5 ** min(times, 20)) * (0.75 + self.draw() / 2)
