"""How long each stage of a run takes."""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


class Stopwatch:
    """Adds up wall seconds by stage; stages that come again add to what they had."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    async def time(self, stage: str, work: Awaitable[T]) -> T:
        """Await `work` on the account of `stage`."""
        started = time.perf_counter()
        try:
            return await work
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
