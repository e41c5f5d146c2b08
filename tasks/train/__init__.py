"""A training, from where it stands to its end: one task, however many steps."""

from __future__ import annotations

import asyncio

import numpy as np
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from blocks.object_store import ObjectStore
from blocks.processes import stop_processes
from blocks.training_loop import Loop
from blocks.trainings import find_report, is_known, store_definition
from blocks.workloads import Workload, open_workload
from qorum.errors import QorumError, TrainingHalted
from qorum.training.definitions import TrainingDefinition
from qorum.training.deflation import renewed
from qorum.training.report import TrainingReport
from tasks.train._interrupting import Interruption
from tasks.train._showing import Showing, files_of
from tasks.train._stopping import stopping_on_sigterm

__all__ = ["train"]

BEAT_SECONDS = 5.0
"""Between two signs of life."""

GRACE_SECONDS = 2.0
"""What an evaluation under way may take once the training is to end."""

LOOK_SECONDS = 0.2
"""How often that is looked for."""


async def train(
    definition: TrainingDefinition, store: ObjectStore, started_for: int | None = None
) -> TrainingReport:
    """Begin a training or go on with it, and keep what it reaches.

    Args:
        definition: what is trained.
        store: where it is kept.
        started_for: number of an order to move; if that is refused, the training does not go on.

    Raises:
        QorumError: the training cannot be begun (nothing is spent then), or cannot go on (its last
            checkpoint is kept).
        Pause: the flow run was suspended; resumed, it goes on from the checkpoint that was stored.
        Abort: the flow run was cancelled.
    """
    report, interruption = await _train(definition, store, started_for)
    if interruption.state is not None:
        await interruption.leave()  # out of the flow: the task itself has done its work
    return report


@task(name="train", cache_policy=NO_CACHE, task_run_name="train {definition.training_id}")
async def _train(
    definition: TrainingDefinition, store: ObjectStore, started_for: int | None
) -> tuple[TrainingReport, Interruption]:
    logger = get_run_logger()
    await asyncio.to_thread(store.probe)
    workload = await asyncio.to_thread(open_workload, definition, store)
    if not await asyncio.to_thread(is_known, definition.training_id, store):
        for backend in (definition.backend, *definition.backup_backends):
            await asyncio.to_thread(workload.source_on, backend)  # refuses what cannot be begun there
    is_new = await asyncio.to_thread(store_definition, definition, store)
    asked = definition, workload, store, logger.warning, flow_run.id or "", started_for
    loop = await asyncio.to_thread(Loop, *asked)
    await asyncio.to_thread(loop.beat)  # before MLflow is opened: who gives an order is to know that it runs
    if not is_new:
        logger.info("%s goes on at evaluation %d", definition.training_id, loop.resumed_at)
    showing, interruption = Showing(definition, workload, loop), Interruption(loop.stop)
    await showing.begin()
    reason, status = "interrupted", "KILLED"
    with stopping_on_sigterm(loop.stop) as signals:
        besides = (
            *(showing.keep_showing(), _keep_beating(loop), interruption.keep_looking()),
            _end_what_computes(loop),
        )
        beside = [asyncio.create_task(each) for each in besides]
        running = asyncio.create_task(asyncio.to_thread(loop.run))
        try:
            reason, status = await asyncio.shield(running), "FINISHED"
        except asyncio.CancelledError:
            loop.stop.set()
            await asyncio.wait([running])
            raise
        except Exception as error:
            reason, status = str(error), "KILLED" if loop.stop.is_set() else "FAILED"
            await interruption.look()  # a flow run that others have taken neither fails nor crashes
            if interruption.state is None or not isinstance(error, TrainingHalted):
                raise
            reason = interruption.reason
            signals.clear()
        finally:
            for task_beside in beside:
                task_beside.cancel()
            await asyncio.wait(beside)
            reached = loop.training, loop.history, loop.course.backend
            report = await asyncio.to_thread(
                TrainingReport.of, definition, *reached, reason, workload.appraise, loop.course.cost_usd
            )
            logger.info("%s", report.headline())
            if not await asyncio.to_thread(loop.is_superseded):
                report = await _keep(report, workload, store, showing, status)
                logger.info("checkpoints took %.2f s", loop.checkpoint_seconds)
    return report, interruption


async def _keep(
    report: TrainingReport, workload: Workload, store: ObjectStore, showing: Showing, status: str
) -> TrainingReport:
    report = await asyncio.to_thread(_with_states, report, store)
    files = await asyncio.to_thread(files_of, report)
    if workload.files is not None:
        files |= await asyncio.to_thread(workload.files, np.array(report.parameters))
    place = f"results/{report.training_id}"
    await asyncio.to_thread(store.put_many, {f"{place}/{name}": data for name, data in files.items()})
    shown = f"{store.url.rstrip('/')}/{place}"
    await showing.end(report, files, shown, status)
    get_run_logger().info("results are in %s", shown)
    return report


def _with_states(report: TrainingReport, store: ObjectStore) -> TrainingReport:
    """With the excited states that were told beside it before, which the stored report is to keep."""
    try:
        before = find_report(report.training_id, store)
    except QorumError as error:
        get_run_logger().warning("%s", error)
        return report
    return report.model_copy(update={"states": renewed(before.states, report)}) if before else report


async def _end_what_computes(loop: Loop) -> None:
    """Once the training is to end, an evaluation that does not do so in time is lost."""
    grace = GRACE_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if loop.stop.is_set():
            grace -= LOOK_SECONDS
            if grace < 0:
                await asyncio.to_thread(stop_processes)


async def _keep_beating(loop: Loop) -> None:
    while True:
        await asyncio.to_thread(loop.beat)
        await asyncio.sleep(BEAT_SECONDS)
