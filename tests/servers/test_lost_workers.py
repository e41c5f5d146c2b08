"""A worker that is lost with its machine, while a batch runs on it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT, kill_all
from tests.servers.conftest import Installation, wait_until
from tests.servers.test_deployments import deployment, report_of, runs_of

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]


def started(installation: Installation, log: Path, *module: str, **more: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env={**installation.environment, "QORUM_BACKEND_MODULES": "tests.pooled_backend", **more},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def test_the_others_are_judged_when_one_backend_s_worker_is_lost(installation: Installation, tmp_path: Path):
    begun = tmp_path / "begun"
    log = tmp_path / "worker.log"
    lost = started(
        installation, log, "prefect", "worker", "start", "--pool", "mps", PREFECT_WORKER_HEARTBEAT_SECONDS="1"
    )
    asked = ("template:ghz?num_qubits=4", "--backends", f"torch,aer,pooled?begun={begun}", "--replicas", "3")
    run = None
    try:
        wait_until(lambda: "started!" in log.read_text(), 120)
        run = started(
            *(installation, tmp_path / "run.log", "flows.run_circuits", *asked),
            *("--dispatch", "pools", "--experiment-id", "one-lost"),
            QORUM_LOST_BATCH_SECONDS="20",
        )
        wait_until(begun.exists, 180)
        kill_all(lost.pid)
        assert run.wait(timeout=240) == 0, (tmp_path / "run.log").read_text()
    finally:
        for process in (lost, run):
            if process is not None and process.poll() is None:
                kill_all(process.pid)
    (circuit,) = report_of(installation, "one-lost")["circuits"]
    assert circuit["status"] == "agreed"
    assert sorted(circuit["accepted"]) == ["aer", "torch"]
    told = (tmp_path / "run.log").read_text()
    assert "had begun it and is not online any more" in told
    assert "pool mps has no worker online; start one: `make worker POOL=mps`" in told
    batches = runs_of(installation, deployment(installation, "execute-batch/mps")["id"])
    assert [found["state"]["type"] for found in batches] == ["CANCELLED"] * 2, "sent once more, in vain"
