"""What is told of held jobs, watches and known answers is stored and read back as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from qorum.ledger.held_report import HeldJob, HeldReport
from qorum.ledger.watch_report import WatchReport
from qorum.runs.canary_report import CanaryAnswer, CanaryReport

HELD = HeldJob(
    token="t" * 64,
    backend="ibm",
    place="ibm/eu",
    since=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    most_usd=1.5,
    reason="no answer",
)


def test_a_held_job_is_told_with_its_time_and_amount_and_no_decision_at_first() -> None:
    report = HeldReport(experiment_id="e1", jobs=(HELD,))
    told = json.loads(report.as_json())
    assert list(told) == ["experiment_id", "jobs"]
    assert list(told["jobs"][0]) == ["token", "backend", "place", "since", "most_usd", "reason", "decision"]
    assert told["jobs"][0]["decision"] == ""
    assert datetime.fromisoformat(told["jobs"][0]["since"]) == HELD.since
    assert HeldReport.model_validate_json(report.as_json()) == report


def test_a_watch_is_told_in_three_numbers() -> None:
    assert json.loads(WatchReport(jobs=3, resumed=2, cancelled=1).as_json()) == {
        "jobs": 3,
        "resumed": 2,
        "cancelled": 1,
    }


def test_an_answer_is_right_or_not_and_a_failed_one_is_not() -> None:
    answers = tuple(
        CanaryAnswer.model_validate({"circuit": "ghz", "backend": "aer", "answer": answer, "reason": ""})
        for answer in ("right", "wrong", "failed")
    )
    assert [one.is_right for one in answers] == [True, False, False]
    report = CanaryReport(experiments=("e1", "e2"), answers=answers)
    assert CanaryReport.model_validate_json(report.as_json()) == report
    assert "is_right" not in json.loads(report.as_json())["answers"][0]
