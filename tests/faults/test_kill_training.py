"""`kill -9` at fifty random moments of trainings: nothing is lost, and nothing is different."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.processes import ROOT

DEATHS = 50
ASKED = 56
"""Kills that are tried: some come when the training has just ended."""


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    """What came of every kind of training with every optimizer, exact and sampled."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.doomed_trainings", str(ASKED), "11"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        timeout=540,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_trainings_were_killed_at_fifty_random_moments(cases: list[dict[str, Any]]) -> None:
    assert sum(case["deaths"] for case in cases) >= DEATHS
    assert all(case["deaths"] for case in cases)


def test_resumed_trainings_have_the_same_bits_as_those_left_alone(cases: list[dict[str, Any]]) -> None:
    assert [case for case in cases if not (case["same sequence"] and case["same result"])] == []


def test_no_evaluation_that_is_kept_is_made_again(cases: list[dict[str, Any]]) -> None:
    assert [case for case in cases if case["kept ones made again"]] == []
    assert all(case["evaluations"] > 5 for case in cases)


def test_what_is_paid_is_made_again_only_if_it_was_under_way(cases: list[dict[str, Any]]) -> None:
    charged = [case for case in cases if case["charged"]]
    assert len(charged) > 10
    assert [case for case in charged if case["made"] > case["evaluations"] + case["deaths"]] == []
