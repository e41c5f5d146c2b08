"""The page that people read: what needs attention first, whatever names and reasons hold."""

from __future__ import annotations

import pytest

from qorum.runs.markdown import LEGEND, MAX_CIRCUITS, MAX_NAMED, headline, markdown, outcome
from qorum.runs.report import CircuitReport, ExperimentReport, Fault, LeftOut, ReplicaReport, Status


def replica(backend: str, shots: int, seconds: float = 1.5, cost_usd: float = 0.25) -> ReplicaReport:
    return ReplicaReport(
        backend=backend,
        counts={"0": shots},
        seconds=seconds,
        cost_usd=cost_usd,
        job_id=None,
        calibration_id=None,
        success_probability=1.0,
    )


AGREED = CircuitReport(
    name="bell",
    digest="a" * 64,
    status="agreed",
    confidence=0.98765,
    distribution={"00": 0.5, "11": 0.25, "01": 0.125, "10": 0.0625, "111": 0.0625},
    shots=100,
    accepted=("aer", "cirq"),
    rejected=(LeftOut(backend="torch", reason="differs"),),
    replicas=(replica("aer", 600), replica("cirq", 700)),
    read="twice",
)
DISPUTED = CircuitReport(name="two", digest="b" * 64, status="disputed")
REJECTED = CircuitReport(
    name="bad", digest=None, status="rejected", error=Fault(reason="no gate", line=3), warnings=("odd",)
)
SINGLE = CircuitReport(
    name="one", digest="c" * 64, status="unverified", distribution={"0": 1.0}, shots=9, accepted=("aer",)
)


def run_of(*circuits: CircuitReport) -> ExperimentReport:
    return ExperimentReport.of("study", circuits)


def rows(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| ") and "verdict" not in line]


def test_a_row_tells_verdict_confidence_outcomes_backends_and_reading():
    (row,) = rows(markdown(run_of(AGREED), {}))
    assert row == (
        "| bell | ✓ **agreed** | 0.988 "
        "| `00` 0.500 ± 0.050<br>`11` 0.250 ± 0.043<br>`01` 0.125 ± 0.033<br>`10` 0.062 ± 0.024 "
        "| aer<br>cirq<br>~~torch~~ | twice |"
    )


def test_what_needs_attention_stands_first():
    page = markdown(run_of(AGREED, SINGLE, REJECTED, DISPUTED), {})
    assert [row.split(" | ")[1] for row in rows(page)] == [
        "✗ **disputed**", "⊘ **rejected**", "? **unverified**", "✓ **agreed**",
    ]  # fmt: skip
    assert rows(page)[2] == "| one | ? **unverified** |  | `0` 1.000 ± 0.000 | aer | once |"


def test_the_page_begins_with_the_totals_and_ends_with_the_legend():
    page = markdown(run_of(AGREED, DISPUTED), {})
    assert page.startswith(
        "# Consensus of study\n\n**2 circuits: 1 agreed, 1 disputed.** "
        "1,300 shots in 3 s of backend time, 0.50 USD.\n\n| circuit | verdict |"
    )
    assert page.endswith(LEGEND.replace("\n", " ") + "\n")


@pytest.mark.parametrize(
    ("seconds", "told"), [(0.012345, "0.012 s"), (99.4, "99 s"), (100.0, "100 s"), (5400.0, "5,400 s")]
)
def test_seconds_are_told_as_precisely_as_they_matter(seconds: float, told: str):
    circuit = CircuitReport(
        name="c", digest="c" * 64, status="unverified", replicas=(replica("aer", 1, seconds=seconds),)
    )
    assert f"1 shots in {told} of backend time" in markdown(run_of(circuit), {})


def test_every_rejection_warning_and_error_is_a_note():
    page = markdown(run_of(AGREED, REJECTED), {})
    assert (
        "## What to know\n\n- **bad**: odd\n- **bad** is rejected: line 3: no gate\n"
        "- **bell**: torch is left out: differs\n" in page
    )
    assert "## What to know" not in markdown(run_of(SINGLE), {})
    lineless = CircuitReport(name="bad", digest=None, status="rejected", error=Fault(reason="no backend"))
    assert "- **bad** is rejected: no backend" in markdown(run_of(lineless), {})


def test_names_and_reasons_cannot_break_the_page():
    hostile = CircuitReport(
        name="a|b\n<c>`d`*e_f", digest="a" * 64, status="rejected", error=Fault(reason="x|y")
    )
    page = markdown(run_of(hostile), {"a" * 64: "https://pictures/1.png"})
    assert "| a\\|b &lt;c>'d'\\*e\\_f | ⊘ **rejected**" in page
    assert "**a\\|b &lt;c>'d'\\*e\\_f** is rejected: x\\|y" in page
    assert "![Histogram of a\\|b &lt;c>'d'\\*e\\_f](https://pictures/1.png)" in page


def test_pictures_stand_in_the_order_given_under_the_name_that_came_first():
    again = CircuitReport(name="bell#2", digest="a" * 64, status="agreed")
    page = markdown(run_of(AGREED, again, SINGLE), {"c" * 64: "one.png", "a" * 64: "bell.png"})
    assert page.endswith("![Histogram of one](one.png)\n\n![Histogram of bell](bell.png)\n")


def test_a_page_holds_fifty_circuits_and_says_how_many_more_there_are():
    assert MAX_CIRCUITS == 50
    circuits = [CircuitReport(name=f"c{i}", digest=f"{i:064x}", status="unverified") for i in range(50)]
    page = markdown(run_of(*circuits), {})
    assert len(rows(page)) == 50
    assert "more circuits" not in page
    longer = markdown(run_of(*circuits, DISPUTED, AGREED), {})
    assert len(rows(longer)) == 50
    assert rows(longer)[0].startswith("| two | ✗")
    assert "2 more circuits are in `report.json`." in longer


@pytest.mark.parametrize(
    ("circuits", "told"),
    [
        ((AGREED,), "1 circuit: 1 agreed"),
        ((AGREED, REJECTED, AGREED), "3 circuits: 2 agreed, 1 rejected"),
        ((SINGLE, AGREED, DISPUTED, REJECTED), "4 circuits: 1 agreed, 1 unverified, 1 rejected, 1 disputed"),
    ],
)
def test_a_headline_counts_the_verdicts_best_first(circuits: tuple[CircuitReport, ...], told: str):
    assert headline(run_of(*circuits)) == told


@pytest.mark.parametrize("status", ["disputed", "rejected"])
def test_an_outcome_names_the_circuits_without_a_result(status: Status):
    assert MAX_NAMED == 5
    lost = [CircuitReport(name=f"c{i}", digest=None, status=status) for i in range(6)]
    assert outcome(run_of(AGREED, SINGLE)) == "study, 2 circuits: 1 agreed, 1 unverified"
    told = f"study, 6 circuits: 1 agreed, 5 {status}; without a result: c0, c1, c2, c3, c4"
    assert outcome(run_of(AGREED, *lost[:5])) == told
    assert outcome(run_of(*lost)) == f"study, 6 circuits: 6 {status}; without a result: c0, c1, c2, c3, c4, …"
