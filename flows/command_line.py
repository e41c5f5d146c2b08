"""`python -m flows.run_circuits`: the main job from a terminal."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from prefect.settings import get_current_settings
from pydantic import Field, ValidationError

from blocks.inputs import store_file
from blocks.object_store import ObjectStore, open_store
from flows.dispatching import Dispatch
from flows.preflight import check_names, check_output, check_servers
from flows.run_circuits import run_circuits
from flows.terminal import show, tell_the_story
from qorum.errors import QorumError
from qorum.parameters import Experiment, NewOrKnownId, Tags
from qorum.runs.experiments import RunOptions

OK, UNSETTLED, USAGE = 0, 1, 2
EXAMPLES = """
examples:
  python -m flows.run_circuits examples/ghz.qasm template:grover?marked=1011
  python -m flows.run_circuits bell.qasm --backends torch,aer,cirq --shots 4096 --json result.json
  python -m flows.run_circuits bell.qasm --backends 'torch,aer?noise=fake_torino' --experiment-id bell-1

exit status: 0 all agreed or unverified, 1 some rejected or disputed, 2 wrong usage
"""


class Asked(RunOptions):
    """Every parameter of the flow besides the circuits, with the defaults of a terminal."""

    experiment: Experiment = "qorum"
    experiment_id: NewOrKnownId = ""
    tags: Tags = Field(default_factory=list)
    dispatch: Dispatch = "inline"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the circuits named on the command line; print what came of them.

    Returns:
        0: all circuits are agreed or unverified; 1: some are rejected or disputed; 2: wrong usage.
    """
    options = _parser().parse_args(arguments)
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


def _parser() -> argparse.ArgumentParser:
    defaults = {name: field.default for name, field in Asked.model_fields.items()}
    parser = argparse.ArgumentParser(
        prog="python -m flows.run_circuits",
        description="Run circuits on independent backends and report what these agree on.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "circuits",
        nargs="+",
        metavar="CIRCUIT",
        help="an OpenQASM 2 or 3 file, or template:NAME?parameter=value&…",
    )
    add = parser.add_argument
    add("--shots", default=defaults["shots"], metavar="N", help="samples on each backend (%(default)s)")
    add("--replicas", default=defaults["replicas"], metavar="K", help="backends per circuit (%(default)s)")
    add("--confidence", default=defaults["confidence"], metavar="C", help="least, 0.5 to 1 (%(default)s)")
    add("--backends", default=[], type=_names, metavar="A,B", help="backends allowed (all local ones)")
    objectives = get_args(RunOptions.model_fields["objective"].annotation)
    add("--objective", default=defaults["objective"], choices=objectives, help="ranking (%(default)s)")
    add("--max-cost-usd", default=defaults["max_cost_usd"], metavar="USD", help="budget (%(default)s)")
    add("--optimization-level", default=defaults["optimization_level"], metavar="0-3", help="(%(default)s)")
    add("--seed", default=defaults["seed"], metavar="N", help="same seed, same counts (%(default)s)")
    add(
        "--input",
        action="append",
        default=[],
        dest="inputs",
        metavar="NAME=VALUE",
        help="of an `input` variable of OpenQASM 3, such as theta=pi/2; repeatable",
    )
    add(
        "--experiment",
        default=defaults["experiment"],
        metavar="NAME",
        help="groups runs in MLflow (%(default)s)",
    )
    add("--experiment-id", default="", metavar="ID", help="the same id again goes on where it stopped")
    add("--tag", action="append", default=[], dest="tags", metavar="TAG", help="label in MLflow; repeatable")
    places = get_args(Asked.model_fields["dispatch"].annotation)
    add("--dispatch", default=defaults["dispatch"], choices=places, help="where batches run (%(default)s)")
    add("--json", metavar="FILE|-", help="write the whole report as JSON")
    add(
        "--expect-rejected",
        action="append",
        default=[],
        metavar="NAME",
        help="a circuit that must be rejected; if it is, it does not count in the exit status",
    )
    return parser


def _names(listed: str) -> list[str]:
    return [name for name in listed.split(",") if name]


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
