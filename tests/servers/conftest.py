"""The whole installation as a user has it: Prefect server, deployments, a worker, the MLflow UI."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import ROOT, answers, free_port, running, wait_until


@dataclass(frozen=True)
class Installation:
    """Addresses and environment of the running servers."""

    environment: dict[str, str]
    prefect: str
    mlflow: str

    def command(self, *arguments: str, seconds: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Run `python -m …` as a user of this installation."""
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def api(self, method: str, path: str, body: object = None) -> Any:
        """One call of Prefect's HTTP API; the answer as plain data, None where it has no body."""
        deadline = time.monotonic() + 120
        while True:
            answer = httpx.request(method, f"{self.prefect}/api{path}", json=body, timeout=120)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                break
            time.sleep(1)  # its SQLite is locked by another writer: Prefect's own client retries, too
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def story(self) -> str:
        """For who looks why something did not come: runs, and the end of the worker's log."""
        runs = self.api("POST", "/flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 20})
        told = [f"{run['name']}: {run['state']['name']}, {run['state']['message']}" for run in runs]
        log = (Path(self.environment["QORUM_HOME"]) / "worker.log").read_text().splitlines()
        return "\n".join([*told, *log[-40:]])


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Started once for all tests of this folder; `make deploy` has run on it twice."""
    home = tmp_path_factory.mktemp("installation")
    prefect_port, mlflow_port = free_port(), free_port()
    environment = {
        **os.environ,
        "QORUM_HOME": str(home),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{prefect_port}/api",
        "PREFECT_SERVER_API_PORT": str(prefect_port),
        "MLFLOW_PORT": str(mlflow_port),
        "QORUM_MLFLOW_UI": f"http://127.0.0.1:{mlflow_port}",
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
        "PREFECT_SERVER_SERVICES_FOREMAN_LOOP_SECONDS": "5",
        "OMP_NUM_THREADS": "1",
    }
    found = Installation(environment, f"http://127.0.0.1:{prefect_port}", f"http://127.0.0.1:{mlflow_port}")
    with running("deployments.serve", log=home / "serve.log", environment=environment):
        wait_until(lambda: answers(f"{found.prefect}/api/health") and answers(f"{found.mlflow}/health"), 300)
        for _ in range(2):
            deployed = found.command("deployments.setup")
            assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        worker = ["prefect", "worker", "start", "--pool", "cpu", "--name", "tester"]
        with running(*worker, log=home / "worker.log", environment=environment):
            yield found
