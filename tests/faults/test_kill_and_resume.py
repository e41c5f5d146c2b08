"""`kill -9` at every stage boundary, then the same experiment id again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, answers, free_port, running, wait_until

CIRCUITS = ("template:ghz?num_qubits=3", "template:hardware_efficient?num_qubits=4")
STAGES = ("define", "validate", "route", "compile", "execute", "agree", "analyze", "track", "checkpoint")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Prefect server that outlives the runs."""
    home, port = tmp_path_factory.mktemp("prefect"), free_port()
    environment = {**os.environ, "PREFECT_HOME": str(home)}
    server = ("prefect", "server", "start", "--port", str(port))
    with running(*server, log=home / "server.log", environment=environment):
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/api/health"), 120)
        yield f"http://127.0.0.1:{port}/api"


def run(home: Path, api: str, die_after: str) -> int:
    """The flow in a process of its own, which kills itself once the stage `die_after` has finished."""
    home.mkdir(exist_ok=True)
    with (home / "run.log").open("a") as log:
        return subprocess.run(
            [sys.executable, "-m", "tests.faults.doomed_run", die_after, *CIRCUITS],
            cwd=ROOT,
            env={**os.environ, "QORUM_HOME": str(home), "PREFECT_API_URL": api},
            stdout=log,
            stderr=subprocess.STDOUT,
            timeout=240,
            check=False,
        ).returncode


def executions(home: Path) -> list[tuple[str, str]]:
    """Process and batch, for each batch that a backend really ran, over all processes."""
    return [tuple(line.split()) for line in (home / "executions.log").read_text().splitlines()]


def batches(home: Path) -> list[str]:
    return sorted(batch for _, batch in executions(home))


def without_seconds(data: Any) -> Any:
    """The report less what a clock says."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key not in ("seconds", "links")}
        return [strip(item) for item in value] if isinstance(value, list) else value

    return strip(data)


def report(home: Path) -> Any:
    """The stored report less what a clock says."""
    return without_seconds(json.loads((home / "store/results/doomed/report.json").read_text()))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, api: str) -> Path:
    home = tmp_path_factory.mktemp("undisturbed")
    assert run(home, api, "") == 0, (home / "run.log").read_text()
    return home


@pytest.mark.server
def test_a_run_killed_after_each_stage_in_turn_goes_on_and_runs_no_batch_twice(
    tmp_path: Path, api: str, undisturbed: Path
):
    for stage in STAGES:
        assert run(tmp_path, api, stage) == -signal.SIGKILL, (stage, (tmp_path / "run.log").read_text())
    assert run(tmp_path, api, "") == 0, (tmp_path / "run.log").read_text()
    assert report(tmp_path) == report(undisturbed)
    assert batches(tmp_path) == batches(undisturbed)


@pytest.mark.server
def test_of_a_run_killed_among_its_batches_only_unfinished_ones_run_again(
    tmp_path: Path, api: str, undisturbed: Path
):
    assert run(tmp_path, api, "first batch") == -signal.SIGKILL, (tmp_path / "run.log").read_text()
    jobs = (tmp_path / "store/results/doomed/jobs").glob("*.json")
    finished = {json.loads(job.read_text())["outcomes"][0]["backend"] for job in jobs}
    assert finished
    killed = {process for process, _ in executions(tmp_path)}
    assert run(tmp_path, api, "") == 0, (tmp_path / "run.log").read_text()
    assert report(tmp_path) == report(undisturbed)
    again = {batch.split(":")[0] for process, batch in executions(tmp_path) if process not in killed}
    assert again == {batch.split(":")[0] for batch in batches(undisturbed)} - finished
