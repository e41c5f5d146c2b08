"""A Prefect server of the benchmark's own, as a child process on a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 120.0


@contextmanager
def prefect_server(home: Path) -> Iterator[float]:
    """A running server that this process uses; yields the seconds it took to start.

    To be entered before Prefect is imported: the address goes by the environment.
    """
    port = _free_port()
    os.environ |= {
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    log = home / "prefect-server.log"
    started = time.perf_counter()
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)],
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - started > START_SECONDS:
                raise RuntimeError(f"the Prefect server did not start: {log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield time.perf_counter() - started
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False
