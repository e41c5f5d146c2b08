"""Work pools: who is there for a batch, what is said while nobody is, and when a batch is given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import WorkPoolFilter, WorkPoolFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Cancelling

from blocks.settings import Settings, settings

POLL_SECONDS = 0.5
"""Between two looks at a batch's run."""

LOOK_SECONDS = 5.0
"""Between two looks at a pool's workers."""

TELL_SHARE = 0.1
"""Of the longest silence: then it is said what is waited for."""

WORKER_LABEL = "prefect.worker.name"
"""Where a worker writes its name on the run that it takes."""


async def online_pools(pools: Iterable[str]) -> set[str]:
    """Those of `pools` that exist on the server and have a worker online."""
    async with get_client() as client:
        named = WorkPoolFilter(name=WorkPoolFilterName(any_=sorted(pools)))
        known = await client.read_work_pools(work_pool_filter=named)
        return {pool.name for pool in known if await _online(client, pool.name)}


@dataclass(frozen=True)
class Ended:
    """How a batch's run ended.

    Attributes:
        run: as the server has it at last.
        lost: why it was given up and cancelled; empty where it ended by itself.
    """

    run: FlowRun
    lost: str = ""

    @property
    def began(self) -> bool:
        """Whether a worker ever ran it; what none did has charged nothing."""
        return self.run.run_count > 0  # its start time is set by its end, too

    @property
    def in_words(self) -> str:
        """Part of a reason."""
        return self.lost or f"it ended {self.run.state.name if self.run.state else 'unknown'}"


@dataclass(frozen=True)
class _Presence:
    """How many are there; when that was asked, and since when nobody was, by `time.monotonic`."""

    online: int
    asked: float
    silent_since: float | None

    @property
    def silent_seconds(self) -> float:
        return 0.0 if self.silent_since is None else time.monotonic() - self.silent_since


class PoolWatch:
    """Follows batches on pools. All batches of a run share one, so that a dead pool is waited for once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], _Presence] = {}
        self._kinds: dict[str, str] = {}

    async def follow(self, run: FlowRun, pool: str, batch: str) -> Ended:
        """Wait until the run ends, or for as long as the settings let it wait for a worker; then cancel it.

        Args:
            run: as it was created.
            pool: its work pool.
            batch: what it is called in warnings.
        """
        limits, begun, told = settings(), time.monotonic(), set[str]()
        async with get_client() as client:
            while not _is_final(run := await client.read_flow_run(run.id)):
                is_queued = run.state is None or run.state.is_scheduled()
                worker = "" if is_queued else await self._worker_of(client, run, pool)
                found = await self._presence(client, pool, worker, limits)
                queued = time.monotonic() - begun if is_queued else 0.0
                if found.silent_seconds > limits.lost_batch_seconds:
                    return await _give_up(client, run, _silence(pool, worker, limits), silent=True)
                if queued > limits.queued_batch_seconds:
                    return await _give_up(client, run, _queue(pool, limits), silent=False)
                if max(queued, found.silent_seconds) > TELL_SHARE * limits.lost_batch_seconds:
                    waits = _waited_for(pool, worker, found.online, limits)
                    if waits not in told:  # a full pool now, a lost worker later: each is told, once
                        told.add(waits)
                        get_run_logger().warning("%s waits: %s", batch, waits)
                await asyncio.sleep(POLL_SECONDS)
        return Ended(run)

    async def _presence(self, client: PrefectClient, pool: str, worker: str, limits: Settings) -> _Presence:
        known, now = self._found.get((pool, worker)), time.monotonic()
        if known and now - known.asked < min(LOOK_SECONDS, TELL_SHARE * limits.lost_batch_seconds):
            return known
        names = await _online(client, pool)
        online = len(names) if not worker else names.count(worker)
        silent_since = None if online else (known and known.silent_since) or now
        self._found[pool, worker] = _Presence(online, now, silent_since)
        return self._found[pool, worker]

    async def _worker_of(self, client: PrefectClient, run: FlowRun, pool: str) -> str:
        """Whose end is the run's: in a pool of processes its worker's; elsewhere runs outlive it: none."""
        if pool not in self._kinds:
            self._kinds[pool] = (await client.read_work_pool(pool)).type
        return str(run.labels.get(WORKER_LABEL, "")) if self._kinds[pool] == "process" else ""


async def _online(client: PrefectClient, pool: str) -> list[str]:
    workers = await client.read_workers_for_work_pool(pool)
    return [worker.name for worker in workers if worker.status == "ONLINE"]


def _is_final(run: FlowRun) -> bool:
    return run.state is not None and run.state.is_final()


def _silence(pool: str, worker: str, limits: Settings) -> str:
    who = f"worker {worker}, which had begun it, was not" if worker else "no worker was"
    seconds = f"{limits.lost_batch_seconds:g} s (QORUM_LOST_BATCH_SECONDS)"
    return f"on pool {pool} {who} online for {seconds}; start one: {_start(pool)}"


def _queue(pool: str, limits: Settings) -> str:
    seconds = f"{limits.queued_batch_seconds:g} s (QORUM_QUEUED_BATCH_SECONDS)"
    return f"no worker of pool {pool} took it within {seconds}; start more: {_start(pool)}"


def _waited_for(pool: str, worker: str, online: int, limits: Settings) -> str:
    given_up = f"it is given up after {limits.lost_batch_seconds:g} s of this"
    if worker and not online:
        return f"worker {worker} of pool {pool} had begun it and is not online any more; {given_up}"
    if not online:
        return f"pool {pool} has no worker online; start one: {_start(pool)}; {given_up}"
    return (
        f"pool {pool} has {online} online and none has taken it yet: they may be full (`--limit`) or serve "
        f"other queues, or the pool or its queue is paused; start more: {_start(pool)}"
    )


def _start(pool: str) -> str:
    return f"`make worker POOL={pool}`, or `prefect worker start --pool {pool}`"


async def _give_up(client: PrefectClient, run: FlowRun, reason: str, *, silent: bool) -> Ended:
    """Cancel the run, so that no worker that comes back takes it, and is charged for it, after all."""
    await client.set_flow_run_state(run.id, Cancelling(message=reason))
    run = await client.read_flow_run(run.id)
    if silent and not _is_final(run):  # nobody is there to end it
        await client.set_flow_run_state(run.id, Cancelled(message=reason), force=True)
    return Ended(await client.read_flow_run(run.id), reason)
