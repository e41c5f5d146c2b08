"""Progress of long work, as a bar in the Prefect UI and as lines in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

REFRESH_SECONDS = 2.0
REFRESHES_A_LINE = 3
"""The log gets a line at every third refresh of the bar."""


class Progress:
    """One bar for all work of one kind in a run, however many tasks share it.

    Use as `async with Progress("compile", total) as advance: …`, where `advance(done)` may be
    called from any thread. Short work shows no bar at all.
    """

    def __init__(self, key: str, total: int) -> None:
        self._key, self._total = key, total

    async def __aenter__(self) -> Callable[[int], None]:
        name = str(flow_run.id), self._key
        self._bar = _bars.get(name) or _bars.setdefault(name, _Bar(self._key))
        self._bar.total += self._total
        self._bar.done[self] = 0
        self._bar.open.add(self)
        if self._bar.refreshing is None:
            self._bar.refreshing = asyncio.create_task(self._bar.refresh())
        return self._advance

    async def __aexit__(self, *_: object) -> None:
        self._bar.open.discard(self)
        self._advance(self._total)
        if not self._bar.open:
            _bars.pop((str(flow_run.id), self._key), None)
            await self._bar.close()

    def _advance(self, done: int) -> None:
        self._bar.done[self] = done


class _Bar:
    """What is shown of several tasks' work together."""

    def __init__(self, key: str) -> None:
        self.key, self.total = key, 0
        self.done: dict[Progress, int] = {}
        self.open: set[Progress] = set()
        self.refreshing: asyncio.Task[None] | None = None
        self._artifact: UUID | None = None

    async def refresh(self) -> None:
        for refreshes in count(1):
            await asyncio.sleep(REFRESH_SECONDS)
            done = sum(list(self.done.values()))
            if refreshes % REFRESHES_A_LINE == 0:
                get_run_logger().info("%s: %d of %d circuits", self.key, done, self.total)
            await self._show(round(100.0 * done / max(self.total, 1), 1))

    async def close(self) -> None:
        if self.refreshing is not None:
            self.refreshing.cancel()
            await asyncio.wait([self.refreshing])
        if self._artifact is not None:
            await self._show(100.0)

    async def _show(self, percent: float) -> None:
        if self._artifact is None:
            self._artifact = await acreate_progress_artifact(percent, key=self.key, description=self.key)
        else:
            await aupdate_progress_artifact(self._artifact, progress=percent)


_bars: dict[tuple[str, str], _Bar] = {}
