"""How long each stage of a run takes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Stopwatch:
    """Wall seconds by stage. A stage that is under way several times at once counts once.

    Stages overlap where portions of a run do, so that they may add up to more than `elapsed`.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._started = time.perf_counter()
        self._under_way: Counter[str] = Counter()
        self._since: dict[str, float] = {}

    @property
    def elapsed(self) -> float:
        """Wall seconds since the watch was made."""
        return time.perf_counter() - self._started

    async def time(self, stage: str, work: Awaitable[T]) -> T:
        """Await `work` on the account of `stage`."""
        if not self._under_way[stage]:
            self._since[stage] = time.perf_counter()
        self._under_way[stage] += 1
        try:
            return await work
        finally:
            self._under_way[stage] -= 1
            if not self._under_way[stage]:
                spent = time.perf_counter() - self._since[stage]
                self.seconds[stage] = self.seconds.get(stage, 0.0) + spent
