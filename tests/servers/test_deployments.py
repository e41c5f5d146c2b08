"""Deployments on a real Prefect server, run by a real worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.servers.conftest import Installation, wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]


def deployment(installation: Installation, name: str) -> dict[str, Any]:
    return installation.api("GET", f"/deployments/name/{name}")


def runs_of(installation: Installation, deployment_id: str) -> list[dict[str, Any]]:
    wanted = {"id": {"any_": [deployment_id]}}
    return installation.api("POST", "/flow_runs/filter", {"deployments": wanted})


def report_of(installation: Installation, experiment_id: str) -> dict[str, Any]:
    place = Path(installation.environment["QORUM_HOME"]) / "store/results" / experiment_id / "report.json"
    return json.loads(place.read_text())


def test_pools_queues_limits_blocks_and_deployments_are_there(installation: Installation):
    pools = {pool["name"] for pool in installation.api("POST", "/work_pools/filter", {"limit": 50})}
    assert {"cpu", "cuda", "mps", "qpu"} <= pools
    for pool in ("cpu", "cuda", "mps", "qpu"):
        queues = installation.api("POST", f"/work_pools/{pool}/queues/filter", {"limit": 50})
        assert {"high", "medium", "low"} <= {queue["name"] for queue in queues}
    names = {found["name"] for found in installation.api("POST", "/deployments/filter", {"limit": 50})}
    assert names == {"default", "canary", "cpu", "cuda", "mps", "qpu"}
    for flow in ("train-vqe", "train-qaoa", "train-qnn", "migrate-training", "clean-checkpoints"):
        assert deployment(installation, f"{flow}/default")
    limits = installation.api("POST", "/v2/concurrency_limits/filter", {"limit": 50})
    assert {"execute-cpu", "execute-cuda", "execute-mps", "execute-qpu"} <= {
        found["name"] for found in limits
    }
    types = installation.api("POST", "/block_types/filter", {"limit": 200})
    slugs = {found["slug"] for found in types}
    assert {"torch-statevector", "aer-simulator", "cirq-simulator"} <= slugs
    canary = deployment(installation, "run-circuits/canary")
    assert canary["schedules"][0]["schedule"]["cron"] == "0 3 * * *"


def test_a_run_through_the_pools_completes_and_agrees(installation: Installation):
    done = installation.command(
        "prefect",
        *("deployment", "run", "run-circuits/default", "--watch"),
        *("--param", 'circuits=["template:ghz?num_qubits=4", "template:teleportation"]'),
        *("--param", 'dispatch="pools"', "--param", 'experiment_id="through-pools"'),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = report_of(installation, "through-pools")
    assert [circuit["status"] for circuit in report["circuits"]] == ["agreed", "agreed"]
    batches = runs_of(installation, deployment(installation, "execute-batch/cpu")["id"])
    assert len(batches) >= 3
    assert {run["state"]["type"] for run in batches} == {"COMPLETED"}


def test_a_scheduled_run_fires_on_its_own(installation: Installation):
    canary = deployment(installation, "run-circuits/canary")
    every_minute = {"interval": 60.0, "anchor_date": "2026-01-01T00:00:00Z"}
    schedules = f"/deployments/{canary['id']}/schedules"
    [created] = installation.api(
        "POST", schedules, [{"active": True, "schedule": every_minute, "max_scheduled_runs": 1}]
    )
    try:
        wait_until(
            lambda: any(run["state"]["type"] == "COMPLETED" for run in runs_of(installation, canary["id"])),
            240,
        )
    finally:
        installation.api("DELETE", f"{schedules}/{created['id']}")
    fired = [run for run in runs_of(installation, canary["id"]) if run["state"]["type"] == "COMPLETED"]
    assert all(run["auto_scheduled"] for run in fired)
