"""`python -m flows.run_circuits`: the main job from a terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect.settings import get_current_settings
from pydantic import ValidationError

from blocks.inputs import store_file
from blocks.object_store import ObjectStore, open_store
from flows.arguments import Asked
from flows.arguments import run_circuits as run_parser
from flows.preflight import check_names, check_output, check_servers
from flows.run_circuits import run_circuits
from flows.terminal import show, tell_the_story
from qorum.errors import QorumError

OK, UNSETTLED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the circuits named on the command line; print what came of them.

    Returns:
        0: all circuits are agreed or unverified; 1: some are rejected or disputed; 2: wrong usage.
    """
    options = run_parser().parse_args(arguments)
    tell_the_story()
    try:
        options.inputs = _inputs(options.inputs)
        asked = Asked(**{name: getattr(options, name) for name in Asked.model_fields})
        check_output(options.json)
        check_names(options.circuits, asked.backends)
        check_servers()
        store = open_store()
        circuits = [_reference(circuit, store) for circuit in options.circuits]
        report = dict(asyncio.run(run_circuits(circuits, **asked.model_dump())))
    except ValidationError as error:
        return _usage(
            "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        )
    except (QorumError, OSError) as error:
        return _usage(str(error))
    show(report, _links(report), options.json)
    return _exit_status(report, set(options.expect_rejected))


def _inputs(listed: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for given in listed:
        name, equals, value = given.partition("=")
        if not equals or not value or name in found:
            raise QorumError(f"--input: NAME=VALUE expected, each name once, found {given!r}")
        found[name] = value
    return found


def _reference(circuit: str, store: ObjectStore) -> str:
    """What the flow takes: a template as it is, a file as the key it gets in the store."""
    if circuit.startswith("template:"):
        return circuit
    path = Path(circuit)
    if not path.is_file():
        raise QorumError(f"{circuit}: no such file (templates are written template:NAME?parameter=value)")
    return store_file(path, store)


def _usage(message: str) -> int:
    print(f"python -m flows.run_circuits: {message}", file=sys.stderr)
    return USAGE


def _exit_status(report: dict[str, Any], expected: set[str]) -> int:
    unsettled = {
        circuit["name"] for circuit in report["circuits"] if circuit["status"] not in ("agreed", "unverified")
    }
    rejected = {circuit["name"] for circuit in report["circuits"] if circuit["status"] == "rejected"}
    return OK if unsettled - (expected & rejected) == set() and expected <= rejected else UNSETTLED


def _links(report: dict[str, Any]) -> dict[str, str]:
    """Where to look further; a temporary server's pages are seen once a lasting one serves its database."""
    links = dict(report["links"])
    links["plots"] = f"{links['results']}/plots"
    if not get_current_settings().api.url:
        links["prefect"] = "`make ui` shows this run and the next ones, with their logs and reports"
    return {what: links[what] for what in ("results", "plots", "mlflow", "prefect")}
