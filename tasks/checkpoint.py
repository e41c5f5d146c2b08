"""The experiment in the object store: its definition first, its report last."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.object_store import ObjectStore
from qorum.errors import QorumError
from qorum.runs.experiments import Definition
from qorum.runs.report import ExperimentReport


@task(cache_policy=NO_CACHE, task_run_name="define {definition.experiment_id}")
async def define(definition: Definition, store: ObjectStore) -> None:
    """Store what is asked for, or find it stored already: then the experiment goes on.

    Raises:
        StorageUnfit: the store cannot be reached, or cannot create an object only once: two runs of
            one experiment could then overwrite each other.
        QorumError: the id is taken by an experiment that asks for something else.
    """
    key = f"experiments/{definition.experiment_id}/definition.json"
    data = definition.model_dump_json(indent=1).encode()
    await asyncio.to_thread(store.probe)
    if await asyncio.to_thread(store.create_only, key, data):
        return
    stored = Definition.model_validate_json(await asyncio.to_thread(store.get, key))
    if differences := stored.differences(definition):
        raise QorumError(
            f"experiment {definition.experiment_id} is stored with other settings"
            f" ({'; '.join(differences)}); ask for the same, or choose another experiment id"
        )
    get_run_logger().info("%s is known: what is stored is not run again", definition.experiment_id)


@task(cache_policy=NO_CACHE, task_run_name="store report {report.experiment_id}")
async def checkpoint(report: ExperimentReport, files: Mapping[str, bytes], store: ObjectStore) -> str:
    """Store plots and analysis, then the report: where it stands, the experiment is finished.

    Returns:
        Where the results are.
    """
    place = f"results/{report.experiment_id}"
    await asyncio.to_thread(store.put_many, {f"{place}/{name}": data for name, data in files.items()})
    await asyncio.to_thread(store.put, f"{place}/report.json", report.as_json().encode())
    where = f"{store.url.rstrip('/')}/{place}"
    get_run_logger().info("results are in %s", where)
    return where
