"""The report says of every backend without a part in the result why, and whether to ask it again."""

from __future__ import annotations

from qorum.circuits.library import accept_template
from qorum.counts import Counts
from qorum.ledger.jobs import Failure
from qorum.routing.assignments import Assignment
from qorum.runs.assembly import assemble
from qorum.runs.circuit_progress import CircuitProgress
from qorum.runs.report import CircuitReport
from qorum.runs.stages import Intake, Routing

BELL = accept_template("template:bell")
DIGEST = BELL.spec.digest
FAILED = (
    CircuitProgress(DIGEST, 100)
    .with_outcome("cirq", Failure("busy", retryable=True), 1.0, 0.0)
    .with_outcome("aer", Failure("broken"), 1.0, 0.0)
    .with_refusal("dear", "1 USD needed")
)


def told(progress: CircuitProgress) -> CircuitReport:
    assignment = Assignment(DIGEST, "fidelity", ("cirq", "aer", "dear"), (), {}, {})
    routing = Routing({}, {DIGEST: assignment})
    [circuit] = assemble("e", Intake({"bell": BELL}), routing, {DIGEST: progress}).circuits
    return circuit


def test_a_failure_keeps_whether_the_backend_may_be_asked_again():
    circuit = told(FAILED)
    assert circuit.status == "rejected"
    assert circuit.error is not None
    assert "cirq: busy; aer: broken; dear: 1 USD needed" in circuit.error.reason
    assert [(one.backend, one.reason, one.retryable) for one in circuit.rejected] == [
        ("cirq", "busy", True),
        ("aer", "broken", False),
        ("dear", "1 USD needed", False),
    ]


def test_who_brought_counts_before_the_money_went_is_not_left_out():
    progress = FAILED.with_outcome("dear", Counts({"00": 50, "11": 50}, "dear"), 1.0, 1.0)
    assert list(progress.missing) == ["cirq", "aer"]
