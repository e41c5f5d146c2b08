"""What cannot be run is refused before anything; what is not finite ends a training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from blocks.object_store import open_store
from flows.migrate_training import migrate_training
from flows.train_vqe import train_vqe
from qorum.errors import InputRejected, QorumError, TrainingHalted
from tests.failing_backends import CALLS
from tests.flows.trainings.asked import ADAM, SMALL, sequence

DEFINITION = {
    "kind": "vqe",
    "name": "one",
    "problem": {"num_qubits": 2, "terms": [["ZZ", -1.0], ["XI", -1.0], ["IX", -1.0]]},
    "model": "hardware-efficient?layers=1",
    "optimizer": "adam",
    "shots": 0,
    "seed": 0,
    "max_steps": 3,
    "backend": "torch",
}


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        ("nowhere", "unknown; the backends are"),
        ("aer?method=stabilizer", "Clifford"),
        ("cirq", "only samples: set shots"),
        ("torch?precision=quadruple", "precision"),
        ("failing?price=1", "max_cost_usd"),
    ],
)
async def test_a_backend_that_cannot_run_a_training_is_refused_before_anything(
    home: Path, backend: str, reason: str
):
    with pytest.raises(QorumError, match=reason):
        await train_vqe(**ADAM, backend=backend, training_id="one")
    assert not open_store().list("checkpoints/")
    definition = json.dumps(dict(DEFINITION, training_id="known")).encode()
    open_store().put("checkpoints/known/definition.json", definition)
    with pytest.raises(QorumError, match=reason):
        await migrate_training("known", backend)
    assert not open_store().list("checkpoints/known/moves/")
    assert not CALLS


async def test_what_an_optimizer_needs_is_asked_of_every_backend_before_anything(home: Path):
    natural = {**SMALL, "optimizer": "natural-gradient", "training_id": "one", "max_steps": 2}
    with pytest.raises(InputRejected, match="metric"):
        await train_vqe(**natural, backend="aer")
    assert not open_store().list("checkpoints/")
    await train_vqe(**natural)
    with pytest.raises(InputRejected, match="metric"):
        await migrate_training("one", "aer")


async def test_energies_that_are_no_numbers_end_a_training_and_leave_its_last_good_state(home: Path):
    name = "failing?after=4&fault=nan"
    with pytest.raises(TrainingHalted, match="found nan at evaluation 4; the last good state is kept"):
        await train_vqe(**ADAM, backend=name, training_id="one", max_steps=9)
    kept = json.loads((home / "store/results/one/report.json").read_text())
    assert len(kept["history"]) == 4
    assert kept["energy"] == min(row["energy"] for row in kept["history"])
    CALLS.clear()  # repaired
    report = await train_vqe(**ADAM, backend=name, training_id="one", max_steps=8)
    assert report["steps"] == 8
    assert sequence(report)[:4] == sequence(kept)
