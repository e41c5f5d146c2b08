"""`qorum WORDS …`, every command under one name, and `python -m flows.NAME`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from flows.arguments import Command
from flows.commands import COMMANDS
from flows.stopping import end_soon_when_told

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
            return start(command.name, rest)
    if len(arguments) == 1 and arguments[0] in SERVICES:
        return _named(SERVICES[arguments[0]][0])()
    if arguments and not {"-h", "--help"} & {*arguments}:
        print(f"qorum: no command {' '.join(arguments[:2])!r}; `qorum --help` lists them", file=sys.stderr)
        return USAGE
    print(_help())
    return 0 if arguments else USAGE


def start(name: str, arguments: Sequence[str] | None = None) -> int:
    """Run the command of a module, with the arguments of the process unless others are given."""
    command = COMMANDS[name]
    return runner_of(command)(command, arguments)


def runner_of(command: Command) -> Callable[..., int]:
    """The function that carries a command out, of this package, whatever the package is called."""
    return _named(f"flows.{command.runner}")


def _named(place: str) -> Callable[..., int]:
    module, _, name = place.partition(":")
    return getattr(import_module(__name__.removesuffix("flows.front") + module), name)


def _help() -> str:
    told = {command.words: command.description for command in COMMANDS.values()}
    told |= {words: described for words, (_, described) in SERVICES.items()}
    lines = [f"  {words:<12} {described}" for words, described in told.items()]
    return "\n".join(["usage: qorum COMMAND …, or qorum COMMAND --help", "", *lines])
