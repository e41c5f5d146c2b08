"""Every command, once: its words, what it is asked, its help, and who carries it out. Imports little."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from flows import help_texts as texts
from flows.arguments import Command
from flows.requests import (
    CalibrationsRequest,
    CanaryRequest,
    CheckConnectionsRequest,
    CleanRequest,
    MigrateRequest,
    QaoaRequest,
    QnnRequest,
    RefreshCalibrationsRequest,
    ResolveHeldRequest,
    RunRequest,
    VqeRequest,
    WatchJobsRequest,
)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", metavar="FILE|-", help="Write what was found as JSON.")


def _expect_rejected(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--expect-rejected",
        action="append",
        default=[],
        metavar="NAME",
        help="A circuit that must be rejected; if it is, it does not count in the exit status.",
    )


def _plot(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plot", metavar="FILE", help="Write the curve of evaluations; .png, .pdf or .svg.")


def _trend(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plot", metavar="FILE", help="Write the trend of the medians; .png, .pdf or .svg.")


def _layers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--layers", type=int, metavar="N", help="Short for NAME?layers=N of an ansatz or model."
    )


def _training(
    name: str, words: str, description: str, request: type[BaseModel], problem: str, *told: str
) -> Command:
    metavar, help_text, examples = told
    return Command(
        name=name,
        words=words,
        description=description,
        request=request,
        positional={problem: (metavar, help_text)},
        epilog=f"examples:\n{examples}\n\n{texts.STATUS}",
        extras=(_layers, _json, _plot),
        runner="training_command_line:train",
    )


def _work(
    name: str, words: str, description: str, request: type[BaseModel], examples: str, **positional: str
) -> Command:
    return Command(
        name=name,
        words=words,
        description=description,
        request=request,
        positional={one: (metavar, "") for one, metavar in positional.items()},
        epilog=f"examples:\n{examples}\n\n{texts.STATUS}",
        extras=(_json,),
    )


COMMANDS: Mapping[str, Command] = {
    command.name: command
    for command in (
        Command(
            name="run_circuits",
            words="run",
            description="Run circuits on independent backends and report what these agree on.",
            request=RunRequest,
            positional={
                "circuits": ("CIRCUIT", "an OpenQASM 2 or 3 file, or template:NAME?parameter=value&…")
            },
            epilog=texts.RUN,
            defaults={"dispatch": "inline"},
            extras=(_json, _expect_rejected),
            runner="command_line:run",
        ),
        _training(
            "train_vqe",
            "train vqe",
            "Find the lowest energy of a Hamiltonian.",
            VqeRequest,
            *("hamiltonian", "FILE|tfim:…|h2:…|molecule?…", texts.HAMILTONIAN, texts.VQE),
        ),
        _training(
            "train_qaoa",
            "train qaoa",
            "Find angles that cut as much of a graph as they can.",
            QaoaRequest,
            *("graph", "FILE|ring:…|regular:…", texts.COST, texts.QAOA),
        ),
        _training(
            "train_qnn",
            "train qnn",
            "Train a classifier with a circuit in the middle.",
            QnnRequest,
            *("data", "FILE|NAME", "CSV or Parquet file, or iris, breast_cancer, …", texts.QNN),
        ),
        _work(
            "migrate_training",
            "migrate",
            "Have a training go on with another backend.",
            MigrateRequest,
            texts.MIGRATE,
            training_id="TRAINING",
            backend="BACKEND",
        ),
        _work(
            "clean_checkpoints",
            "clean",
            "Remove old checkpoints; what is referenced stays.",
            CleanRequest,
            texts.CLEAN,
        ),
        _work(
            "resolve_held",
            "held",
            "List or decide jobs of which nobody can tell whether their vendor took them.",
            ResolveHeldRequest,
            texts.RESOLVE,
            experiment_id="EXPERIMENT",
        ),
        _work(
            "watch_jobs",
            "watch",
            "Ask vendors about the jobs that runs wait for, and have the runs go on.",
            WatchJobsRequest,
            texts.WATCH,
        ),
        Command(
            name="check_connections",
            words="connections",
            description="Ask backends whether they can be used, and what they are now; nothing is bought.",
            request=CheckConnectionsRequest,
            positional={
                "backends": ("BACKEND", "one that is asked; without any, every vendor with credentials")
            },
            epilog=texts.CONNECTIONS,
            extras=(_json,),
            runner="connections_command_line:ask",
        ),
        Command(
            name="refresh_calibrations",
            words="calibrations refresh",
            description="Ask backends for their calibrations and store those that changed; buys nothing.",
            request=RefreshCalibrationsRequest,
            positional={
                "backends": ("BACKEND", "one that is asked; without any, every vendor with credentials")
            },
            epilog=texts.REFRESH,
            extras=(_json,),
            runner="connections_command_line:ask",
        ),
        Command(
            name="calibrations",
            words="calibrations",
            description="List stored calibrations, compare them, draw their trend; no vendor is asked.",
            request=CalibrationsRequest,
            positional={"backends": ("BACKEND", "whose newest is compared; without any, all are listed")},
            epilog=texts.CALIBRATIONS,
            extras=(_json, _trend),
            runner="calibrations_command_line:show",
        ),
        _work(
            "canary", "canary", "Compare every backend with answers on paper.", CanaryRequest, texts.CANARY
        ),
        Command(
            name="predict",
            words="predict",
            description="Predict the classes of new samples with a trained classifier.",
            request=BaseModel,
            positional={
                "model": ("MODEL_OR_TRAINING_ID", "model.json of a training, or its id"),
                "data": ("FILE[#label=NAME]", "CSV or Parquet with the columns that it was trained on"),
            },
            epilog=texts.PREDICT,
            extras=(_json,),
            runner="predict:answer",
        ),
    )
}
"""By the module that is run."""


def show_help(arguments: Sequence[str]) -> None:
    """Show the help that a command asks for, and exit; nothing where it is none of ours.

    Args:
        arguments: of the interpreter: `python -m MODULE …`.
    """
    package, _, name = arguments[arguments.index("-m") + 1].rpartition(".")
    if package == __package__ and name in COMMANDS:
        COMMANDS[name].parser().parse_args(["--help"])
