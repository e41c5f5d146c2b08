"""What a terminal shows of a run: its story while it lasts, then a table of results."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from prefect.exceptions import ParameterTypeError
from prefect.logging.handlers import PrefectConsoleHandler
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from qorum.errors import QorumError

STYLES = {"agreed": "green", "unverified": "yellow", "disputed": "red", "rejected": "red"}
UNSHOWN = ("name", "kind", "history", "parameters", "operators", "figures", "minimized")
"""Of a training's report, what a table has no place for."""

UNSHOWN_AT_ZERO = ("shots", "cost_usd", "deviation")
"""Of these 0 means that there were none."""

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


def show(report: dict[str, Any], links: dict[str, str], json_file: str | None) -> None:
    """Print the report, as JSON alone where `json_file` is `-`.

    Args:
        report: as of `run_circuits`.
        links: where to look further, by what is there.
        json_file: where the report goes as JSON too; None: nowhere.
    """
    if json_file == "-":
        json.dump(report, sys.stdout, indent=1)
        print()
        return
    if json_file:
        Path(json_file).write_text(json.dumps(report, indent=1))
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    console.print(_table(report))
    for circuit in report["circuits"]:
        for warning in circuit["warnings"]:
            console.print(f"[yellow]{escape(circuit['name'])}[/]: {escape(warning)}")
    for what, where in links.items():
        console.print(f"{what:<8} {escape(where)}", soft_wrap=True)


def show_training(findings: dict[str, Any], store: str) -> None:
    """Print what came of a training, of a move or of cleaning.

    Args:
        findings: what the flow returned.
        store: address of the store, for where results are.
    """
    console = Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    report = findings.get("report", findings)
    place = f"{store.rstrip('/')}/results/{report['training_id']}" if "history" in report else ""
    table = Table(show_header=False, title=report.get("name"))
    what = {"energy": "loss"} if report.get("kind") == "qnn" else {}
    for name, value in {**report, **report.get("figures", {}), "results": place}.items():
        absent = value in (None, "", [], {}) or (name in UNSHOWN_AT_ZERO and not value)
        if name not in UNSHOWN and not absent:
            table.add_row(what.get(name, name).replace("_", " "), escape(_in_words(value)))
    if report.get("reference") is not None:
        table.add_row("above the reference", f"{report['energy'] - report['reference']:.2e}")
    console.print(table)


def show_answers(answers: Sequence[dict[str, str]]) -> None:
    """Print what every backend answered, one line each.

    Args:
        answers: rows of `circuit`, `backend`, `answer` and `reason`.
    """
    table = Table()
    for heading in ("circuit", "backend", "answer", "reason"):
        table.add_column(heading)
    for row in answers:
        style = "green" if row["answer"] == "right" else "red"
        table.add_row(
            *(escape(row["circuit"]), escape(row["backend"])),
            *(f"[{style}]{row['answer']}[/]", escape(row["reason"])),
        )
    Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH).print(table)


def _in_words(value: Any) -> str:
    if isinstance(value, dict):
        return _entry(cast(dict[str, Any], value))
    if isinstance(value, list | tuple):
        parts = [_in_words(each) for each in cast(Sequence[Any], value)]
        return ("\n" if isinstance(value[0], dict | list | tuple) else ", ").join(parts) if parts else ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _entry(entry: dict[str, Any]) -> str:
    if "origin" not in entry:
        told = {name.replace("_", " "): _in_words(each) for name, each in entry.items()}
        return ", ".join(f"{name} {words}" for name, words in told.items() if words)
    energies = [
        "unknown" if one is None else f"{one:.8f}" for one in (entry["energy"], entry["energy_there"])
    ]
    told = f"at evaluation {entry['evaluation']} from {entry['origin']} ({energies[0]})"
    return f"{told} to {entry['target']} ({energies[1]}): {entry['reason']}"


def _table(report: dict[str, Any]) -> Table:
    table = Table(title=f"Experiment {report['experiment_id']}", caption=_totals(report["totals"]))
    for heading in ("circuit", "verdict", "confidence", "backends", "top outcomes", "backend time"):
        table.add_column(heading, justify="right" if heading in ("confidence", "backend time") else "left")
    for circuit in report["circuits"]:
        style = STYLES[circuit["status"]]
        confidence = circuit["confidence"]
        table.add_row(
            escape(circuit["name"]),
            f"[{style}]{circuit['status']}[/]",
            "" if confidence is None else f"{confidence:.3f}",
            _backends(circuit),
            _outcomes(circuit),
            _seconds(circuit),
        )
    return table


def _seconds(circuit: dict[str, Any]) -> str:
    seconds = sum(replica["seconds"] for replica in circuit["replicas"])
    return f"{seconds:.3f} s" if circuit["replicas"] else ""


def _totals(totals: dict[str, Any]) -> str:
    statuses = ", ".join(f"{totals[status]} {status}" for status in STYLES if totals.get(status))
    circuits = "1 circuit" if totals["circuits"] == 1 else f"{totals['circuits']} circuits"
    return (
        f"{circuits}: {statuses}; {totals['shots']:,} shots in"
        f" {totals['seconds']:.2f} s of backend time, {totals['cost_usd']:.2f} USD"
    )


def _backends(circuit: dict[str, Any]) -> str:
    left_out = [
        f"[red]not {escape(found['backend'])}: {escape(found['reason'])}[/]" for found in circuit["rejected"]
    ]
    return "\n".join([escape(", ".join(circuit["accepted"])), *left_out]).strip()


def _outcomes(circuit: dict[str, Any]) -> str:
    if circuit["error"]:
        line = f"line {circuit['error']['line']}: " if circuit["error"]["line"] else ""
        return escape(f"{line}{circuit['error']['reason']}")
    if circuit["read"] == "differently":
        return "two readings of the input differ: nothing is called right"
    if circuit["status"] == "disputed":
        return "the backends contradict each other: nothing is merged"
    best = sorted(circuit["distribution"].items(), key=lambda item: (-item[1], item[0]))[:4]
    return "  ".join(f"{outcome} {probability:.3f}" for outcome, probability in best)
