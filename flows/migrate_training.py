"""A training goes on with another backend, whether it runs or not."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from blocks.object_store import open_store
from flows.requests import MigrateRequest, takes
from qorum.findings import Findings
from qorum.training.report import Migration
from tasks.identity import name_of_run
from tasks.migrate import await_move, order_move
from tasks.train import train
from tasks.whole import whole


def _name_run() -> str:
    asked = flow_run.parameters
    return name_of_run(f"{asked['training_id']} to {asked['backend']}", "migrate-training")


@flow(name="migrate-training", flow_run_name=_name_run, validate_parameters=True)
@takes(MigrateRequest)
async def migrate_training(training_id: str, backend: str, **options: Any) -> Findings[Migration]:
    """Move a training to another backend.

    1. Check that the backend can run it, and order the move. 2. A training that runs carries it out after
    its present evaluation: the incumbent is evaluated on both backends, the optimizer is told. 3. One that
    does not run goes on here, if asked to.

    Returns:
        `training_id`, `backend`, `moved` (`live`, `resumed` or `ordered`), and the report where the training
        has gone on here.
    """
    asked, store = MigrateRequest(training_id=training_id, backend=backend, **options), open_store()
    definition, number = await order_move(training_id, backend, asked.reason, store)
    outcome = await await_move(training_id, number, backend, asked.wait_seconds, store)
    told = Migration(training_id=training_id, backend=backend, moved="ordered")
    if outcome is not None:
        return Findings(told.model_copy(update={"moved": "live", "evaluations": outcome.evaluations}))
    if not asked.go_on:
        return Findings(told)
    report = await train(whole(definition), store, number)
    return Findings(told.model_copy(update={"moved": "resumed", "report": report}))


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("migrate_training"))
