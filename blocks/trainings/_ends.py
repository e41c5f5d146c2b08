"""Where a training ended, or is: what another one may begin with."""

from __future__ import annotations

from blocks.object_store import ObjectStore
from blocks.trainings._catalog import find_definition
from blocks.trainings._chain import CheckpointChain
from qorum.errors import QorumError
from qorum.training.starts import Start, read_start


def find_end(training_id: str, store: ObjectStore) -> Start:
    """The parameters of a training's report; while there is none, those of its newest good checkpoint.

    Raises:
        QorumError: there is no such training, or it has no parameters yet.
    """
    definition = find_definition(training_id, store)
    key = f"results/{training_id}/report.json"
    found = store.get_many([key]) if store.is_key(key) else {}
    if key in found and (start := read_start(found[key].decode())):
        return start
    snapshot, _ = CheckpointChain(store, training_id, definition.digest).newest_good()
    if snapshot is None or not snapshot.state["training"]["width"]:
        raise QorumError(f"training {training_id} has no parameters yet; let it go on, or take another start")
    state = snapshot.state["training"]
    return Start(state["optimizer"]["point"], tuple(state["operators"]))
