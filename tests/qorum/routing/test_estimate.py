"""What a run costs, before anything is bought."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from qorum.backends import BackendProfile, Price
from qorum.routing.estimate import Estimate, estimate, lines, markdown
from qorum.routing.ranking import Objective
from qorum.routing.runtimes import RuntimeModel
from tests.qorum.routing.test_ranking import AER, BELL, FORTE, GARNET, assign_all, qpu

OBJECTIVES: tuple[Objective, ...] = ("cost", "time", "fidelity")
WHEN = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
GHZ = replace(BELL, digest="e" * 64, name="ghz", success={"garnet": 0.8, "forte": 0.95})
RATED = replace(BELL, success={"garnet": 0.9, "forte": 0.97})
SLOW = replace(FORTE, queue_wait=3600.0, calibrated_at=WHEN)
SECONDS = qpu("by-seconds", "ibm", Price(per_second=1.6))
PROFILES = (GARNET, SLOW, SECONDS, AER)


def foreseen(profiles: tuple[BackendProfile, ...] = PROFILES, **changes: object) -> Estimate:
    options = {"max_cost_usd": 1000.0, "replicas": 2, "requested": tuple(one.name for one in profiles)}
    choices = {
        one: assign_all([RATED, GHZ], profiles, objective=one, **{**options, **changes}) for one in OBJECTIVES
    }
    by_name = {profile.name: profile for profile in profiles}
    return estimate([RATED, GHZ], by_name, choices, "fidelity", 1000, RuntimeModel())


def test_each_backend_is_told_with_price_queue_execution_and_fidelity():
    found = {one.backend: one for one in foreseen().backends}
    assert found["garnet"].usd == found["garnet"].most_usd == pytest.approx(2 * (0.30 + 1.45))
    assert (found["garnet"].least_fidelity, found["garnet"].most_fidelity) == (0.8, 0.9)
    assert found["forte"].wait_seconds == 3600.0
    assert found["forte"].calibrated_at == WHEN
    by_seconds = found["by-seconds"]
    assert 0 < by_seconds.usd < by_seconds.most_usd
    assert by_seconds.usd == pytest.approx(1.6 * by_seconds.run_seconds)
    assert by_seconds.most_usd == pytest.approx(1.6 * by_seconds.most_run_seconds)
    assert found["aer"].most_usd == 0.0


def test_the_cheapest_the_fastest_and_the_best_choice_stand_side_by_side():
    by_objective = {one.objective: one for one in foreseen((GARNET, SLOW)).choices}
    assert list(by_objective) == list(OBJECTIVES)
    one = {name: choice.backends for name, choice in by_objective.items()}
    assert one["cost"][0] == "garnet"
    assert one["fidelity"][0] == "forte"
    assert [choice.is_taken for choice in by_objective.values()] == [False, False, True]
    single = {one.objective: one for one in foreseen((GARNET, SLOW), replicas=1).choices}
    assert single["cost"].most_usd == pytest.approx(2 * 1.75)
    assert single["fidelity"].most_usd == pytest.approx(2 * 80.3)
    assert single["fidelity"].least_fidelity == 0.95
    assert single["cost"].seconds < 3600 < single["fidelity"].seconds
    assert foreseen((GARNET, SLOW), replicas=1).most_usd == pytest.approx(2 * 80.3)


def test_what_is_foreseen_can_be_read_and_stored():
    found = foreseen((GARNET, SLOW))
    assert Estimate.model_validate_json(found.as_json()) == found
    page = markdown(found)
    assert "| best (this run) |" in page
    assert "60 min" in page
    assert "2026-11-01 06:30" in page
    assert len(lines(found)) == 3
    assert lines(found)[0].startswith("cheapest: at most ")


def test_a_device_that_is_offline_has_no_wait_that_could_be_told():
    offline = replace(SLOW, queue_wait=math.inf)
    found = foreseen((offline,), replicas=1)
    assert found.backends[0].wait_seconds is None
    assert found.choices[0].seconds is None
    assert "unknown" in markdown(found)
    assert Estimate.model_validate_json(found.as_json()) == found
