"""What a terminal shows of a run: its story while it lasts, then a table of results."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from prefect.exceptions import ParameterTypeError
from prefect.logging.handlers import PrefectConsoleHandler
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from qorum.errors import QorumError
from qorum.runs.report import CircuitReport, RunReport, Status, Totals

STYLES: dict[Status, str] = {"agreed": "green", "unverified": "yellow", "disputed": "red", "rejected": "red"}

PLAIN_WIDTH = 160
"""Columns where the output is no terminal."""

MACHINERY = ("Beginning flow run", "Beginning subflow run", "View at ", "Finished in state")
"""How Prefect's own lines start that tell of every flow and task."""


def tell_the_story() -> None:
    """Have Prefect's console log show what our tasks say and what goes wrong, one short line each."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, PrefectConsoleHandler):
            handler.addFilter(_is_story)
            handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))


def _is_story(record: logging.LogRecord) -> bool:
    if _told_at_the_end(record):
        return False
    return record.levelno > logging.INFO or not record.getMessage().startswith(MACHINERY)


def _told_at_the_end(record: logging.LogRecord) -> bool:
    """Whether it is one of Prefect's accounts, traceback and all, of an error that ends the run in words."""
    error = record.exc_info[1] if record.exc_info else None
    return isinstance(error, QorumError | ParameterTypeError) or record.getMessage().startswith(
        "Finished in state Failed"
    )


def open_console() -> Console:
    """Where tables are printed, wide enough for them where the output is no terminal."""
    return Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def show(report: RunReport, links: dict[str, str], json_file: str | None) -> None:
    """Print the report, as JSON alone where `json_file` is `-`.

    Args:
        report: what came of the run.
        links: where to look further, by what is there.
        json_file: where the report goes as JSON too; None: nowhere.
    """
    if json_file == "-":
        print(report.as_json(indent=1))
        return
    if json_file:
        Path(json_file).write_text(report.as_json(indent=1))
    console = open_console()
    console.print(_table(report))
    for circuit in report.circuits:
        for warning in circuit.warnings:
            console.print(f"[yellow]{escape(circuit.name)}[/]: {escape(warning)}")
    for what, where in links.items():
        console.print(f"{what:<8} {escape(where)}", soft_wrap=True)


def _table(report: RunReport) -> Table:
    table = Table(title=f"Experiment {report.experiment_id}", caption=_totals(report.totals))
    for heading in ("circuit", "verdict", "confidence", "backends", "top outcomes", "backend time"):
        table.add_column(heading, justify="right" if heading in ("confidence", "backend time") else "left")
    for circuit in report.circuits:
        style = STYLES[circuit.status]
        table.add_row(
            escape(circuit.name),
            f"[{style}]{circuit.status}[/]",
            "" if circuit.confidence is None else f"{circuit.confidence:.3f}",
            _backends(circuit),
            _outcomes(circuit),
            f"{circuit.seconds:.3f} s" if circuit.replicas else "",
        )
    return table


def _totals(totals: Totals) -> str:
    found = totals.statuses
    statuses = ", ".join(f"{found[status]} {status}" for status in STYLES if status in found)
    circuits = "1 circuit" if totals.circuits == 1 else f"{totals.circuits} circuits"
    return (
        f"{circuits}: {statuses}; {totals.shots:,} shots in"
        f" {totals.seconds:.2f} s of backend time, {totals.spent}"
    )


def _backends(circuit: CircuitReport) -> str:
    left_out = [f"[red]not {escape(one.backend)}: {escape(one.reason)}[/]" for one in circuit.rejected]
    return "\n".join([escape(", ".join(circuit.accepted)), *left_out]).strip()


def _outcomes(circuit: CircuitReport) -> str:
    if circuit.error:
        line = f"line {circuit.error.line}: " if circuit.error.line else ""
        return escape(f"{line}{circuit.error.reason}")
    if circuit.read == "differently":
        return "two readings of the input differ: nothing is called right"
    if circuit.status == "disputed":
        return "the backends contradict each other: nothing is merged"
    return "  ".join(f"{outcome} {probability:.3f}" for outcome, probability in circuit.top(4))
