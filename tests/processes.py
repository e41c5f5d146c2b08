"""Real servers as child processes of the tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[1]


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


def kill_all(pid: int) -> None:
    """A process and all that it has started, which nobody is left to report: as where the power fails."""
    process = psutil.Process(pid)
    for each in (process, *process.children(recursive=True)):
        each.kill()


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


def wait_until(condition: Callable[[], bool], seconds: float, story: Callable[[], str] = lambda: "") -> None:
    """Returns once the condition holds; fails the test, with a story, if that takes more than `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not so within {seconds:.0f} s\n{story()}"
        time.sleep(0.5)
