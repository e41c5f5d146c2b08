"""Trainings from a terminal: `python -m flows.train_vqe`, `train_qaoa`, `train_qnn`, `migrate_training`, …"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from prefect.exceptions import Abort, Pause
from pydantic import ValidationError

from blocks.inputs import store_file
from blocks.object_store import ObjectStore, open_store
from flows.arguments import COMMANDS, Command, in_words
from flows.asked_trainings import refuse_unfit, start_of, with_layers
from flows.preflight import check_output, check_servers
from flows.terminal import show_answers, show_training, tell_the_story
from flows.training_curves import refuse_unknown_format, write_curve
from qorum.errors import QorumError
from qorum.runs.report import Findings
from qorum.training.ansatze.own import SUFFIX

OK, FAILED, USAGE = 0, 1, 2

Flow = Callable[..., Coroutine[Any, Any, Findings]]
Show = Callable[[dict[str, Any]], int]
"""Shows what was found, and says the exit status."""


def vqe(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_vqe`."""
    from flows.train_vqe import train_vqe

    return _train(COMMANDS["train_vqe"], train_vqe, arguments)


def qaoa(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_qaoa`."""
    from flows.train_qaoa import train_qaoa

    return _train(COMMANDS["train_qaoa"], train_qaoa, arguments)


def qnn(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_qnn`."""
    from flows.train_qnn import train_qnn

    return _train(COMMANDS["train_qnn"], train_qnn, arguments)


def migrate(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.migrate_training`."""
    from flows.migrate_training import migrate_training

    return _do(COMMANDS["migrate_training"], migrate_training, arguments)


def clean(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.clean_checkpoints`."""
    from flows.clean_checkpoints import clean_checkpoints

    return _do(COMMANDS["clean_checkpoints"], clean_checkpoints, arguments)


def canary(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.canary`."""
    from flows.canary import canary

    return _do(COMMANDS["canary"], canary, arguments, _answers)


def _done(findings: dict[str, Any]) -> int:
    show_training(findings, open_store().url)
    return OK


def _answers(findings: dict[str, Any]) -> int:
    show_answers(findings["answers"])
    return OK if all(row["answer"] == "right" for row in findings["answers"]) else FAILED


def _do(command: Command, flow: Flow, arguments: Sequence[str] | None, show: Show = _done) -> int:
    parser = command.parser()
    given = vars(parser.parse_args(arguments))
    told = given.pop("json")
    try:
        asked = command.asked(given)
    except ValidationError as error:
        return _refused(parser, in_words(error, command.request), USAGE)
    return _run(parser, told, lambda: flow(**asked.model_dump()), show)


def _train(command: Command, flow: Flow, arguments: Sequence[str] | None) -> int:
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
    return _run(parser, told, lambda: flow(**asked), curve=curve)


def _run(
    command: argparse.ArgumentParser,
    told: str | None,
    work: Callable[[], Coroutine[Any, Any, Findings]],
    show: Show = _done,
    curve: Path | None = None,
) -> int:
    try:
        for file in (told, curve):
            check_output(file)
        check_servers()
    except QorumError as error:
        return _refused(command, str(error), USAGE)
    tell_the_story()
    try:
        findings = dict(asyncio.run(work()))
        if curve:
            write_curve(findings, curve)
    except (QorumError, OSError) as error:
        return _refused(command, str(error), FAILED)
    except (Abort, Pause) as left:  # in Prefect's UI
        return _refused(command, str(left), FAILED)
    if told == "-":
        json.dump(findings, sys.stdout, indent=1)
        print()
        return OK
    if told:
        Path(told).write_text(json.dumps(findings, indent=1))
    return show(findings)


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
