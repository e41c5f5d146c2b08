"""A run whose jobs wait at vendors ends its process, and is on record for whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from prefect import get_client, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterName,
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from prefect.flow_runs import asuspend_flow_run
from prefect.logging import get_run_logger
from prefect.runtime import deployment, flow_run

from blocks.object_store import ObjectStore
from blocks.waiting_runs import put_waiting
from qorum.circuits.accepted import AcceptedCircuit
from qorum.ledger.jobs import Job
from qorum.ledger.waiting import WaitingRun, groups_of
from qorum.runs.circuit_progress import CircuitProgress
from qorum.runs.stages import Intake

WATCH = "watch-jobs/default"
"""The deployment that has runs go on."""

LOOK_SECONDS, START_LOOKS = 2.0, 30
"""Between two looks whether a watch has begun, and how often that is looked at."""

END_SECONDS = 5.0
"""After which a watch that found nothing to do has ended."""


async def is_watched() -> bool:
    """Whether this run may end its process until a vendor is done: as one of a deployment, where jobs are
    watched."""
    if not deployment.id or flow_run.parent_flow_run_id:
        return False
    async with get_client() as client:
        try:
            return not (await client.read_deployment_by_name(WATCH)).paused
        except ObjectNotFound:
            return False


@task(cache_policy=NO_CACHE, task_run_name="wait for {experiment_id}'s jobs at vendors")
async def wait_for_vendors(
    experiment_id: str,
    jobs: Sequence[Job],
    intake: Intake,
    progress: Mapping[str, CircuitProgress],
    store: ObjectStore,
) -> None:
    """Put on record what the run waits for, show where its circuits stand, and start the watch."""
    run = WaitingRun(
        flow_run_id=str(flow_run.id),
        experiment_id=experiment_id,
        since=datetime.now(UTC),
        groups=groups_of(jobs),
    )
    await asyncio.to_thread(put_waiting, run, store)
    waits: dict[str, list[str]] = {}
    for job in jobs:
        for digest in job.digests:
            waits.setdefault(digest, []).append(job.backend)
    rows = [
        {
            "circuit": name,
            "stands": _stands(progress[circuit.spec.digest]),
            "waits for": ", ".join(waits.get(circuit.spec.digest, ())),
        }
        for name, circuit in intake.found.items()
        if isinstance(circuit, AcceptedCircuit)
    ]
    await acreate_table_artifact(
        rows, key="waiting", description="where circuits stand while vendors compute"
    )
    get_run_logger().info(
        "%d jobs wait at their vendors: this run ends its process, and goes on once they are done", len(jobs)
    )
    await _start_watch()


async def _start_watch() -> None:
    """Start a watch, unless one runs that will see the run's record.

    A deployment takes one run at a time, and cancels others. One that is about to end as this one is
    cancelled may have looked for records before ours was there: so it is looked at again.
    """
    async with get_client() as client:
        while True:
            run = await arun_deployment(WATCH, timeout=0, as_subflow=False)
            for _ in range(START_LOOKS):  # a worker decides, and there may be none now
                if (state := run.state) is None or not state.is_scheduled():
                    break
                await asyncio.sleep(LOOK_SECONDS)
                run = await client.read_flow_run(run.id)
            if run.state is None or not run.state.is_cancelled():
                return
            await asyncio.sleep(END_SECONDS)
            if await _runs_watch(client):
                return


async def _runs_watch(client: PrefectClient) -> bool:
    named = DeploymentFilter(name=DeploymentFilterName(any_=[WATCH.partition("/")[2]]))
    flow = FlowFilter(name=FlowFilterName(any_=[WATCH.partition("/")[0]]))
    open_ = FlowRunFilterStateType(any_=[StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED])
    states = FlowRunFilter(state=FlowRunFilterState(type=open_))
    return bool(
        await client.read_flow_runs(
            flow_filter=flow, deployment_filter=named, flow_run_filter=states, limit=1
        )
    )


def _stands(progress: CircuitProgress) -> str:
    return progress.verdict.status if progress.verdict else "waits"


async def suspend() -> None:
    """End this process; resumed, the run begins again, and finds in the store what is there.

    Raises:
        Pause: always, for Prefect.
    """
    await asuspend_flow_run(key=uuid4().hex)  # its own keys begin anew in each process, and count once
