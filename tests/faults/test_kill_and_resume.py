"""`kill -9` at every stage boundary, then the same experiment id again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CIRCUITS = ("template:ghz?num_qubits=3", "template:hardware_efficient?num_qubits=4")
STAGES = ("define", "validate", "route", "compile", "execute", "agree", "analyze", "track", "checkpoint")


def run(home: Path, die_after: str | None) -> subprocess.CompletedProcess[str]:
    """The flow in a process of its own, which kills itself once `die_after` has finished."""
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.doomed_run", die_after or "", *CIRCUITS],
        cwd=ROOT,
        env={**os.environ, "QORUM_HOME": str(home), "PREFECT_HOME": str(home / "prefect")},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def executions(home: Path) -> list[str]:
    """One line for each batch that a backend really ran, over all processes."""
    return (home / "executions.log").read_text().split()


def without_seconds(report: dict[str, Any]) -> Any:
    """The report less what a clock says."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(item) for key, item in value.items() if key not in ("seconds", "links")}
        return [strip(item) for item in value] if isinstance(value, list) else value

    return strip(report)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Sequence[str]]:
    home = tmp_path_factory.mktemp("undisturbed")
    done = run(home, None)
    assert done.returncode == 0, done.stderr
    return without_seconds(json.loads(done.stdout)), sorted(executions(home))


@pytest.mark.server
@pytest.mark.timeout(600)
@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_after_a_stage_goes_on_and_runs_no_batch_twice(
    stage: str, tmp_path: Path, undisturbed: tuple[dict[str, Any], Sequence[str]]
):
    report, batches = undisturbed
    killed = run(tmp_path, stage)
    assert killed.returncode == -signal.SIGKILL, (killed.returncode, killed.stderr[-2000:])
    resumed = run(tmp_path, None)
    assert resumed.returncode == 0, resumed.stderr
    assert without_seconds(json.loads(resumed.stdout)) == report
    assert sorted(executions(tmp_path)) == batches
