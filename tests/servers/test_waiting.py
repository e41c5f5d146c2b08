"""A run whose jobs wait at a vendor holds no process: it ends, is watched, and goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.processes import running, wait_until
from tests.servers.conftest import Installation
from tests.servers.test_deployments import deployment, report_of, runs_of

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

MODULES = {"QORUM_BACKEND_MODULES": "tests.remote_backend"}


@pytest.fixture(scope="module")
def qpu_worker(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    log = tmp_path_factory.mktemp("qpu") / "worker.log"
    worker = ("prefect", "worker", "start", "--pool", "qpu", "--name", "vendors")
    with running(*worker, log=log, environment={**installation.environment, **MODULES}):
        yield


class Run:
    """A run of the deployment on a vendor whose jobs are not done before there is a file `open`."""

    def __init__(self, installation: Installation, vendor: Path, name: str) -> None:
        self.installation, self.vendor, self.experiment_id = installation, vendor, name
        parameters: dict[str, object] = {
            "circuits": ["template:ghz?num_qubits=3", "template:w?num_qubits=3"],
            "backends": [f"vendor?ends=queued&folder={vendor}", "torch", "aer"],
            "shots": 500,
            "max_cost_usd": 2.0,
            "experiment_id": name,
        }
        done = installation.command(
            *("prefect", "deployment", "run", "run-circuits/default"),
            *(f"--param={key}={json.dumps(value)}" for key, value in parameters.items()),
            f"--job-variable=env={json.dumps(MODULES)}",
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @property
    def flow_run(self) -> dict[str, Any]:
        found = runs_of(self.installation, deployment(self.installation, "run-circuits/default")["id"])
        return next(run for run in found if run["parameters"].get("experiment_id") == self.experiment_id)

    @property
    def state(self) -> str:
        return self.flow_run["state"]["name"]

    @property
    def requests(self) -> int:
        log = self.vendor / "requests.log"
        return len(log.read_text().split()) if log.exists() else 0


def processes_of(flow_run_id: str) -> list[int]:
    """Processes that carry a flow run, by what they were started with."""
    found: list[int] = []
    for process in psutil.process_iter(["environ"]):
        if (process.info["environ"] or {}).get("PREFECT__FLOW_RUN_ID") == flow_run_id:
            found.append(process.pid)
    return found


def watches(installation: Installation) -> list[dict[str, Any]]:
    return runs_of(installation, deployment(installation, "watch-jobs/default")["id"])


def test_a_run_that_waits_holds_no_process_and_goes_on_once_the_vendor_is_done(
    installation: Installation, qpu_worker: None, tmp_path: Path
):
    run = Run(installation, tmp_path / "vendor", "patient")
    wait_until(lambda: run.state == "Suspended", 240)
    assert run.requests == 1
    flow_run_id = run.flow_run["id"]
    wait_until(lambda: not processes_of(flow_run_id), 30)
    wait_until(lambda: any(one["state"]["type"] == "RUNNING" for one in watches(installation)), 60)
    assert os.listdir(Path(installation.environment["QORUM_HOME"]) / "store/waiting")
    (tmp_path / "vendor/open").touch()
    wait_until(lambda: run.flow_run["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED"), 240)
    assert run.state == "Agreed"
    report = report_of(installation, "patient")
    assert [len(circuit["replicas"]) for circuit in report["circuits"]] == [3, 3]
    assert report["totals"]["cost_usd"] == pytest.approx(0.25)
    assert run.requests == 1
    wait_until(lambda: all(one["state"]["type"] == "COMPLETED" for one in watches(installation)), 60)


def test_a_run_that_is_cancelled_while_it_waits_has_its_job_cancelled_at_the_vendor(
    installation: Installation, qpu_worker: None, tmp_path: Path
):
    run = Run(installation, tmp_path / "vendor", "impatient")
    wait_until(lambda: run.state == "Suspended", 240)
    cancelling = {"state": {"type": "CANCELLING"}}
    installation.api("POST", f"/flow_runs/{run.flow_run['id']}/set_state", cancelling)
    wait_until(lambda: bool(list((tmp_path / "vendor").glob("*.cancelled"))), 120)
    assert run.flow_run["state"]["type"] == "CANCELLED"
