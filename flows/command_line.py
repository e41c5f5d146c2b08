"""`python -m flows.run_circuits`: the main job from a terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from prefect.settings import get_current_settings
from pydantic import ValidationError

from blocks.inputs import store_file
from blocks.object_store import ObjectStore, open_store
from flows.arguments import Command, in_words, named_values
from flows.preflight import check_names, check_output, check_servers
from flows.requests import RunRequest
from flows.run_circuits import run_circuits
from flows.terminal import show, tell_the_story
from qorum.errors import QorumError
from qorum.runs.report import Links, RunReport

OK, UNSETTLED, USAGE = 0, 1, 2


def run(command: Command, arguments: Sequence[str] | None = None) -> int:
    """Run the circuits named on the command line; print what came of them.

    Returns:
        0: all circuits are agreed or unverified; 1: some are rejected or disputed; 2: wrong usage.
    """
    parser = command.parser()
    given = vars(parser.parse_args(arguments))
    told, expected = given.pop("json"), set(given.pop("expect_rejected"))
    tell_the_story()
    try:
        if "inputs" in given:
            given["inputs"] = named_values(given["inputs"])
        asked = cast("RunRequest", command.asked(given))
        check_output(told)
        check_names(asked.circuits, asked.backends)
        check_servers()
        store = open_store()
        circuits = [_reference(circuit, store) for circuit in asked.circuits]
        report = asyncio.run(run_circuits(**{**asked.model_dump(), "circuits": circuits})).report
    except ValidationError as error:
        return _usage(parser.prog, in_words(error, RunRequest))
    except (QorumError, OSError) as error:
        return _usage(parser.prog, str(error))
    show(report, _places(report.links), told)
    return _exit_status(report, expected)


def _reference(circuit: str, store: ObjectStore) -> str:
    """What the flow takes: a template as it is, a file as the key it gets in the store."""
    if circuit.startswith("template:"):
        return circuit
    path = Path(circuit)
    if not path.is_file():
        raise QorumError(f"{circuit}: no such file (templates are written template:NAME?parameter=value)")
    return store_file(path, store)


def _usage(program: str, message: str) -> int:
    print(f"{program}: {message}", file=sys.stderr)
    return USAGE


def _exit_status(report: RunReport, expected: set[str]) -> int:
    unsettled = {circuit.name for circuit in report.circuits if not circuit.settled}
    rejected = {circuit.name for circuit in report.circuits if circuit.status == "rejected"}
    return OK if unsettled - (expected & rejected) == set() and expected <= rejected else UNSETTLED


def _places(links: Links) -> dict[str, str]:
    """Where to look further; a temporary server's pages are seen once a lasting one serves its database."""
    shown_later = "`make ui` shows this run and the next ones, with their logs and reports"
    return {
        "results": links.results,
        "plots": f"{links.results}/plots",
        "mlflow": links.mlflow,
        "prefect": links.prefect if get_current_settings().api.url else shown_later,
    }
