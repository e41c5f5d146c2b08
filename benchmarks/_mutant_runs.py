"""Runs tests against mutants, in a copy of the tree: `python -m benchmarks._mutant_runs` there, by `Runner`.

The process in the copy imports the libraries once and forks for each mutant, which then costs what its tests
cost. Nothing of the tree itself is imported before the fork.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[1]
COPIED = ("qorum", "blocks", "tasks", "flows", "benchmarks", "tests", "examples")
LIBRARIES = ("pytest", "hypothesis", "scipy.stats", "torch", "qiskit.transpiler", "qiskit.qasm3", "pydantic")
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0")
PASSED, BROKEN = 0, (1, 2, 3)
"""Exit codes of pytest: all passed; a test failed, or its module could not be imported."""


class Runner:
    """A temporary copy of the tree and the process that runs tests in it; a context manager."""

    def __enter__(self) -> Runner:
        self._folder = tempfile.TemporaryDirectory(prefix="qorum-mutants-")
        self.root = Path(self._folder.name)
        for name in COPIED:
            shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", self.root)
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "benchmarks._mutant_runs"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, cwd=self.root, env=environment, stdin=pipe, stdout=pipe, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def run(self, file: str, source: str, tests: Sequence[str], timeout: float) -> tuple[str, float]:
        """What the tests make of the tree with `source` as one of its files, and after how many seconds.

        Returns:
            `survived`, `killed` or `timeout`.

        Raises:
            RuntimeError: the tests could not be run at all.
        """
        target = self.root / file
        original = target.read_text()
        target.write_text(source)
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            print(
                json.dumps({"tests": list(tests), "timeout": timeout}), file=self._process.stdin, flush=True
            )
            answer: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        finally:
            target.write_text(original)
        if answer.get("outcome") not in ("survived", "killed", "timeout"):
            raise RuntimeError(f"tests of {file} expected to run, found {answer or 'no answer'}")
        return answer["outcome"], answer["seconds"]


def _serve() -> None:
    for library in LIBRARIES:
        importlib.import_module(library)
    for line in sys.stdin:
        asked = json.loads(line)
        started = time.monotonic()
        outcome = _fork(asked["tests"], asked["timeout"])
        print(json.dumps({"outcome": outcome, "seconds": time.monotonic() - started}), flush=True)


def _fork(tests: Sequence[str], timeout: float) -> str:
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)  # what the tests start ends with them
        _test(tests)
    deadline = time.monotonic() + timeout
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            if code == PASSED:
                return "survived"
            return "killed" if code in BROKEN or code < 0 else f"pytest's exit code {code}"
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "timeout"
        time.sleep(0.02)


def _test(tests: Sequence[str]) -> None:
    """Run the tests and end this process with pytest's exit code; their output is not wanted."""
    import pytest

    code = 4
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        code = int(pytest.main([*OPTIONS, *tests]))
    finally:
        os._exit(code)


if __name__ == "__main__":
    _serve()
