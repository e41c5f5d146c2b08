"""Old checkpoints go; what is referenced stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.object_store import ObjectStore
from blocks.trainings import Cleaning, clean

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@task(cache_policy=NO_CACHE, task_run_name="clean checkpoints")
async def clean_old(store: ObjectStore, older_than: str, dry_run: bool) -> list[Cleaning]:
    """Remove the checkpoints of trainings last heard of so long ago, or tell what would be removed.

    Args:
        store: where they are.
        older_than: a number and m, h, d or w, e.g. `7d`.
        dry_run: only tell.
    """
    before = datetime.now(UTC) - timedelta(**{UNITS[older_than[-1]]: int(older_than[:-1])})
    done = await asyncio.to_thread(clean, store, before, dry_run=dry_run)
    for one in done:
        get_run_logger().info(
            "%s: %d objects %s, %d kept%s",
            *(one.training_id, one.removed, "would go" if dry_run else "removed", one.kept),
            f" ({one.note})" if one.note else "",
        )
    await acreate_table_artifact(
        [one.model_dump(mode="json") for one in done],
        key="cleaned",
        description=f"checkpoints older than {before:%Y-%m-%d %H:%M}",
    )
    return done
