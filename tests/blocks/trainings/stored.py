"""What tests of trainings put into a store, and read back."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np

from blocks.object_store import ObjectStore
from blocks.trainings import Beat, CheckpointChain
from qorum.training.definitions import TrainingDefinition
from qorum.training.history import History, Row
from qorum.training.objective import Answer, Request

DIGEST = "d" * 64


def grow(history: History, count: int = 1) -> History:
    """More evaluations, each told apart by its energy."""
    for index in range(len(history), len(history) + count):
        history.rows.append(Row(index, float(index), 0.0, math.nan, np.array([float(index)]), 0, 1, "torch"))
    return history


def begun(store: ObjectStore, training_id: str = "t", digest: str = DIGEST) -> CheckpointChain:
    chain = CheckpointChain(store, training_id, digest)
    chain.take_over()
    return chain


def written(store: ObjectStore, count: int, training_id: str = "t") -> CheckpointChain:
    """A chain with `count` checkpoints, one evaluation each."""
    chain, history = begun(store, training_id), History()
    for _ in range(count):
        assert chain.write({"at": len(grow(history))}, history, len(history))
    return chain


def newest(store: ObjectStore, training_id: str = "t", digest: str = DIGEST) -> tuple[int, list[str]]:
    """Evaluations of the newest good checkpoint, 0 for none; and why others were refused."""
    snapshot, refused = CheckpointChain(store, training_id, digest).newest_good()
    if snapshot is None:
        return 0, [error.reason for error in refused]
    energies = snapshot.history.column("energy").tolist()
    assert energies == [float(index) for index in range(len(energies))], "nothing is lost"
    assert snapshot.state == {"at": len(energies)}
    return len(energies), [error.reason for error in refused]


def manifests(store: ObjectStore, training_id: str = "t") -> list[str]:
    return [key for key in store.list(f"checkpoints/{training_id}/") if key.endswith("/manifest.json")]


def spoil(store: ObjectStore, key: str, how: str) -> None:
    data = store.get(key)
    match how:
        case "missing":
            store.delete(key)
        case "truncated":
            store.put(key, data[: len(data) // 2])
        case "flipped":
            store.put(key, data[:-9] + bytes([data[-9] ^ 4]) + data[-8:])
        case "empty":
            store.put(key, b"")
        case _:
            store.put(key, how.encode())


REQUEST = Request(np.array([[0.1, -0.0], [1.0, 2.0]]), gradient=True)


ANSWER = Answer(
    np.array([1.5, math.pi]), np.array([0.0, 0.1]), np.array([-0.0, 1e-300]), None, shots=7, circuits=3
)


def beat(epoch: int = 1, at: float | None = None, **changed: Any) -> Beat:
    values = {"status": "ended", "flow_run_id": "f", "evaluations": 0, "backend": "torch", "orders": 0}
    return Beat.model_validate({"epoch": epoch, "at": time.time() if at is None else at} | values | changed)


def definition(training_id: str = "t", **changed: Any) -> TrainingDefinition:
    values = {
        "kind": "vqe",
        "name": "one",
        "problem": {"num_qubits": 1, "terms": [["Z", 1.0]]},
        "model": "hardware-efficient",
        "optimizer": "adam",
        "shots": 0,
        "seed": 0,
        "max_steps": 5,
        "backend": "torch",
    }
    return TrainingDefinition.model_validate({"training_id": training_id} | values | changed)
