"""Reports: what is stored is read back equal, in the order and with the names that are documented."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from qorum.findings import Findings, Report
from qorum.runs.report import CircuitReport, ExperimentReport, Links, ReplicaReport, RunReport
from qorum.training.report import Migration, TrainingReport
from tests.qorum.reports import AGREED, LEVELS, REPLICA, RUN, TRAINING

LINKED = RUN.linked(Links(results="file:///here", mlflow="run e1", prefect=""))
SEVERAL = TRAINING.model_copy(update={"states": LEVELS})
MOVED = Migration(training_id="t1", backend="aer", moved="resumed", report=SEVERAL)


@pytest.mark.parametrize(
    "report", [RUN, LINKED, TRAINING, SEVERAL, MOVED], ids=lambda one: type(one).__name__
)
def test_what_is_stored_is_read_back_equal(report: Report):
    assert type(report).model_validate_json(report.as_json()) == report
    assert json.loads(report.as_json(indent=1)) == report.model_dump(mode="json")


def test_the_json_of_a_run_has_the_documented_names_in_their_order():
    told = json.loads(LINKED.as_json())
    assert list(told) == ["experiment_id", "circuits", "totals", "links"]
    assert list(told["totals"]) == ["circuits", "agreed", "rejected", "shots", "seconds", "cost_usd"]
    assert told["totals"] == {**told["totals"], "circuits": 2, "agreed": 1, "rejected": 1, "shots": 8}
    names = (
        "name digest status confidence distribution counts shots accepted rejected replicas warnings error"
    )
    further = "depth_before depth_after referee read readings"
    for circuit in told["circuits"]:
        assert list(circuit) == [*names.split(), *further.split()]
    agreed, broken = told["circuits"]
    assert list(agreed["counts"]) == ["10", "01"], "in the order of the histogram"
    assert agreed["rejected"] == [{"backend": "cirq", "reason": "busy", "retryable": True}]
    assert " ".join(agreed["replicas"][0]) == (
        "backend counts seconds cost_usd job_id calibration_id success_probability"
    )
    assert (broken["digest"], broken["confidence"]) == (None, None)
    assert broken["error"] == {"reason": "no gate", "line": 12}


def test_the_json_of_a_training_has_the_documented_names_in_their_order():
    told = json.loads(TRAINING.as_json())
    names = (
        "training_id kind name minimized energy deviation reference steps evaluations shots cost_usd seconds"
    )
    further = "parameters operators model optimizer backend reason figures warnings moves history"
    assert list(told) == [*names.split(), *further.split()]
    assert told["deviation"] is None
    assert json.dumps(told["figures"]) == '{"accuracy": 0.5, "best sampled cut": 6, "partition": "0101"}'
    assert " ".join(told["moves"][0]) == "evaluation origin target energy energy_there reason"
    assert " ".join(told["history"][0]) == "step energy gradient_norm shots backend"
    assert list(json.loads(SEVERAL.as_json())) == [*told, "states"]
    ordered = Migration(training_id="t1", backend="aer", moved="ordered")
    assert json.loads(ordered.as_json()) == {"training_id": "t1", "backend": "aer", "moved": "ordered"}


@pytest.mark.parametrize(
    ("model", "data", "change"),
    [
        (ExperimentReport, RUN, {"links": {}}),
        (TrainingReport, TRAINING, {"energies": []}),
        (TrainingReport, TRAINING, {"steps": "2"}),
        (TrainingReport, TRAINING, {"moves": [{**vars(TRAINING.moves[0]), "by": "me"}]}),
        (CircuitReport, AGREED, {"status": "fine"}),
        (ReplicaReport, REPLICA, {"counts": {"01": 1.5}}),
        (ReplicaReport, REPLICA, {"counts": {"01": "1"}}),
    ],
)
def test_what_is_no_report_of_this_release_is_refused(
    model: type[BaseModel], data: Report, change: dict[str, Any]
):
    with pytest.raises(ValidationError):
        model.model_validate_json(json.dumps({**data.model_dump(mode="json"), **change}))


def test_a_report_cannot_be_built_wrong_or_changed():
    with pytest.raises(ValidationError):
        ReplicaReport(**{**dict(REPLICA), "counts": {"01": "1"}})
    with pytest.raises(ValidationError):
        RUN.experiment_id = "e2"  # type: ignore[misc]


def test_findings_are_read_like_a_dict_and_have_the_report():
    findings = Findings(LINKED)
    assert isinstance(findings.report, RunReport)
    assert findings["circuits"][0]["counts"] == {"10": 3, "01": 5}
    assert {**findings} == dict(findings) == json.loads(LINKED.as_json())
    assert len(findings) == 4
    assert repr(findings) == "<findings: experiment_id e1>"
    assert isinstance(findings, Mapping)
    assert not isinstance(findings, dict | list | BaseModel)
    assert not is_dataclass(findings)
