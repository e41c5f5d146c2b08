"""Quantum neural networks: classifiers with a circuit in the middle, by a training that can be resumed."""

from __future__ import annotations

from typing import Any

from prefect import flow

from blocks.object_store import open_store
from flows.requests import QnnRequest, takes
from flows.training_names import name_training
from qorum.findings import Findings
from qorum.parameters import part_of
from qorum.training.options import ClassificationSettings, CommonOptions
from qorum.training.report import TrainingReport
from tasks.prepare_training import prepare_training
from tasks.train import train
from tasks.whole import whole


@flow(name="train-qnn", flow_run_name=name_training, validate_parameters=True)
@takes(QnnRequest)
async def train_qnn(data: str, model: str, **options: Any) -> Findings[TrainingReport]:
    """Train a classifier on most of a data set; its accuracy is measured on the rest.

    1. Read the data and set a test part aside. 2. Train: evaluate, step, keep checkpoints;
    the same training id goes on where it stopped. 3. Store the report, the loss curve and the history.

    Returns:
        The report, read like a dict or as `findings.report`.
    """
    asked, store = QnnRequest(data=data, model=model, **options), open_store()
    settings = part_of(asked, ClassificationSettings).model_copy(update={"set_aside": asked.patience > 0})
    definition = await prepare_training(
        "qnn", whole(asked.data), asked.model, part_of(asked, CommonOptions), store, settings
    )
    report = await train(whole(definition), store)
    return Findings(report)


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("train_qnn"))
