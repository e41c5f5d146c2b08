"""Backends asked whether they can be used, and shown as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from prefect import get_client, task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.backends import SAVED
from blocks.connections import check, check_given, remote_slugs
from qorum.routing.connections import Connection, ConnectionsReport

PAGE = 200
"""Blocks that the server tells in one answer, at most."""


@task(cache_policy=NO_CACHE, task_run_name="ask backends")
async def connect(names: Sequence[str], seconds: float) -> ConnectionsReport:
    """Ask the backends, and show the table.

    Args:
        names: who; empty: vendors whose credentials are in the environment or in saved blocks.
        seconds: that each may take.
    """
    asked_at = datetime.now(UTC)
    found = await asyncio.to_thread(check, names, seconds) if names else await _all_known(seconds)
    report = ConnectionsReport(asked_at=asked_at, connections=tuple(found))
    for one in report.connections:
        if not one.is_reachable:
            get_run_logger().error("%s cannot be reached: %s", one.backend, one.reason)
    reached = len(found) - len(report.unreachable)
    told = f"{reached} of {len(found)} backends can be reached" if found else "no credentials are given"
    await acreate_table_artifact(report.rows, key="connections", description=told)
    get_run_logger().info(told)
    return report


async def _all_known(seconds: float) -> list[Connection]:
    """By the environment, and by saved blocks, both at once."""
    saved = await _saved()
    found = await asyncio.gather(
        asyncio.to_thread(check_given, seconds), asyncio.to_thread(check, saved, seconds)
    )
    return [one for part in found for one in part]


async def _saved() -> list[str]:
    """Names of the saved blocks of vendors' backends; what is in them is not asked for here."""
    slugs, names, offset = remote_slugs(), list[str](), 0
    async with get_client() as client:
        while page := await client.read_block_documents(offset=offset, limit=PAGE, include_secrets=False):
            offset += len(page)
            kinds = ((one.block_type.slug if one.block_type else "", one.name) for one in page)
            names += [f"{SAVED}{slug}/{name}" for slug, name in kinds if slug in slugs]
    return names
