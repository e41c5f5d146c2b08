"""Progress of long work, as a bar in the Prefect UI and as lines in the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact
from prefect.logging import get_run_logger

REFRESH_SECONDS = 2.0
REFRESHES_A_LINE = 3
"""The log gets a line at every third refresh of the bar."""


class Progress:
    """A bar that follows a counter written by another thread.

    Use as `async with Progress("compile", total) as advance: …`, where `advance(done)` may be
    called from any thread. Short work shows no bar at all.
    """

    def __init__(self, key: str, total: int) -> None:
        self._key, self._total, self._done = key, max(total, 1), 0
        self._artifact: UUID | None = None

    async def __aenter__(self) -> Callable[[int], None]:
        self._refreshing = asyncio.create_task(self._refresh())
        return self._advance

    async def __aexit__(self, *_: object) -> None:
        self._refreshing.cancel()
        await asyncio.wait([self._refreshing])
        if self._artifact is not None:
            await aupdate_progress_artifact(self._artifact, progress=100.0)

    def _advance(self, done: int) -> None:
        self._done = done

    async def _refresh(self) -> None:
        for refreshes in count(1):
            await asyncio.sleep(REFRESH_SECONDS)
            if refreshes % REFRESHES_A_LINE == 0:
                get_run_logger().info("%s: %d of %d circuits", self._key, self._done, self._total)
            percent = round(100.0 * self._done / self._total, 1)
            if self._artifact is None:
                created = await acreate_progress_artifact(
                    percent, key=self._key, description=f"{self._key}: {self._total} circuits"
                )
                self._artifact = created if isinstance(created, UUID) else created.id
            else:
                await aupdate_progress_artifact(self._artifact, progress=percent)
