"""The whole installation as a user has it: Prefect server, deployments, a worker, the MLflow UI."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


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
        answer = httpx.request(method, f"{self.prefect}/api{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None


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
        "PREFECT_WORKER_QUERY_SECONDS": "2",
        "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "5",
        "OMP_NUM_THREADS": "1",
    }
    found = Installation(environment, f"http://127.0.0.1:{prefect_port}", f"http://127.0.0.1:{mlflow_port}")
    with running("deployments.serve", log=home / "serve.log", environment=environment):
        wait_until(lambda: answers(f"{found.prefect}/api/health") and answers(f"{found.mlflow}/health"), 120)
        for _ in range(2):
            deployed = found.command("deployments.setup")
            assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        worker = ["prefect", "worker", "start", "--pool", "cpu", "--name", "tester"]
        with running(*worker, log=home / "worker.log", environment=environment):
            yield found


class running:  # noqa: N801 - reads as a sentence: with running(…)
    """A server as a child process, in a group of its own, ended with its children."""

    def __init__(self, *module: str, log: Path, environment: dict[str, str]) -> None:
        self._module, self._log, self._environment = module, log, environment

    def __enter__(self) -> None:
        self._file = self._log.open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self._module],
            cwd=ROOT,
            env=self._environment,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
        self._file.close()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url: str) -> bool:
    """Whether an HTTP server is up behind the address."""
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Returns once the condition holds; fails the test if that takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds:.0f} s"
        time.sleep(0.5)
