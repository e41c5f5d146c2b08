"""Several states of one Hamiltonian, told together."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.object_store import ObjectStore
from qorum.training.deflation import levels_of
from qorum.training.report import TrainingReport


@task(cache_policy=NO_CACHE, task_run_name="tell states")
async def tell_levels(reports: list[TrainingReport], store: ObjectStore) -> dict[str, Any]:
    """The ground state's report with `states`, each beside the exact one; stored in its place."""
    levels = levels_of(reports)
    for one in levels:
        known = "" if one.exact is None else f", exact {one.exact:.8f}, {one.energy - one.exact:+.2e} from it"
        get_run_logger().info("state %d: %.8f%s (%s)", one.level, one.energy, known, one.reason)
    told = reports[0].to_json() | {"states": [one.model_dump() for one in levels]}
    place = f"results/{reports[0].definition.training_id}/report.json"
    await asyncio.to_thread(store.put, place, json.dumps(told).encode())
    return told
