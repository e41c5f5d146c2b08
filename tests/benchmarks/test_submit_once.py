"""Real processes that race for one job at imitated vendors, and are killed, buy it once and get it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks._submitting_figures import is_met
from benchmarks._submitting_schedules import schedules
from benchmarks._submitting_vendors import VENDORS
from benchmarks.submit_once import main


@pytest.mark.parametrize("name", VENDORS)
def test_whoever_is_killed_one_job_is_bought_and_its_results_are_had(name: str) -> None:
    found = list(schedules(name, 5, seed=100))
    missed = [one for one in found if not is_met(one)]
    assert not missed, missed
    assert any(one.killed for one in found)
    assert any(one.jobs for one in found)


def test_its_figures_stand_beside_those_of_the_models(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    assert main(["--schedules", "5", "--vendors", "ionq", "--races", "1", "--json", str(report)]) == 0
    rows = {row["name"]: row for row in json.loads(report.read_text())["rows"]}
    assert rows["ionq, processes / jobs of one token at most"]["goal"] == 1
    assert rows["ionq, processes / results that nobody got"]["samples"] == 1
    assert rows["tag and list, as IBM and IonQ / jobs of one token at most"]["samples"] == 5
