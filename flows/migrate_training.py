"""A training goes on with another backend, whether it runs or not."""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from prefect.runtime import flow_run
from prefect.utilities.annotations import quote

from blocks.object_store import open_store
from qorum.parameters import form_field
from qorum.runs.report import Findings
from qorum.training.parameters import KnownTraining, TrainingBackend
from tasks.identity import name_of_run
from tasks.migrate import await_move, order_move
from tasks.train import train

GoOn = Annotated[
    bool,
    form_field("Go on", "Whether a training that does not run is gone on with here, on the new backend."),
]
Wait = Annotated[
    float, form_field("Wait (s)", "For a running training to move, 1 to 3,600 seconds.", ge=1, le=3600)
]
Reason = Annotated[str, form_field("Reason", "Stands in the report.")]


def _name_run() -> str:
    asked = flow_run.parameters
    return name_of_run(f"{asked['training_id']} to {asked['backend']}", "migrate-training")


@flow(name="migrate-training", flow_run_name=_name_run, validate_parameters=True)
async def migrate_training(
    training_id: KnownTraining,
    backend: TrainingBackend,
    reason: Reason = "asked for",
    go_on: GoOn = True,
    wait_seconds: Wait = 120.0,
) -> Findings:
    """Move a training to another backend.

    1. Check that the backend can run it, and order the move. 2. A training that runs carries it out after
    its present evaluation: the incumbent is evaluated on both backends, the optimizer is told. 3. One that
    does not run goes on here, if asked to.

    Returns:
        `training_id`, `backend`, `moved` (`live`, `resumed` or `ordered`), and the report where the training
        has gone on here.
    """
    store = open_store()
    definition, number = await order_move(training_id, backend, reason, store)
    outcome = await await_move(training_id, number, backend, wait_seconds, store)
    told = {"training_id": training_id, "backend": backend}
    if outcome is not None:
        return Findings({**told, "moved": "live", "evaluations": outcome.evaluations})
    if not go_on:
        return Findings({**told, "moved": "ordered"})
    report = await train(quote(definition), store, number)
    return Findings({**told, "moved": "resumed", "report": report.to_json()})


if __name__ == "__main__":
    from flows.training_command_line import migrate

    raise SystemExit(migrate())
