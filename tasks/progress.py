"""Progress of long work, as a bar in the Prefect UI."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

REFRESH_SECONDS = 2.0


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
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            percent = round(100.0 * self._done / self._total, 1)
            if self._artifact is None:
                created = await acreate_progress_artifact(
                    percent, key=self._key, description=f"{self._key}: {self._total} circuits"
                )
                self._artifact = created if isinstance(created, UUID) else created.id
            else:
                await aupdate_progress_artifact(self._artifact, progress=percent)
