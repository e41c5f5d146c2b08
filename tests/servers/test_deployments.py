"""Deployments on a real Prefect server, run by a real worker."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
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
    assert names == {"default", "nightly", "cpu", "cuda", "mps", "qpu"}
    for flow in (
        "train-vqe",
        "train-qaoa",
        "train-qnn",
        "migrate-training",
        "clean-checkpoints",
        "resolve-held",
        "check-connections",
        "refresh-calibrations",
        "calibrations",
    ):
        assert deployment(installation, f"{flow}/default")
    limits = installation.api("POST", "/v2/concurrency_limits/filter", {"limit": 50})
    assert {"execute-cpu", "execute-cuda", "execute-mps", "execute-qpu"} <= {
        found["name"] for found in limits
    }
    types = installation.api("POST", "/block_types/filter", {"limit": 200})
    slugs = {found["slug"] for found in types}
    assert {"torch-statevector", "aer-simulator", "cirq-simulator"} <= slugs
    canary = deployment(installation, "canary/nightly")
    assert canary["schedules"][0]["schedule"]["cron"] == "0 3 * * *"
    (daily,) = deployment(installation, "check-connections/default")["schedules"]
    assert (daily["slug"], daily["active"]) == ("daily", False)
    (hourly,) = deployment(installation, "refresh-calibrations/default")["schedules"]
    assert (hourly["slug"], hourly["active"]) == ("hourly", False)


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


def test_a_name_that_was_typed_is_kept_and_a_run_that_settles_nothing_fails_by_its_verdict(
    installation: Installation,
):
    done = installation.command(
        *("prefect", "deployment", "run", "run-circuits/default", "--watch"),
        *("--flow-run-name", "my first run"),
        *("--param", 'circuits=["OPENQASM 2.0; qreg q[1]; nonsense q[0];"]', "--param", 'dispatch="inline"'),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "'Rejected'" in done.stdout + done.stderr
    [run] = installation.api("POST", "/flow_runs/filter", {"flow_runs": {"name": {"any_": ["my first run"]}}})
    assert (run["state"]["type"], run["state"]["name"]) == ("FAILED", "Rejected")
    assert "1 circuit: 1 rejected; without a result: circuit-1" in run["state"]["message"]


def test_the_canary_runs_by_its_schedule_and_is_right(installation: Installation):
    canary = deployment(installation, "canary/nightly")
    soon = datetime.now(UTC) + timedelta(seconds=15)
    once_an_hour = {"interval": 3600.0, "anchor_date": soon.isoformat()}
    schedules = f"/deployments/{canary['id']}/schedules"
    [created] = installation.api(
        "POST", schedules, [{"active": True, "schedule": once_an_hour, "parameters": {"dispatch": "inline"}}]
    )
    try:
        wait_until(
            lambda: any(run["state"]["name"] == "Right" for run in runs_of(installation, canary["id"])), 480
        )
    finally:
        installation.api("DELETE", f"{schedules}/{created['id']}")
    [fired, *_] = [run for run in runs_of(installation, canary["id"]) if run["state"]["name"] == "Right"]
    assert fired["auto_scheduled"]
    assert fired["name"] == f"canary-{fired['id']}"


def test_deploying_again_keeps_what_users_changed_of_schedules_and_pauses(installation: Installation):
    canary = deployment(installation, "canary/nightly")
    schedules = f"/deployments/{canary['id']}/schedules"
    [nightly] = canary["schedules"]
    weekly = {"cron": "0 6 * * 1", "timezone": "Europe/Berlin"}
    [theirs] = installation.api(
        "POST", schedules, [{"active": True, "schedule": weekly, "parameters": {"shots": 512}}]
    )
    installation.api("PATCH", f"{schedules}/{nightly['id']}", {"active": False})
    installation.api("POST", f"/deployments/{canary['id']}/pause_deployment")
    try:
        deployed = installation.command("deployments.setup")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        again = deployment(installation, "canary/nightly")
        found = {found["schedule"]["cron"]: found for found in again["schedules"]}
        assert set(found) == {"0 3 * * *", "0 6 * * 1"}
        assert not found["0 3 * * *"]["active"]
        assert found["0 6 * * 1"]["parameters"] == {"shots": 512}
        assert again["paused"]
    finally:
        for schedule in deployment(installation, "canary/nightly")["schedules"]:
            if schedule["schedule"]["cron"] == theirs["schedule"]["cron"]:
                installation.api("DELETE", f"{schedules}/{schedule['id']}")
        installation.api("POST", f"/deployments/{canary['id']}/resume_deployment")


@pytest.mark.timeout(1200)
def test_each_of_twenty_runs_of_a_schedule_is_an_experiment_of_its_own(installation: Installation):
    """The scheduler makes them within milliseconds, so that their ids begin alike."""
    ordinary = deployment(installation, "run-circuits/default")
    asked = {"circuits": ["template:bell"], "backends": ["torch", "aer"], "replicas": 2, "dispatch": "inline"}
    scheduled = {
        "name": "twenty",
        "flow_id": ordinary["flow_id"],
        "work_pool_name": "mps",  # where no worker takes them
        "enforce_parameter_schema": False,
        "parameters": {**asked, "shots": 100},
        "schedules": [{"active": True, "schedule": {"interval": 60.0}, "max_scheduled_runs": 20}],
    }
    twenty = installation.api("POST", "/deployments/", scheduled)
    try:
        wait_until(lambda: len(runs_of(installation, twenty["id"])) >= 20, 120)
        runs = runs_of(installation, twenty["id"])[:20]
        done = installation.command("tests.servers.scheduled_runs", *(run["id"] for run in runs), seconds=900)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        installation.api("DELETE", f"/deployments/{twenty['id']}")
    experiments = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len({run["id"].replace("-", "")[:12] for run in runs}) < 20, "ids that begin alike"
    assert {found["experiment_id"] for found in experiments} == {f"run-{run['id']}" for run in runs}
    assert {found["name"] for found in experiments} == {f"qorum-{run['id']}" for run in runs}
    store = Path(installation.environment["QORUM_HOME"]) / "store/results"
    for found in experiments:
        assert len(list((store / found["experiment_id"] / "jobs").glob("*.json"))) >= 2, found
