"""Backends asked whether they can be used, and shown as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.connections import check, check_given
from qorum.routing.connections import ConnectionsReport
from tasks.known_vendors import ask_named_or_known


@task(cache_policy=NO_CACHE, task_run_name="ask backends")
async def connect(names: Sequence[str], seconds: float) -> ConnectionsReport:
    """Ask the backends, and show the table.

    Args:
        names: who; empty: vendors whose credentials are in the environment or in saved blocks.
        seconds: that each may take.
    """
    asked_at = datetime.now(UTC)
    found = await ask_named_or_known(names, seconds, check, check_given)
    report = ConnectionsReport(asked_at=asked_at, connections=tuple(found))
    for one in report.connections:
        if not one.is_reachable:
            get_run_logger().error("%s cannot be reached: %s", one.backend, one.reason)
    reached = len(found) - len(report.unreachable)
    told = f"{reached} of {len(found)} backends can be reached" if found else "no credentials are given"
    await acreate_table_artifact(report.rows, key="connections", description=told)
    get_run_logger().info(told)
    return report
