"""Suspend, Resume and Cancel, as the buttons of Prefect's UI ask for them, on a training that runs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.servers.conftest import Installation, wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(900)]

TRAINING = {
    "hamiltonian": "tfim:n=4,J=1,g=1,boundary=open",
    "ansatz": "hardware-efficient?layers=2",
    "optimizer": "spsa",
    "shots": 256,
    "max_steps": 100_000,
    "experiment": "interruptions",
}
STEPS_AFTER = 50


class Run:
    """A flow run of a training, and what is stored of it."""

    def __init__(self, installation: Installation, **parameters: Any) -> None:
        self._installation = installation
        self.deployment = installation.api("GET", "/deployments/name/train-vqe/default")["id"]
        asked = {"parameters": {**TRAINING, **parameters}, "state": {"type": "SCHEDULED"}}
        self.id = installation.api("POST", f"/deployments/{self.deployment}/create_flow_run", asked)["id"]

    @property
    def state(self) -> dict[str, Any]:
        return self._installation.api("GET", f"/flow_runs/{self.id}")["state"]

    def put(self, kind: str, **details: Any) -> None:
        """As the UI's buttons do."""
        done = self._installation.api(
            "POST", f"/flow_runs/{self.id}/set_state", {"state": {"type": kind, **details}}
        )
        assert done["status"] == "ACCEPT", done

    def suspend(self) -> None:
        limit = (datetime.now(UTC) + timedelta(seconds=300)).isoformat()
        details = {"pause_timeout": limit, "pause_reschedule": True}
        self.put("PAUSED", name="Suspended", state_details=details)

    def resume(self) -> None:
        assert self._installation.api("POST", f"/flow_runs/{self.id}/resume")["status"] == "ACCEPT"

    @property
    def artifacts(self) -> list[str]:
        wanted = {"artifacts": {"flow_run_id": {"any_": [self.id]}}}
        return sorted(one["key"] for one in self._installation.api("POST", "/artifacts/filter", wanted))

    @property
    def states(self) -> list[str]:
        return [
            one["name"] for one in self._installation.api("GET", f"/flow_run_states/?flow_run_id={self.id}")
        ]

    @property
    def beat(self) -> dict[str, Any]:
        """The sign of life of the training that this flow run has begun."""
        store = Path(self._installation.environment["QORUM_HOME"]) / "store/checkpoints"
        beats = [json.loads(file.read_text()) for file in store.glob("*/beat.json")]
        return next((beat for beat in beats if beat["flow_run_id"] == self.id), {})

    def wait_for(self, status: str, *, evaluations: int = 0, epoch: int = 1) -> None:
        def has_come() -> bool:
            beat = self.beat
            return (beat.get("status"), beat.get("epoch")) == (status, epoch) and (
                beat["evaluations"] > evaluations
            )

        wait_until(has_come, 240)


def training_of(installation: Installation, run: Run) -> tuple[str, dict[str, Any]]:
    """The training's id, and its report, which comes shortly after the last sign of life."""
    store = Path(installation.environment["QORUM_HOME"]) / "store"
    [training_id] = [
        file.parent.name
        for file in store.glob("checkpoints/*/beat.json")
        if json.loads(file.read_text())["flow_run_id"] == run.id
    ]
    report = store / "results" / training_id / "report.json"
    wait_until(report.exists, 60)
    return training_id, json.loads(report.read_text())


def test_a_suspended_training_stops_after_a_checkpoint_and_resumed_goes_on_bit_for_bit(
    installation: Installation,
):
    run = Run(installation)
    run.wait_for("running", evaluations=10)
    run.suspend()
    run.wait_for("ended")
    assert run.state["name"] == "Suspended"
    training_id, stopped = training_of(installation, run)
    assert stopped["reason"] == "suspended; Resume goes on from its last checkpoint"
    assert len(stopped["history"]) == stopped["evaluations"] == run.beat["evaluations"]
    run.resume()
    run.wait_for("running", evaluations=stopped["evaluations"] + 10, epoch=2)
    assert run.state["name"] == "Running"
    run.put("CANCELLING")
    wait_until(lambda: run.state["name"] == "Cancelled", 120)
    assert run.beat["status"] == "ended"
    assert not {"Failed", "Crashed"} & set(run.states)
    same_id, cancelled = training_of(installation, run)
    assert same_id == training_id
    assert cancelled["reason"].startswith("cancelled; ")
    assert cancelled["history"][: len(stopped["history"])] == stopped["history"]
    assert len(run.artifacts) == len(set(run.artifacts)), "one of each kind, over both processes"
    steps = cancelled["steps"] + STEPS_AFTER
    rest = Run(installation, training_id=training_id, max_steps=steps)
    wait_until(lambda: rest.state["name"] == "Completed", 240)
    whole = Run(installation, max_steps=steps)
    wait_until(lambda: whole.state["name"] == "Completed", 240)
    (_, joined), (_, undisturbed) = training_of(installation, rest), training_of(installation, whole)
    assert joined["history"] == undisturbed["history"]
    assert joined["parameters"] == undisturbed["parameters"]


def test_resumed_before_it_has_stopped_it_is_run_once(installation: Installation):
    run = Run(installation)
    run.wait_for("running", evaluations=10)
    run.suspend()
    run.resume()
    run.wait_for("running", epoch=2)
    assert run.state["name"] == "Running"
    run.put("CANCELLING")
    wait_until(lambda: run.state["name"] == "Cancelled", 120)
    assert not {"Failed", "Crashed", "Completed"} & set(run.states)
