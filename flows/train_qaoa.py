"""Quantum approximate optimization: large cuts of a graph, by a training that can be resumed."""

from __future__ import annotations

from typing import Any

from prefect import flow

from blocks.object_store import open_store
from flows.requests import QaoaRequest, takes
from flows.training_names import name_training
from qorum.findings import Findings
from qorum.parameters import part_of
from qorum.training.options import TrainingOptions
from qorum.training.report import TrainingReport
from tasks.prepare_training import prepare_training
from tasks.train import train
from tasks.whole import whole


@flow(name="train-qaoa", flow_run_name=name_training, validate_parameters=True)
@takes(QaoaRequest)
async def train_qaoa(graph: Any, ansatz: Any, **options: Any) -> Findings[TrainingReport]:
    """Find angles that cut as much of a graph as they can; the energy is minus the expected cut.

    1. Read the graph and find its maximum cut where that is quick. 2. Train: evaluate, step, keep
    checkpoints; the same training id goes on where it stopped. 3. Store the report, the energy curve and
    the history.

    Returns:
        The report, read like a dict or as `findings.report`.
    """
    asked, store = QaoaRequest(graph=graph, ansatz=ansatz, **options), open_store()
    definition = await prepare_training(
        "qaoa", whole(asked.graph), asked.ansatz, part_of(asked, TrainingOptions), store
    )
    report = await train(whole(definition), store)
    return Findings(report)


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("train_qaoa"))
