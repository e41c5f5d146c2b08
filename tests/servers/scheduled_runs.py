"""`python -m tests.servers.scheduled_runs ID …`: execute scheduled runs of run-circuits, as a worker does.

All in this one process, as fifty starts of one take minutes. Prints an object a line for each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from uuid import UUID

from prefect import get_client
from prefect.flow_engine import run_flow
from prefect.states import Scheduled

from flows.run_circuits import run_circuits

AT_A_TIME = 4


async def execute(ids: list[str]) -> None:
    """Bring each run's time forward to now, and run it."""
    several = asyncio.Semaphore(AT_A_TIME)

    async def one(run_id: UUID) -> None:
        async with several, get_client() as client:
            await client.set_flow_run_state(run_id, Scheduled(scheduled_time=datetime.now(UTC)), force=True)
            run = await client.read_flow_run(run_id)
            report = await run_flow(run_circuits, flow_run=run, parameters=run.parameters)
            named = (await client.read_flow_run(run_id)).name
            print(json.dumps({"experiment_id": report["experiment_id"], "name": named}), flush=True)

    await asyncio.gather(*(one(UUID(each)) for each in ids))


if __name__ == "__main__":
    asyncio.run(execute(sys.argv[1:]))
