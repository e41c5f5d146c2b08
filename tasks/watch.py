"""The watch over jobs at vendors: asked about, stored, and their runs resumed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from prefect import get_client, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger

from blocks.object_store import ObjectStore
from blocks.watching import Watch
from qorum.ledger.waiting import WaitingRun
from qorum.ledger.watch_report import WatchReport

LOOK_SECONDS = 5.0
"""Between two looks at which jobs are due, which runs wait, and how Prefect has them."""

TABLE_SECONDS = 60.0
"""Between two tables of what is waited for, at least."""

PAGE = 200
"""Flow runs that the server tells in one answer, at most."""


@dataclass
class _Tally:
    """What was done so far."""

    jobs: set[str] = field(default_factory=set[str])
    resumed: int = 0
    cancelled: int = 0


# All that it knows is on record: it begins anew where the store or the server was away for a while.
@task(cache_policy=NO_CACHE, task_run_name="watch jobs at vendors", retries=20, retry_delay_seconds=30)
async def watch(store: ObjectStore) -> WatchReport:
    """Ask about all jobs of runs that wait, until none does any more."""
    watched, tally, shown, shown_at = Watch(store, get_run_logger().info), _Tally(), list[Any](), 0.0
    try:
        while True:
            await asyncio.to_thread(watched.update)
            if not watched.runs:
                return WatchReport(jobs=len(tally.jobs), resumed=tally.resumed, cancelled=tally.cancelled)
            tally.jobs |= watched.jobs.keys()
            watched.ask()
            async with get_client() as client:
                states = await _states(client, watched.runs)
                for place, run in tuple(watched.runs.items()):
                    await _decide(client, watched, place, run, states.get(run.flow_run_id), tally)
            rows = _rows(watched)
            if rows != shown and time.monotonic() - shown_at > TABLE_SECONDS:
                told = "jobs at vendors that runs wait for"
                await acreate_table_artifact(rows, key="jobs-at-vendors", description=told)
                shown, shown_at = rows, time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        watched.close()


async def _decide(
    client: PrefectClient, watched: Watch, place: str, run: WaitingRun, state: State | None, tally: _Tally
) -> None:
    """Have a run go on, cancel its jobs, or take it off the record, as Prefect has it."""
    logger = get_run_logger()
    if state is None or (state.is_final() and not state.is_cancelled()):
        logger.warning("%s waits no more: its flow run has ended or is gone", run.experiment_id)
        watched.forget(place)
    elif state.is_cancelled() or state.is_cancelling():
        if watched.cancel(run):
            logger.info("%s was cancelled, and its jobs at their vendors", run.experiment_id)
            tally.cancelled += 1
            watched.forget(place)
    elif state.is_paused() and watched.is_ready(run):
        await client.resume_flow_run(UUID(run.flow_run_id))
        logger.info("%s goes on", run.experiment_id)
        tally.resumed += 1
        watched.forget(place)


async def _states(client: PrefectClient, runs: Mapping[str, WaitingRun]) -> dict[str, State | None]:
    """How Prefect has the flow runs, by id; those that it has deleted are missing."""
    ids = sorted({UUID(run.flow_run_id) for run in runs.values()})
    found: dict[str, State | None] = {}
    for start in range(0, len(ids), PAGE):
        chosen = FlowRunFilter(id=FlowRunFilterId(any_=ids[start : start + PAGE]))
        found |= {str(one.id): one.state for one in await client.read_flow_runs(flow_run_filter=chosen)}
    return found


def _rows(watched: Watch) -> list[dict[str, str]]:
    return [
        {
            "backend": one.job.backend,
            "experiment": one.job.experiment_id,
            "job": one.submitted.job_id if one.submitted else "",
            "since": f"{one.submitted.at:%Y-%m-%d %H:%M} UTC" if one.submitted else "",
            "stands": one.stands,
        }
        for one in watched.jobs.values()
    ]
