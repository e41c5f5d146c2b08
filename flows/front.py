"""`qorum WORDS …`: every command under one name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from flows.arguments import COMMANDS
from flows.stopping import end_soon_when_told

PLACES = {
    "run_circuits": "flows.command_line:main",
    "train_vqe": "flows.training_command_line:vqe",
    "train_qaoa": "flows.training_command_line:qaoa",
    "train_qnn": "flows.training_command_line:qnn",
    "migrate_training": "flows.training_command_line:migrate",
    "clean_checkpoints": "flows.training_command_line:clean",
    "canary": "flows.training_command_line:canary",
    "predict": "flows.predict:main",
}
SERVICES = {
    "ui": ("deployments.serve:main", "Start a Prefect server and the MLflow UI."),
    "deploy": (
        "deployments.setup:main",
        "Create pools, blocks, deployments on the server of PREFECT_API_URL.",
    ),
}
USAGE = 2


def main(arguments: Sequence[str]) -> int:
    """Run the command that the first words name; without one, or with --help, list them."""
    end_soon_when_told()
    for command in COMMANDS.values():
        words = command.words.split()
        if list(arguments[: len(words)]) == words:
            rest = arguments[len(words) :]
            if {"-h", "--help"} & {*rest}:
                command.parser().parse_args(["--help"])
            return _call(PLACES[command.name], rest)
    if len(arguments) == 1 and arguments[0] in SERVICES:
        return _call(SERVICES[arguments[0]][0])
    if arguments and not {"-h", "--help"} & {*arguments}:
        print(f"qorum: no command {' '.join(arguments[:2])!r}; `qorum --help` lists them", file=sys.stderr)
        return USAGE
    print(_help())
    return 0 if arguments else USAGE


def _call(place: str, *arguments: Sequence[str]) -> int:
    module, _, name = place.partition(":")
    return getattr(import_module(__package__.removesuffix("flows") + module), name)(*arguments)


def _help() -> str:
    told = {command.words: command.description for command in COMMANDS.values()}
    told |= {words: described for words, (_, described) in SERVICES.items()}
    lines = [f"  {words:<12} {described}" for words, described in told.items()]
    return "\n".join(["usage: qorum COMMAND …, or qorum COMMAND --help", "", *lines])
