"""`make deploy`: everything that the server of PREFECT_API_URL needs; safe to run again.

Creates what is missing and brings the rest up to date: work pools, their queues, concurrency
limits, block types, one default document for each backend, and the deployments of prefect.yaml. What
users changed of schedules and pauses stays as it is.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import get_current_settings
from prefect.workers.process import ProcessWorker

from blocks.backends import backend_types
from deployments.schedules import Timing, read_timings, restore_timings
from flows.preflight import check_servers
from qorum.errors import QorumError

POOLS = {
    "cpu": "Simulators on CPUs, and the flows that orchestrate.",
    "cuda": "Simulators on NVIDIA GPUs.",
    "mps": "Simulators on Apple GPUs.",
    "qpu": "Jobs for quantum processors in the cloud.",
}
QUEUES = {"high": 1, "medium": 2, "low": 3}
LIMITS = {"cpu": 2, "cuda": 1, "mps": 1, "qpu": 8}
"""Batches that may run at once on each kind of hardware, as global limits `execute-<pool>`."""
BLOCKS = backend_types.__module__.removesuffix(".backends")
"""Their package: another one in the wheel."""

ROOT = Path(__file__).resolve().parent.parent


async def set_up() -> None:
    """Bring pools, queues, limits and blocks up to date, then the deployments."""
    async with get_client() as client:
        for pool, description in POOLS.items():
            await _create_pool(client, pool, description)
            for queue, priority in QUEUES.items():
                await _create_queue(client, pool, queue, priority)
        for pool, limit in LIMITS.items():
            await client.upsert_global_concurrency_limit_by_name(f"execute-{pool}", limit)
    for name, kind in backend_types().items():
        await kind.aregister_type_and_schema()
        if kind.is_remote:  # a saved one may hold the user's key, which must not be overwritten
            continue
        await kind().asave(f"default-{name}", overwrite=True)


async def _create_pool(client: PrefectClient, name: str, description: str) -> None:
    try:
        await client.read_work_pool(name)
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        await client.create_work_pool(
            WorkPoolCreate(name=name, type="process", description=description, base_job_template=template)
        )


async def _create_queue(client: PrefectClient, pool: str, name: str, priority: int) -> None:
    try:
        await client.create_work_queue(name, priority=priority, work_pool_name=pool)
    except ObjectAlreadyExists:
        queue = await client.read_work_queue_by_name(name, work_pool_name=pool)
        if queue.priority != priority:
            await client.update_work_queue(queue.id, priority=priority)


def main() -> int:
    """Set everything up; tell where it can be seen."""
    url = get_current_settings().api.url
    if not url:
        print("PREFECT_API_URL is not set: start `make ui` and export what it prints", file=sys.stderr)
        return 2
    try:
        check_servers()
    except QorumError as error:
        print(error, file=sys.stderr)
        return 2
    asyncio.run(set_up())
    before = asyncio.run(_timings())
    # Where workers of this machine start: in the checkout, whose folders they import. An installed package
    # is found anywhere.
    folder = ROOT if (ROOT / "pyproject.toml").exists() else Path.cwd()
    os.environ.setdefault("QORUM_CHECKOUT", str(folder))
    prefect = [sys.executable, "-m", "prefect", "--no-prompt"]
    for command in (["block", "register", "-m", BLOCKS], ["deploy", "--all"]):
        done = subprocess.run([*prefect, *command], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    asyncio.run(_keep(before))
    print(f"\nready on {url}: start a worker with `make worker`; without one, runs stay Late")
    return 0


async def _timings() -> dict[UUID, Timing]:
    async with get_client() as client:
        return await read_timings(client)


async def _keep(before: dict[UUID, Timing]) -> None:
    async with get_client() as client:
        await restore_timings(client, before)


if __name__ == "__main__":
    raise SystemExit(main())
