"""Trainings from a terminal: `python -m flows.train_vqe`, `train_qaoa`, `train_qnn`, `migrate_training`, …"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from prefect.exceptions import Abort, Pause
from pydantic import ValidationError

from blocks.inputs import store_file
from blocks.object_store import ObjectStore, open_store
from flows.arguments import Command, in_words
from flows.asked_trainings import refuse_unfit, start_of, with_layers
from flows.preflight import check_output, check_servers
from flows.terminal import tell_the_story
from flows.training_curves import refuse_unknown_format, write_curve
from flows.training_tables import shown, status_of
from qorum.errors import QorumError
from qorum.findings import Findings
from qorum.training.ansatze.own import SUFFIX
from qorum.training.report import TrainingReport

OK, FAILED, USAGE = 0, 1, 2


def do(command: Command, arguments: Sequence[str] | None = None) -> int:
    """Run the flow of a command with what it is asked; show its report."""
    parser = command.parser()
    given = vars(parser.parse_args(arguments))
    told = given.pop("json")
    try:
        asked = command.asked(given)
    except ValidationError as error:
        return _refused(parser, in_words(error, command.request), USAGE)
    return carry_out(parser, told, lambda: flow_of(command)(**asked.model_dump()))


def train(command: Command, arguments: Sequence[str] | None = None) -> int:
    """Run the flow of a training; files are stored before, so that any worker has them."""
    parser, (problem,) = command.parser(), command.positional
    given = vars(parser.parse_args(arguments))
    told, plot, layers = (given.pop(name) for name in ("json", "plot", "layers"))
    store = open_store()
    try:
        refuse_unknown_format(plot)
        if "initial" in given:
            given["initial"] = start_of(given["initial"])
        asked = command.asked(given).model_dump()
        model = "model" if "model" in asked else "ansatz"
        if layers is not None:
            asked[model] = with_layers(asked[model], layers)
        refuse_unfit(asked, model)
        asked[problem] = _reference(asked[problem], store)
        if asked[model].endswith(SUFFIX):
            asked[model] = store_file(Path(asked[model]), store)
    except ValidationError as error:
        return _refused(parser, in_words(error, command.request), USAGE)
    except QorumError as error:
        return _refused(parser, str(error), USAGE)
    curve = Path(plot) if plot else None

    async def with_curve() -> Findings[TrainingReport]:
        findings = await flow_of(command)(**asked)
        if curve:
            write_curve(findings.report, curve)
        return findings

    return carry_out(parser, told, with_curve, curve)


def flow_of(command: Command) -> Callable[..., Coroutine[Any, Any, Findings[Any]]]:
    """It is called as its module is; Prefect and the libraries that it needs are imported now."""
    return getattr(import_module(f"{__package__}.{command.name}"), command.name)


def carry_out(
    command: argparse.ArgumentParser,
    told: str | None,
    work: Callable[[], Coroutine[Any, Any, Findings[Any]]],
    drawn: Path | None = None,
) -> int:
    """Run a flow, once it is known that what comes of it can be written; show its report.

    Args:
        command: of whose words messages are.
        told: file for the report as JSON; `-`: it is printed, and nothing else.
        work: the flow.
        drawn: file that the work writes a picture to.
    """
    try:
        for file in (told, drawn):
            check_output(file)
        check_servers()
    except QorumError as error:
        return _refused(command, str(error), USAGE)
    tell_the_story()
    try:
        report = asyncio.run(work()).report
    except (QorumError, OSError) as error:
        return _refused(command, str(error), FAILED)
    except (Abort, Pause) as left:  # in Prefect's UI
        return _refused(command, str(left), FAILED)
    if told == "-":
        print(report.as_json(indent=1))
        return status_of(report)
    if told:
        Path(told).write_text(report.as_json(indent=1))
    return shown(report)


def _reference(text: str, store: ObjectStore) -> str:
    """What the flow takes: a name as it is, a file as the key it gets in the store."""
    path, separator, label = text.partition("#")
    file = Path(path)
    if not file.is_file():
        is_stored = store.is_key(path) and store.exists(path)
        if (file.suffix in (".json", ".csv", ".parquet", ".xyz", ".qubo") or file.is_dir()) and not is_stored:
            raise QorumError(f"{path}: no such file, and no such key in {store.url}")
        return text
    return store_file(file, store) + separator + label


def _refused(command: argparse.ArgumentParser, message: str, status: int) -> int:
    print(f"{command.prog}: {message}", file=sys.stderr)
    return status
