"""Trainings from a terminal: `python -m flows.train_vqe`, `train_qaoa`, `train_qnn`, `migrate_training`, …"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from prefect.exceptions import Abort, ParameterTypeError, Pause
from pydantic import ValidationError

from blocks.inputs import store_file
from blocks.object_store import ObjectStore, open_store
from flows import arguments as of
from flows.asked_trainings import in_words, refuse_unfit, with_layers
from flows.preflight import check_output, check_servers
from flows.terminal import show_training, tell_the_story
from flows.training_curves import refuse_unknown_format, write_curve
from qorum.errors import QorumError
from qorum.runs.report import Findings
from qorum.training.ansatze.own import SUFFIX

OK, FAILED, USAGE = 0, 1, 2

Flow = Callable[..., Coroutine[Any, Any, Findings]]


def vqe(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_vqe`."""
    from flows.train_vqe import train_vqe

    return _train(of.train_vqe(), train_vqe, "hamiltonian", arguments)


def qaoa(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_qaoa`."""
    from flows.train_qaoa import train_qaoa

    return _train(of.train_qaoa(), train_qaoa, "graph", arguments)


def qnn(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_qnn`."""
    from flows.train_qnn import train_qnn

    return _train(of.train_qnn(), train_qnn, "data", arguments)


def migrate(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.migrate_training`."""
    from flows.migrate_training import migrate_training

    return _do(of.migrate_training(), migrate_training, arguments)


def clean(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.clean_checkpoints`."""
    from flows.clean_checkpoints import clean_checkpoints

    return _do(of.clean_checkpoints(), clean_checkpoints, arguments)


def _do(command: argparse.ArgumentParser, flow: Flow, arguments: Sequence[str] | None) -> int:
    asked = vars(command.parse_args(arguments))
    told = asked.pop("json")
    return _run(command, told, lambda: flow(**asked))


def _train(
    command: argparse.ArgumentParser, flow: Flow, problem: str, arguments: Sequence[str] | None
) -> int:
    asked = vars(command.parse_args(arguments))
    told, plot, layers, model = (asked.pop(name) for name in ("json", "plot", "layers", "model_name"))
    if layers is not None:
        asked[model] = with_layers(asked[model], layers)
    store = open_store()
    try:
        refuse_unknown_format(plot)
        refuse_unfit(asked, model)
        asked[problem] = _reference(asked[problem], store)
        if asked[model].endswith(SUFFIX):
            asked[model] = store_file(Path(asked[model]), store)
    except (ValidationError, QorumError) as error:
        return _refused(command, in_words(error), USAGE)
    curve = Path(plot) if plot else None
    return _run(command, told, lambda: flow(**asked), curve)


def _run(
    command: argparse.ArgumentParser,
    told: str | None,
    work: Callable[[], Coroutine[Any, Any, Findings]],
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
    except ParameterTypeError as error:
        _, *faults = str(error).splitlines()
        return _refused(command, "; ".join(fault.removeprefix(" - ") for fault in faults), USAGE)
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
    show_training(findings, open_store().url)
    return OK


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
