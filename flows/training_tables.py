"""What a terminal shows of a training, of its moves, of old checkpoints, and of what backends answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatch

from rich.markup import escape
from rich.table import Table

from blocks.object_store import open_store
from blocks.trainings import CleaningReport
from flows.terminal import open_console
from qorum.findings import Report
from qorum.ledger.held_report import HeldReport
from qorum.routing.calibration_report import CalibrationsReport, RefreshReport
from qorum.routing.connections import ConnectionsReport
from qorum.runs.canary_report import CanaryReport
from qorum.training.phases import Move
from qorum.training.report import Migration, TrainingReport

OK, FAILED = 0, 1


@singledispatch
def status_of(report: Report) -> int:
    """The exit status that a report deserves, however it is printed."""
    del report
    return OK


@status_of.register
def _(report: CanaryReport) -> int:
    return OK if all(row.is_right for row in report.answers) else FAILED


@status_of.register
def _(report: ConnectionsReport) -> int:
    return OK if report.is_good else FAILED


@status_of.register
def _(report: RefreshReport) -> int:
    return OK if report.is_good else FAILED


@status_of.register
def _(report: CalibrationsReport) -> int:
    return FAILED if report.missing else OK


@singledispatch
def shown(report: Report) -> int:
    """Print a report: as it is fit for its kind, or as JSON; the exit status that it deserves."""
    print(report.as_json(indent=1))
    return OK


@shown.register
def _(report: TrainingReport) -> int:
    """What there is none of has no line."""
    rows: dict[str, float | str | None] = {
        "training id": report.training_id,
        report.minimized: report.energy,
        "deviation": report.deviation or None,
        "reference": report.reference,
        "steps": report.steps,
        "evaluations": report.evaluations,
        "shots": report.shots or None,
        "cost usd": report.cost_usd or None,
        "seconds": report.seconds,
        "model": report.model,
        "optimizer": report.optimizer,
        "backend": report.backend,
        "reason": report.reason,
        "warnings": ", ".join(report.warnings),
        "moves": "\n".join(map(_move, report.moves)),
        "states": "\n".join(f"state {one.level}: {one.in_words()} ({one.reason})" for one in report.states),
        **report.figures,
        "results": f"{open_store().url.rstrip('/')}/results/{report.training_id}",
        "above the reference": None if report.error is None else f"{report.error:.2e}",
    }
    _print(rows, report.name)
    return OK


@shown.register
def _(report: Migration) -> int:
    if report.report:
        return shown(report.report)
    rows: dict[str, float | str | None] = {
        "training id": report.training_id,
        "backend": report.backend,
        "moved": report.moved,
        "evaluations": report.evaluations,
    }
    _print(rows)
    return OK


@shown.register
def _(report: CleaningReport) -> int:
    told = [
        f"training id {one.training_id}, removed {one.removed}, kept {one.kept}"
        + (f", note {one.note}" if one.note else "")
        for one in report.trainings
    ]
    _print({"trainings": "\n".join(told)})
    return OK


@shown.register
def _(report: HeldReport) -> int:
    for job in report.jobs:
        rows: dict[str, float | str | None] = {
            **{"token": job.token, "backend": job.backend, "place": job.place},
            **{"held since": f"{job.since:%Y-%m-%d %H:%M} UTC", "set aside (USD)": job.most_usd},
            **{"reason": job.reason, "decided": job.decision},
        }
        _print(rows)
    if not report.jobs:
        open_console().print(f"no job of {escape(report.experiment_id)} is held")
    return OK


@shown.register
def _(report: CanaryReport) -> int:
    table = Table()
    for heading in ("circuit", "backend", "answer", "reason"):
        table.add_column(heading)
    for row in report.answers:
        style = "green" if row.is_right else "red"
        table.add_row(
            *(escape(row.circuit), escape(row.backend)),
            *(f"[{style}]{row.answer}[/]", escape(row.reason)),
        )
    open_console().print(table)
    return status_of(report)


@shown.register
def _(report: ConnectionsReport) -> int:
    """A table, and below it what is wrong with whom, at full length."""
    console = open_console()
    if not report.connections:
        console.print("nobody was asked: no credentials are given")
        return status_of(report)
    table = Table(*(name for name in report.rows[0] if name != "reason"))
    for row in report.rows:
        cells = {name: escape(cell) for name, cell in row.items() if name != "reason"}
        style = "green" if row["reachable"] == "yes" else "red"
        table.add_row(*({**cells, "reachable": f"[{style}]{row['reachable']}[/]"}.values()))
    console.print(table)
    for one in report.connections:
        if one.reason:
            console.print(f"{escape(one.backend)}: {escape(one.reason)}", soft_wrap=True)
    return status_of(report)


@shown.register
def _(report: RefreshReport) -> int:
    """A table, and below it who has none and why."""
    if report.backends:
        _columns(report.rows, without="reason")
    console = open_console()
    console.print(report.headline)
    for one in report.backends:
        if one.reason:
            console.print(f"{escape(one.backend)}: {escape(one.reason)}", soft_wrap=True)
    return status_of(report)


@shown.register
def _(report: CalibrationsReport) -> int:
    """The list, then a table for each comparison."""
    console = open_console()
    if report.snapshots:
        _columns(report.rows)
    elif not report.missing:
        console.print("no calibrations are stored: python -m flows.refresh_calibrations stores them")
    if report.older:
        console.print(f"{report.older} older ones are stored: --most tells more")
    for one in report.comparisons:
        title = f"{escape(one.backend)}: {one.earlier:%Y-%m-%d %H:%M} against {one.later:%Y-%m-%d %H:%M} UTC"
        _columns(one.rows, title)
    for name in report.missing:
        told = f"{escape(name)}: nothing is stored yet: python -m flows.refresh_calibrations stores it"
        console.print(told, soft_wrap=True)
    return status_of(report)


def _columns(rows: Sequence[Mapping[str, str]], title: str | None = None, without: str = "") -> None:
    names = [name for name in rows[0] if name != without and any(row[name] for row in rows)]
    table = Table(*names, title=title)
    for row in rows:
        table.add_row(*(escape(row[name]) for name in names))
    open_console().print(table)


def _print(rows: Mapping[str, float | str | None], title: str | None = None) -> None:
    table = Table(show_header=False, title=title)
    for name, value in rows.items():
        if value is not None and value != "":
            table.add_row(name, escape(f"{value:.10g}" if isinstance(value, float) else str(value)))
    open_console().print(table)


def _move(move: Move) -> str:
    before = "unknown" if move.energy is None else f"{move.energy:.8f}"
    return (
        f"at evaluation {move.evaluation} from {move.origin} ({before})"
        f" to {move.target} ({move.energy_there:.8f}): {move.reason}"
    )
