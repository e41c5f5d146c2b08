"""A report says of every circuit what became of it: the result, who is in it, who is not and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from qorum.circuits.accepted import AcceptedCircuit
from qorum.counts import Counts
from qorum.errors import CircuitRejected, InputRejected
from qorum.ledger.jobs import Failure
from qorum.results.referee.findings import Refereed
from qorum.routing.assignments import Assignment
from qorum.runs.assembly import assemble
from qorum.runs.circuit_progress import CircuitProgress
from qorum.runs.report import CircuitReport, ExperimentReport, LeftOut, Totals
from qorum.runs.stages import Intake, Routing
from tests.qorum.runs.accepted import accepted
from tests.qorum.runs.progress import profile

DIGEST = "d" * 64
BELL = accepted("bell", DIGEST)
PROFILES = {name: profile(name) for name in ("aer", "cirq", "torch", "dear", "broken")}


def routing(note: str = "", excluded: Mapping[str, str] | None = None, **changes: object) -> Routing:
    assignment = Assignment(DIGEST, "fidelity", ("aer",), (), {}, excluded or {}, note)
    return replace(Routing(PROFILES, {DIGEST: assignment}), **changes)


def sampled(**histograms: Mapping[str, int]) -> CircuitProgress:
    """What the named backends measured, each within 2 s and for half a dollar; judged."""
    known = CircuitProgress(DIGEST, 100)
    for name, histogram in histograms.items():
        counts = Counts(histogram, name, job_id=f"{name}'s job", calibration_id="today")
        known = known.with_outcome(name, counts, 2.0, 0.5)
    return known.judged(PROFILES, 0.9)


def report_of(
    found: AcceptedCircuit | InputRejected = BELL,
    progress: CircuitProgress | None = None,
    routed: Routing | None = None,
) -> CircuitReport:
    reached = {DIGEST: progress} if progress else {}
    report = assemble("study", Intake({"bell": found}), routed or routing(), reached)
    assert report.experiment_id == "study"
    (circuit,) = report.circuits
    assert circuit.name == "bell"
    return circuit


EVEN = {"00": 50, "11": 50}


def test_an_agreed_circuit_tells_its_distribution_and_everybodys_part():
    known = replace(
        sampled(aer=EVEN, cirq={"00": 48, "11": 52}, torch={"01": 100}),
        success={"aer": 0.9},
        depths=(2, 3),
        failures={"broken": Failure("hung", retryable=True)},
        refused={"dear": "costs too much"},
        refereed=Refereed("exact amplitudes"),
    )
    found = report_of(progress=known)
    assert (found.digest, found.status, found.error) == (DIGEST, "agreed", None)
    assert found.confidence is not None
    assert found.confidence > 0.9
    assert found.distribution == pytest.approx({"00": 0.49, "11": 0.51}, abs=0.005)
    assert (found.counts, found.shots) == ({"00": 98, "11": 102}, 200)
    assert tuple(found.accepted) == ("aer", "cirq")
    torch, *others = found.rejected
    assert (torch.backend, torch.retryable) == ("torch", False)
    assert torch.reason.startswith("differs from aer and cirq")
    assert others == [
        LeftOut(backend="broken", reason="hung", retryable=True),
        LeftOut(backend="dear", reason="costs too much"),
    ]
    assert (found.depth_before, found.depth_after, found.referee) == (2, 3, "exact amplitudes")
    assert [replica.backend for replica in found.replicas] == ["aer", "cirq", "torch"]
    first, second = found.replicas[:2]
    assert (first.counts, first.seconds, first.cost_usd) == (EVEN, 2.0, 0.5)
    assert (first.job_id, first.calibration_id) == ("aer's job", "today")
    assert (first.success_probability, second.success_probability) == (0.9, 1.0)
    assert found.seconds == 6.0


def test_a_majority_of_two_against_one_is_told_as_such():
    found = report_of(progress=sampled(aer=EVEN, cirq=EVEN, torch={"01": 100}))
    assert list(found.warnings) == [
        "only aer and cirq agree, against one, and nobody else could be asked; "
        "allow another backend to settle it"
    ]
    assert report_of(progress=sampled(aer=EVEN, cirq=EVEN)).warnings == ()


def test_a_single_backend_has_no_confidence():
    found = report_of(progress=sampled(aer=EVEN))
    assert (found.status, found.confidence, found.shots) == ("unverified", None, 100)
    assert (found.depth_before, found.depth_after, found.referee) == (None, None, "")


def test_a_disputed_circuit_has_neither_confidence_nor_distribution():
    found = report_of(progress=sampled(aer=EVEN, cirq={"01": 100}))
    assert (found.status, found.confidence, found.distribution) == ("disputed", None, {})
    assert (found.counts, found.shots) == ({}, 0)
    assert len(found.replicas) == len(found.rejected) == 2


def test_what_routing_and_intake_have_to_say_is_a_warning():
    spoken = accepted("bell", DIGEST, warnings=("no measurement: all 2 qubits are measured",))
    routed = routing(
        "2 replicas asked, 1 backend eligible",
        {"ibm": "no token is set", "idle": "too small"},
        missing={"qulacs": "there is no such backend"},
        requested=("ibm",),
    )
    found = report_of(spoken, sampled(aer=EVEN), routed)
    assert list(found.warnings) == [
        "no measurement: all 2 qubits are measured",
        "2 replicas asked, 1 backend eligible",
        "backend qulacs: there is no such backend",
        "backend ibm: no token is set",
    ]


def test_a_backend_that_was_too_dear_for_more_shots_stays_part_of_the_result():
    known = replace(sampled(aer=EVEN, cirq=EVEN), refused={"aer": "costs up to 1 USD"})
    found = report_of(progress=known)
    assert list(found.warnings) == ["backend aer: no more shots: costs up to 1 USD"]
    assert tuple(found.rejected) == ()


def test_one_shot_is_told_to_say_nothing():
    found = report_of(progress=sampled(aer={"00": 1}, cirq={"00": 1}))
    assert found.status == "unverified"
    assert "one shot of each backend says nothing of its distribution" in found.warnings[-1]


def test_a_circuit_that_intake_refused_names_the_line():
    found = report_of(CircuitRejected("bell", "no such gate", 3))
    assert (found.status, found.digest, found.read) == ("rejected", None, "once")
    assert found.error is not None
    assert (found.error.reason, found.error.line) == ("no such gate", 3)


@pytest.mark.parametrize("known", [None, CircuitProgress(DIGEST, 100)])
def test_a_circuit_that_no_backend_takes_says_what_each_lacks(known: CircuitProgress | None):
    found = report_of(progress=known, routed=routing(excluded={"aer": "too small", "ibm": "no token"}))
    assert (found.status, tuple(found.rejected)) == ("rejected", ())
    assert found.error is not None
    assert found.error.reason == "no backend can run it (aer: too small; ibm: no token)"


def test_a_circuit_that_every_backend_failed_at_says_how():
    known = CircuitProgress(DIGEST, 100).with_outcome("aer", Failure("hung"), 1.0, 0.0)
    found = report_of(progress=known.with_refusal("dear", "costs too much"))
    assert found.rejected == (
        LeftOut(backend="aer", reason="hung"),
        LeftOut(backend="dear", reason="costs too much"),
    )
    assert found.error is not None
    assert found.error.reason == "every backend asked failed (aer: hung; dear: costs too much)"


@pytest.mark.parametrize(
    ("readings", "read"), [((), "once"), (("ours",), "once"), (("ours", "peer"), "twice")]
)
def test_a_report_says_how_often_the_input_was_read(readings: tuple[str, ...], read: str):
    found = report_of(accepted("bell", DIGEST, readings=readings), sampled(aer=EVEN))
    assert (found.read, tuple(found.readings), found.status) == (read, readings, "unverified")


def test_of_an_input_that_two_readers_read_differently_no_result_is_called_right():
    disputed = accepted("bell", DIGEST, disputed_reading="the second reader sees an x")
    found = report_of(disputed, sampled(aer=EVEN, cirq=EVEN))
    assert (found.read, found.status, found.distribution) == ("differently", "disputed", {})
    assert list(found.warnings) == ["the second reader sees an x"]
    nothing = report_of(disputed)
    assert (nothing.read, nothing.status) == ("differently", "rejected")
    assert list(nothing.warnings) == ["the second reader sees an x"]


# The whole run.


def run_of(*circuits: AcceptedCircuit | InputRejected | str) -> ExperimentReport:
    """A run of circuits, where a text stands for an accepted one that had that verdict."""
    verdicts = {
        "agreed": sampled(aer=EVEN, cirq=EVEN),
        "unverified": sampled(aer=EVEN),
        "disputed": sampled(aer=EVEN, cirq={"01": 100}),
    }
    found = dict[str, AcceptedCircuit | InputRejected]()
    assignments, progress = dict[str, Assignment](), dict[str, CircuitProgress]()
    for number, circuit in enumerate(circuits):
        digest = f"{number:064x}"
        if isinstance(circuit, str):
            progress[digest] = replace(verdicts[circuit], digest=digest)
            assignments[digest] = Assignment(digest, "fidelity", (), (), {}, {})
            circuit = accepted(f"circuit-{number}", digest)
        found[f"circuit-{number}"] = circuit
    return assemble("study", Intake(found), Routing(PROFILES, assignments), progress)


REFUSED = CircuitRejected("c", "no such gate")


@pytest.mark.parametrize(
    ("circuits", "verdict", "settled", "nothing_settled"),
    [
        (("agreed", "agreed"), "agreed", True, False),
        (("unverified", "agreed"), "unverified", True, False),
        (("unverified", "agreed", REFUSED), "rejected", False, False),
        (("agreed", REFUSED, "disputed"), "disputed", False, False),
        ((REFUSED, "disputed"), "disputed", False, True),
    ],
)
def test_a_runs_verdict_is_its_worst_circuits(
    circuits: tuple[CircuitRejected | str, ...], verdict: str, settled: bool, nothing_settled: bool
):
    report = run_of(*circuits)
    assert all(circuit.settled for circuit in report.circuits) is settled
    assert (report.verdict, report.nothing_settled) == (verdict, nothing_settled)


def test_every_circuit_asked_for_has_its_place_and_is_plain_data():
    report = run_of("agreed", REFUSED, "disputed", "agreed")
    assert [circuit.name for circuit in report.circuits] == [f"circuit-{i}" for i in range(4)]
    assert report.totals == Totals(
        circuits=4, agreed=2, rejected=1, disputed=1, shots=600, seconds=12.0, cost_usd=3.0
    )
    assert ExperimentReport.model_validate_json(report.as_json()) == report
    data = json.loads(report.as_json())
    assert data["experiment_id"] == "study"
    assert data["totals"] == {
        "circuits": 4, "agreed": 2, "disputed": 1, "rejected": 1,
        "shots": 600, "seconds": 12.0, "cost_usd": 3.0,
    }  # fmt: skip
    agreed, rejected, disputed, _ = data["circuits"]
    assert (agreed["status"], agreed["accepted"], agreed["error"]) == ("agreed", ["aer", "cirq"], None)
    assert agreed["replicas"][0]["counts"] == EVEN
    assert rejected["error"] == {"reason": "no such gate", "line": None}
    assert [one["backend"] for one in disputed["rejected"]] == ["aer", "cirq"]
    assert disputed["rejected"][0]["reason"].startswith("differs from cirq")


def test_the_most_probable_outcomes_come_first_and_equal_ones_by_their_bits():
    found = report_of(progress=sampled(aer={"11": 30, "01": 40, "00": 30}))
    assert found.top(2) == [("01", 0.4), ("00", 0.3)]
    assert found.top(9) == [("01", 0.4), ("00", 0.3), ("11", 0.3)]
