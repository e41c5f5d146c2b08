"""The report as a page of Markdown for people."""

from __future__ import annotations

import math
from collections.abc import Mapping

from qorum.runs.report import CircuitReport, ExperimentReport, Status

MAX_CIRCUITS = 50
"""Circuits told one by one; the report itself holds all of them."""

MAX_NAMED = 5
"""Circuits without a result that the outcome names."""

SIGNS: dict[Status, str] = {"disputed": "✗", "rejected": "⊘", "unverified": "?", "agreed": "✓"}
"""By status, what needs attention first."""

LEGEND = """*✓ agreed*: a majority of independent backends shows one distribution, which is given here.
*✗ disputed*: no majority does. *? unverified*: no second backend has confirmed it. *⊘ rejected*: it
could not be run. *Confidence*: the least probability, over every two backends, that both show the
same distribution; it measures agreement, not accuracy. *±*: one standard error of sampling, to
which the noise of noisy backends adds. ~~Struck out~~: not part of the result. *Read twice*: a second,
independent reader understands the input alike."""


def markdown(report: ExperimentReport, pictures: Mapping[str, str]) -> str:
    """Verdicts and outcomes as a table, what was outvoted, warned of or refused, then histograms.

    Args:
        report: of one run; circuits that need attention come first.
        pictures: by digest, the address of a histogram, in the order to show.
    """
    told = sorted(report.circuits, key=lambda circuit: list(SIGNS).index(circuit.status))[:MAX_CIRCUITS]
    parts = [
        f"# Consensus of {report.experiment_id}",
        _totals(report),
        "| circuit | verdict | confidence | top outcomes | backends | read |\n|---|---|---|---|---|---|\n"
        + "\n".join(_row(circuit) for circuit in told),
    ]
    if len(told) < len(report.circuits):
        parts.append(f"{len(report.circuits) - len(told)} more circuits are in `report.json`.")
    if notes := [note for circuit in told for note in _notes(circuit)]:
        parts.append("## What to know\n\n" + "\n".join(f"- {note}" for note in notes))
    if used := _calibrations(report):
        parts.append(f"Calibrations: {'; '.join(used)}.")
    parts.append(LEGEND.replace("\n", " "))
    names = {circuit.digest: circuit.name for circuit in reversed(report.circuits)}
    parts += [f"![Histogram of {_plain(names[digest])}]({url})" for digest, url in pictures.items()]
    return "\n\n".join(parts) + "\n"


def headline(report: ExperimentReport) -> str:
    """How many circuits ended how, e.g. `2 circuits: 1 agreed, 1 disputed`."""
    totals = report.totals
    statuses = ", ".join(f"{count} {status}" for status, count in totals.statuses.items())
    return f"{totals.circuits} circuit{'s' if totals.circuits != 1 else ''}: {statuses}"


def outcome(report: ExperimentReport) -> str:
    """The id, the headline and the circuits that have no result, e.g. `a1, 1 circuit: 1 disputed; …: w`."""
    unsettled = [circuit.name for circuit in report.circuits if not circuit.settled]
    named = ", ".join(unsettled[:MAX_NAMED]) + (", …" if len(unsettled) > MAX_NAMED else "")
    return f"{report.experiment_id}, {headline(report)}" + (f"; without a result: {named}" if named else "")


def _totals(report: ExperimentReport) -> str:
    totals = report.totals
    spent = f"{totals.seconds:,.0f}" if totals.seconds >= 100 else f"{totals.seconds:.2g}"
    return f"**{headline(report)}.** {totals.shots:,} shots in {spent} s of backend time, {totals.spent}."


def _row(circuit: CircuitReport) -> str:
    cells = [
        _plain(circuit.name),
        f"{SIGNS[circuit.status]} **{circuit.status}**",
        "" if circuit.confidence is None else f"{circuit.confidence:.3f}",
        "<br>".join(_outcome(outcome, p, circuit.shots) for outcome, p in circuit.top(4)),
        "<br>".join([*circuit.accepted, *(f"~~{left_out.backend}~~" for left_out in circuit.rejected)]),
        circuit.read,
    ]
    return f"| {' | '.join(cells)} |"


def _outcome(outcome: str, probability: float, shots: int) -> str:
    error = math.sqrt(probability * (1 - probability) / shots)
    return f"`{outcome}` {probability:.3f} ± {error:.3f}"


def _notes(circuit: CircuitReport) -> list[str]:
    name = f"**{_plain(circuit.name)}**"
    notes = [f"{name}: {one.backend} is left out: {_plain(one.reason)}" for one in circuit.rejected]
    notes += [f"{name}: {_plain(warning)}" for warning in circuit.warnings]
    if circuit.error:
        line = f"line {circuit.error.line}: " if circuit.error.line else ""
        notes.append(f"{name} is rejected: {line}{_plain(circuit.error.reason)}")
    return notes


def _calibrations(report: ExperimentReport) -> list[str]:
    """Which calibrations circuits were compiled for, by backend."""
    used: dict[str, dict[str, None]] = {}
    for replica in (replica for circuit in report.circuits for replica in circuit.replicas):
        if replica.calibration_id:
            used.setdefault(replica.backend, {}).update(dict.fromkeys(replica.calibration_id.split(", ")))
    return [f"{backend} {', '.join(f'`{one}`' for one in ids)}" for backend, ids in used.items()]


def _plain(text: str) -> str:
    """User text without what would break a table or pass for markup."""
    return text.translate(
        str.maketrans({"|": "\\|", "\n": " ", "<": "&lt;", "`": "'", "*": "\\*", "_": "\\_"})
    )
