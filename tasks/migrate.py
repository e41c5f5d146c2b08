"""Orders to trainings that run elsewhere, and to those that do not run."""

from __future__ import annotations

import asyncio
import time

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.object_store import ObjectStore
from blocks.trainings import SILENT_SECONDS, Beat, MoveOrder, Orders, Outcome, find_definition
from blocks.workloads import open_workload
from qorum.errors import QorumError
from qorum.training.definitions import TrainingDefinition

LOOK_SECONDS = 0.5


@task(cache_policy=NO_CACHE, task_run_name="order move of {training_id}")
async def order_move(
    training_id: str, backend: str, reason: str, store: ObjectStore
) -> tuple[TrainingDefinition, int]:
    """Check that a training can go on with a backend, and order it to.

    Returns:
        What the training is, and the order's number.

    Raises:
        QorumError: there is no such training, or that backend cannot run it; nothing is ordered.
    """

    def give() -> tuple[TrainingDefinition, int]:
        definition = find_definition(training_id, store)
        open_workload(definition, store).source_on(backend)
        return definition, Orders(store, training_id).give(MoveOrder(backend=backend, reason=reason))

    definition, number = await asyncio.to_thread(give)
    get_run_logger().info("order %d: %s is to go on with %s", number, training_id, backend)
    return definition, number


@task(cache_policy=NO_CACHE, task_run_name="await move of {training_id}")
async def await_move(
    training_id: str, number: int, backend: str, seconds: float, store: ObjectStore
) -> Outcome | None:
    """Wait until a running training has dealt with an order.

    Returns:
        What came of it; None if the training does not run.

    Raises:
        QorumError: it stays where it is, with the reason, or has not answered in time.
    """
    orders = Orders(store, training_id)
    deadline = time.monotonic() + seconds
    while True:
        # Before the outcome: a training that has ended in between has told what came of the order.
        beat = await asyncio.to_thread(orders.last_beat)
        if outcome := await asyncio.to_thread(orders.outcome, number):
            if outcome.refusal:
                raise QorumError(f"{training_id} stays on {outcome.backend}: {outcome.refusal}")
            get_run_logger().info(
                "%s runs on %s from evaluation %d on", training_id, backend, outcome.evaluations
            )
            return outcome
        if beat is None or not beat.is_live:
            return None
        if time.monotonic() >= deadline:
            raise _late(training_id, beat, seconds)
        await asyncio.sleep(LOOK_SECONDS)


def _late(training_id: str, beat: Beat, seconds: float) -> QorumError:
    silent = time.time() - beat.at
    return QorumError(
        f"{training_id} has not moved within {seconds:.0f} s (its process was heard of {silent:.0f} s ago, on"
        f" {beat.backend}): an evaluation may take longer, or the process has died, which shows after"
        f" {SILENT_SECONDS:.0f} s; the order stands, it moves after that"
    )
