"""The report as a page of Markdown for people."""

from __future__ import annotations

from qorum.results.report import CircuitReport, ExperimentReport

MAX_CIRCUITS = 50
"""Circuits told one by one; the report itself holds all of them."""

SIGNS = {"agreed": "✅", "unverified": "🟡", "disputed": "❌", "rejected": "⛔"}


def markdown(report: ExperimentReport) -> str:
    """A table of verdicts, then what was outvoted, warned of or refused, and why."""
    told = report.circuits[:MAX_CIRCUITS]
    parts = [
        f"# Consensus of {report.experiment_id}",
        _totals(report),
        "| circuit | verdict | confidence | agreed by | top outcomes |\n|---|---|---|---|---|\n"
        + "\n".join(_row(circuit) for circuit in told),
    ]
    if len(told) < len(report.circuits):
        parts.append(f"{len(report.circuits) - len(told)} more circuits are in `report.json`.")
    notes = [note for circuit in told for note in _notes(circuit)]
    if notes:
        parts.append("## Notes\n" + "\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts) + "\n"


def _totals(report: ExperimentReport) -> str:
    totals = report.totals()
    statuses = ", ".join(
        f"{totals[status]} {status}" for status in SIGNS if status in totals and totals[status]
    )
    return (
        f"{totals['circuits']} circuits: {statuses}. {totals['shots']:,} shots in"
        f" {totals['seconds']:.1f} s of backend time, {totals['cost_usd']:.2f} USD."
    )


def _row(circuit: CircuitReport) -> str:
    confidence = "" if circuit.confidence is None else f"{circuit.confidence:.3f}"
    top = " ".join(f"`{outcome}` {probability:.3f}" for outcome, probability in circuit.top(4))
    cells = [
        _plain(circuit.name),
        f"{SIGNS[circuit.status]} {circuit.status}",
        confidence,
        ", ".join(circuit.accepted),
        top,
    ]
    return f"| {' | '.join(cells)} |"


def _notes(circuit: CircuitReport) -> list[str]:
    name = f"**{_plain(circuit.name)}**"
    notes = [f"{name}: `{backend}` is left out: {_plain(reason)}" for backend, reason in circuit.rejected]
    notes += [f"{name}: {_plain(warning)}" for warning in circuit.warnings]
    if circuit.error:
        line = f"line {circuit.error.line}: " if circuit.error.line else ""
        notes.append(f"{name} is rejected: {line}{_plain(circuit.error.reason)}")
    return notes


def _plain(text: str) -> str:
    """User text without what would break a table or pass for markup."""
    return text.translate(str.maketrans({"|": "\\|", "\n": " ", "<": "&lt;", "`": "'"}))
