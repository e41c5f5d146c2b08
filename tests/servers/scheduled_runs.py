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


async def execute(ids: list[str]) -> None:
    """Bring each run's time forward to now, and run it."""
    async with get_client() as client:
        for each in map(UUID, ids):
            await client.set_flow_run_state(each, Scheduled(scheduled_time=datetime.now(UTC)), force=True)
            run = await client.read_flow_run(each)
            report = await run_flow(run_circuits, flow_run=run, parameters=run.parameters)
            named = (await client.read_flow_run(each)).name
            print(json.dumps({"experiment_id": report["experiment_id"], "name": named}), flush=True)


if __name__ == "__main__":
    asyncio.run(execute(sys.argv[1:]))
