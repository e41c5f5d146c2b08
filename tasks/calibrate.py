"""Calibrations asked for and kept, or read from the store, and shown as tables."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.calibrations import read, refresh, refresh_given
from blocks.object_store import ObjectStore
from qorum.routing.calibration_report import CalibrationsReport, RefreshReport
from tasks.known_vendors import ask_named_or_known


@task(cache_policy=NO_CACHE, task_run_name="refresh calibrations")
async def refresh_all(names: Sequence[str], seconds: float, store: ObjectStore) -> RefreshReport:
    """Ask for calibrations, store those that changed, and show the table.

    Args:
        names: who; empty: vendors whose credentials are in the environment or in saved blocks.
        seconds: that each may take.
        store: where calibrations are.
    """
    asked_at = datetime.now(UTC)
    by_name, by_environment = partial(refresh, store=store), partial(refresh_given, store=store)
    found = await ask_named_or_known(names, seconds, by_name, by_environment)
    report = RefreshReport(asked_at=asked_at, backends=tuple(found))
    for one in report.backends:
        if one.outcome == "failed":
            get_run_logger().error("no calibration of %s: %s", one.backend, one.reason)
    await acreate_table_artifact(report.rows, key="calibrations", description=report.headline)
    get_run_logger().info(report.headline)
    return report


@task(cache_policy=NO_CACHE, task_run_name="read calibrations")
async def read_stored(
    names: Sequence[str], since: datetime | None, most: int, store: ObjectStore
) -> CalibrationsReport:
    """See `blocks.calibrations.read`; the list and each comparison are tables."""
    report = await asyncio.to_thread(read, store, names, since, most)
    told = f"{len(report.snapshots)} stored calibrations, and {report.older} older ones"
    await acreate_table_artifact(report.rows, key="stored-calibrations", description=told)
    for one in report.comparisons:
        described = f"{one.backend}: {one.earlier:%Y-%m-%d %H:%M} against {one.later:%Y-%m-%d %H:%M} UTC"
        await acreate_table_artifact(one.rows, key="calibration-changes", description=described)
    return report
