"""A live training moves between backends by a deployment, and ends where an unmoved one ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.servers.conftest import Installation, wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

NOISY = "aer?depolarizing_1q=0.001&depolarizing_2q=0.01&method=density_matrix"
TRAINING = {
    "hamiltonian": "tfim:n=4,J=1,g=1,boundary=open",
    "ansatz": "hardware-efficient?layers=3",
    "optimizer": "adam?learning_rate=0.02&schedule=cosine&schedule_steps=10000"
    "&gradient_tolerance=0&value_tolerance=0",
    "max_steps": 10_000,
    "experiment": "moves",
}
TOLERANCE = 1e-6
ENDLESS = {
    "optimizer": "adam?learning_rate=0.001&gradient_tolerance=0&value_tolerance=0",
    "max_steps": 1_000_000,
}


def store_of(installation: Installation) -> Path:
    return Path(installation.environment["QORUM_HOME"]) / "store"


def report_of(installation: Installation, training_id: str) -> dict[str, Any]:
    return json.loads((store_of(installation) / "results" / training_id / "report.json").read_text())


def beat_of(installation: Installation, training_id: str) -> dict[str, Any]:
    file = store_of(installation) / "checkpoints" / training_id / "beat.json"
    return json.loads(file.read_text()) if file.exists() else {}


def start(installation: Installation, training_id: str, **changed: object) -> None:
    parameters = {**TRAINING, **changed, "training_id": training_id}
    given = [f"--param={name}={json.dumps(value)}" for name, value in parameters.items()]
    done = installation.command("prefect", "deployment", "run", "train-vqe/default", *given)
    assert done.returncode == 0, done.stdout + done.stderr


def move(installation: Installation, training_id: str, backend: str) -> None:
    given = {"training_id": training_id, "backend": backend, "reason": "a test"}
    done = installation.command(
        *("prefect", "deployment", "run", "migrate-training/default", "--watch"),
        *(f"--param={name}={json.dumps(value)}" for name, value in given.items()),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def end(installation: Installation, training_id: str) -> None:
    """By the button of the UI."""
    run = beat_of(installation, training_id)["flow_run_id"]
    installation.api("POST", f"/flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})


def has_ended(installation: Installation, training_id: str) -> bool:
    place = store_of(installation) / "results" / training_id / "report.json"
    return place.exists() and beat_of(installation, training_id).get("status") == "ended"


def test_a_moved_training_ends_at_the_energy_of_an_unmoved_one(installation: Installation):
    start(installation, "moved")
    wait_until(lambda: beat_of(installation, "moved").get("status") == "running", 120)
    move(installation, "moved", NOISY)
    assert beat_of(installation, "moved")["backend"] == NOISY
    move(installation, "moved", "torch")
    start(installation, "unmoved")
    wait_until(lambda: has_ended(installation, "moved") and has_ended(installation, "unmoved"), 450)
    moved, unmoved = report_of(installation, "moved"), report_of(installation, "unmoved")
    assert [one["target"] for one in moved["moves"]] == [NOISY, "torch"]
    assert all(one["energy"] is not None for one in moved["moves"])
    assert moved["moves"][0]["energy_there"] > moved["moves"][0]["energy"]
    assert unmoved["moves"] == []
    assert abs(moved["energy"] - unmoved["energy"]) < TOLERANCE
    assert {row["backend"] for row in moved["history"]} == {NOISY, "torch"}


def test_of_many_moves_in_a_row_each_is_told_as_it_was(installation: Installation):
    start(installation, "often", **ENDLESS)
    wait_until(lambda: beat_of(installation, "often").get("status") == "running", 120)
    backends = [NOISY, "torch"] * 5
    done = installation.command("tests.servers.moving", "often", *backends)
    assert json.loads(done.stdout.splitlines()[-1]) == ["live"] * len(backends), done.stdout + done.stderr
    end(installation, "often")
    wait_until(lambda: has_ended(installation, "often"), 120)
    assert [one["target"] for one in report_of(installation, "often")["moves"]] == backends
