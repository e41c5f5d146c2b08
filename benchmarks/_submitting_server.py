"""The server of an imitated vendor in a schedule: faults by chance, workers killed at a request's sides."""

from __future__ import annotations

import re
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from benchmarks._submitting_vendors import Imitation, Vendor
from tests.faults.vendors.loopback import Answer, Call, Fault, Request, Server

LONGEST_REQUEST = 10.0
"""Seconds that a request takes at most; less than the blocks' time limits."""

IDLE = "/idle"
LONGEST_DRAIN = 60.0
"""Seconds of the real clock."""

SUBMISSION: tuple[Mapping[str, Any], ...] = (
    *({"kind": "drop"}, {"kind": "drop"}, {"kind": "truncate"}),
    *({"kind": "error", "status": 500}, {"kind": "error", "status": 502}),
    {"kind": "corrupt", "body": b"<html>bad gateway</html>"},
    {"kind": "refuse", "status": 429, "retry_after": "5"},
    {"kind": "refuse", "status": 503},
)
"""What may be done to the request that makes a job. The first six make it, and tell nothing of it."""

READING: tuple[Mapping[str, Any], ...] = (
    *({"kind": "drop"}, {"kind": "truncate"}),
    *({"kind": "refuse", "status": 429, "retry_after": "2"}, {"kind": "refuse", "status": 503}),
    {"kind": "corrupt", "body": b"<html>bad gateway</html>"},
)
"""And to any other."""


class FaultyServer(Server):
    """Serves an imitated vendor.

    Args:
        vendor: the kind.
        imitation: that is served.
        chance: decides what goes wrong; asked under a lock.
        rates: of how many submissions, and of how many other requests, out of 1, one meets a fault.
        passes: is told that a request came in, and how many seconds it takes.
    """

    def __init__(
        self,
        vendor: Vendor,
        imitation: Imitation,
        chance: Random,
        rates: tuple[float, float],
        passes: Callable[[float], None],
    ) -> None:
        super().__init__(imitation)
        self._kind, self._chance, self._rates, self._passes = vendor, chance, rates, passes
        self._came, self._turn = 0, threading.Lock()
        self.strikes: dict[int, str] = {}
        """Numbers of requests, from 1, before or after which somebody is killed."""
        self.strike: Callable[[], None] = lambda: None
        """Kills somebody; returns when that is done."""

    @property
    def submissions(self) -> list[Call]:
        """Requests for a job."""
        return self.calls(*self._kind.submission)

    def answer(self, request: Request) -> tuple[Answer, Fault | None]:
        """See `Server.answer`."""
        if request.path == IDLE:
            return Answer(204), None
        with self._turn:
            self._came += 1
            side = self.strikes.get(self._came, "")
            self._passes(self._chance.random() ** 3 * LONGEST_REQUEST)
        if side == "before":
            self.strike()
        told = super().answer(request)
        if side == "after":
            self.strike()
        return told

    def next_fault(self, request: Request) -> Fault | None:
        """One drawn by chance."""
        method, path = self._kind.submission
        submits = request.method == method and re.search(path, request.path) is not None
        if self._chance.random() >= self._rates[0 if submits else 1]:
            return None
        drawn = self._chance.choice(SUBMISSION if submits else READING)
        return Fault(request.method, request.path, **drawn)

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._rates, self.strikes = (0.0, 0.0), {}

    def drain(self) -> None:
        """Wait until every request that reached this server was carried out, those of the dead among them."""
        with urllib.request.urlopen(f"{self.url}{IDLE}", timeout=30) as _:  # behind all in the queue
            pass
        deadline = time.monotonic() + LONGEST_DRAIN
        while self.connections:
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"{self.connections} connections are open {LONGEST_DRAIN:.0f} s after all should be"
                )
            time.sleep(0.001)
