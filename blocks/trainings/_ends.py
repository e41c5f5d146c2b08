"""Where a training ended, or is: what another one may begin with."""

from __future__ import annotations

import numpy as np
from pydantic import ValidationError

from blocks.object_store import ObjectStore
from blocks.trainings._catalog import find_definition
from blocks.trainings._chain import CheckpointChain
from qorum.errors import QorumError
from qorum.training.report import TrainingReport
from qorum.training.starts import Start


def find_report(training_id: str, store: ObjectStore) -> TrainingReport | None:
    """The report that a training has in the store; None while there is none.

    Raises:
        QorumError: what lies there is none of this release.
    """
    key = f"results/{training_id}/report.json"
    found = store.get_many([key]) if store.is_key(key) else {}
    if key not in found:
        return None
    try:
        return TrainingReport.model_validate_json(found[key])
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(map(str, fault["loc"]))
        raise QorumError(
            f"a training's report, of this release, expected in {store.url}/{key}, found something else"
            f" ({where}: {fault['msg']}); go on with that training: its report is stored anew then"
        ) from error


def find_end(training_id: str, store: ObjectStore) -> Start:
    """The parameters of a training's report; while there is none, those of its newest good checkpoint.

    Raises:
        QorumError: there is no such training, it has no parameters yet, or its report cannot be read.
    """
    definition = find_definition(training_id, store)
    if report := find_report(training_id, store):
        return Start(np.array(report.parameters), report.operators)
    snapshot, _ = CheckpointChain(store, training_id, definition.digest).newest_good()
    if snapshot is None or not snapshot.state["training"]["width"]:
        raise QorumError(f"training {training_id} has no parameters yet; let it go on, or take another start")
    state = snapshot.state["training"]
    return Start(state["optimizer"]["point"], tuple(state["operators"]))
