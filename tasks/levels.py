"""Several states of one Hamiltonian, told together."""

from __future__ import annotations

import asyncio

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.object_store import ObjectStore
from qorum.training.definitions import TrainingDefinition
from qorum.training.deflation import levels_of
from qorum.training.report import TrainingReport


@task(cache_policy=NO_CACHE, task_run_name="tell states")
async def tell_levels(
    ground: TrainingDefinition, reports: list[TrainingReport], store: ObjectStore
) -> TrainingReport:
    """The ground state's report with `states`, each beside the exact one; stored in its place."""
    levels = levels_of(ground, reports)
    for one in levels:
        get_run_logger().info("state %d: %s (%s)", one.level, one.in_words(), one.reason)
    told = reports[0].model_copy(update={"states": levels})
    place = f"results/{told.training_id}/report.json"
    await asyncio.to_thread(store.put, place, told.as_json().encode())
    return told
