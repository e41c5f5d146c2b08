"""What commands in a terminal take. Imports next to nothing, so that help comes at once."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import Field

from flows.help_texts import CLEAN, COST, HAMILTONIAN, MIGRATE, PREDICT, QAOA, QNN, RUN, STATUS, VQE
from qorum.parameters import Dispatch, Experiment, NewOrKnownId, Tags
from qorum.runs.experiments import RunOptions


class Asked(RunOptions):
    """Every parameter of the flow besides the circuits, with the defaults of a terminal."""

    experiment: Experiment = "qorum"
    experiment_id: NewOrKnownId = ""
    tags: Tags = Field(default_factory=list)
    dispatch: Dispatch = "inline"


def run_circuits() -> argparse.ArgumentParser:
    """Of the main job."""
    defaults = {name: field.default for name, field in Asked.model_fields.items()}
    parser = argparse.ArgumentParser(
        prog="python -m flows.run_circuits",
        description="Run circuits on independent backends and report what these agree on.",
        epilog=RUN,
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


def train_vqe() -> argparse.ArgumentParser:
    """Of ground and excited states."""
    command = _trainer("train_vqe", "Find the lowest energy of a Hamiltonian.", VQE)
    command.add_argument("hamiltonian", metavar="FILE|tfim:…|h2:…|molecule?…", help=HAMILTONIAN)
    _add_training(command, model="ansatz", default="auto", optimizer="lbfgs")
    help_ = "lowest states sought, 1 to 10: excited ones by deflation, on torch without shots (%(default)s)"
    command.add_argument("--states", default=1, type=int, metavar="K", help=help_)
    return command


def train_qaoa() -> argparse.ArgumentParser:
    """Of cuts and QUBOs."""
    command = _trainer("train_qaoa", "Find angles that cut as much of a graph as they can.", QAOA)
    command.add_argument("graph", metavar="FILE|ring:…|regular:…", help=COST)
    _add_training(command, model="ansatz", default="qaoa?layers=2", optimizer="lbfgs")
    return command


def train_qnn() -> argparse.ArgumentParser:
    """Of classifiers."""
    command = _trainer("train_qnn", "Train a classifier with a circuit in the middle.", QNN)
    command.add_argument("data", metavar="FILE|NAME", help="CSV or Parquet file, or iris, breast_cancer, …")
    _add_training(command, model="model", default="reuploading", optimizer="adam?learning_rate=0.05")
    add = command.add_argument
    add("--components", default=4, metavar="N", help="principal components seen; 0: features (%(default)s)")
    add("--linear-layer", action="store_true", help="train a linear layer from all features to the angles")
    add("--batch-size", default=0, metavar="N", help="samples of each evaluation; 0: all (%(default)s)")
    add("--microbatches", default=1, metavar="N", help="parts that a batch is run in (%(default)s)")
    add("--precision", default="float64", choices=("bfloat16", "float32", "float64"), help="(%(default)s)")
    add("--weight-decay", default=0.0, metavar="W", help="(%(default)s)")
    add("--clip-norm", default=0.0, metavar="N", help="of gradients; 0: not (%(default)s)")
    weights = "balanced: rare classes weigh more in the loss (%(default)s)"
    add("--class-weights", default="none", choices=("none", "balanced"), help=weights)
    return command


def migrate_training() -> argparse.ArgumentParser:
    """Of moves."""
    command = _command("migrate_training", "Have a training go on with another backend.", MIGRATE)
    add = command.add_argument
    add("training_id", metavar="TRAINING")
    add("backend", metavar="BACKEND")
    add("--reason", default="asked for", help="stands in the report")
    add("--wait-seconds", default=120.0, metavar="S", help="for a running training to move (%(default)s)")
    add("--no-go-on", dest="go_on", action="store_false", help="do not run a stopped training here")
    add("--json", metavar="FILE|-", help="write what was done as JSON")
    return command


def clean_checkpoints() -> argparse.ArgumentParser:
    """Of cleaning."""
    command = _command("clean_checkpoints", "Remove old checkpoints; what is referenced stays.", CLEAN)
    command.add_argument(
        "--older-than", default="7d", type=_age, metavar="AGE", help="as 12h, 7d, 4w (%(default)s)"
    )
    command.add_argument("--dry-run", action="store_true", help="only tell what would be removed")
    command.add_argument("--json", metavar="FILE|-", help="write what was done as JSON")
    return command


def predict() -> argparse.ArgumentParser:
    """Of predictions."""
    command = argparse.ArgumentParser(
        prog="python -m flows.predict",
        description="Predict the classes of new samples with a trained classifier.",
        epilog=PREDICT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("model", metavar="MODEL_OR_TRAINING_ID", help="model.json of a training, or its id")
    add("data", metavar="FILE[#label=NAME]", help="CSV or Parquet with the columns that it was trained on")
    add("--json", metavar="FILE|-", help="write labels and probabilities as JSON")
    return command


COMMANDS: Mapping[str, Callable[[], argparse.ArgumentParser]] = {
    f"flows.{make.__name__}": make
    for make in (
        run_circuits, train_vqe, train_qaoa, train_qnn, migrate_training, clean_checkpoints, predict,
    )
}  # fmt: skip
"""By the module that is run."""


def show_help(arguments: Sequence[str]) -> None:
    """Show the help that a command asks for, and exit; nothing where it is none of ours.

    Args:
        arguments: of the interpreter: `python -m MODULE …`.
    """
    module = arguments[arguments.index("-m") + 1]
    if module in COMMANDS:
        COMMANDS[module]().parse_args(["--help"])


def _trainer(name: str, description: str, examples: str) -> argparse.ArgumentParser:
    command = _command(name, description, examples)
    add = command.add_argument
    add("--max-steps", default=200, metavar="N", help="optimizer steps at most (%(default)s)")
    add("--patience", default=0, metavar="N", help="steps without an improvement that end it; 0: none do")
    add("--min-improvement", default=0.0, metavar="E", help="with --patience: more than this (%(default)s)")
    add(
        "--shots",
        default=0,
        metavar="N",
        help="samples of each energy, also of shifted ones; 0: exact (%(default)s)",
    )
    add("--backend", default="torch", metavar="NAME", help="where circuits run (%(default)s)")
    add("--backup-backends", default=[], type=_names, metavar="A,B", help="go on there if it fails")
    add("--max-error-rate", default=0.2, metavar="R", help="of the last evaluations (%(default)s)")
    add("--max-cost-usd", default=0.0, metavar="USD", help="budget (%(default)s)")
    add("--checkpoint-every", default=0, metavar="N", help="evaluations; 0: at most 1 %% of the time")
    add("--seed", default=0, metavar="N", help="of start, samples, batches: the same gives the same bits")
    add(
        "--initial",
        default="",
        type=_start,
        metavar="START",
        help="zeros, random, numbers as 0.1,-0.2, a report's file, or training:ID; else the ansatz's own",
    )
    add("--training-id", default="", metavar="ID", help="the same id again goes on where it stopped")
    add("--tag", action="append", default=[], dest="tags", metavar="TAG", help="label in MLflow; repeatable")
    add("--json", metavar="FILE|-", help="write the whole report as JSON")
    add("--plot", metavar="FILE", help="write the curve of evaluations; .png, .pdf or .svg")
    return command


def _add_training(command: argparse.ArgumentParser, *, model: str, default: str, optimizer: str) -> None:
    add = command.add_argument
    own = "" if model == "model" else "; or a .qasm file: OpenQASM 3 whose `input float`s are its parameters"
    add(f"--{model}", default=default, metavar="NAME[?…]", help=f"{model} (%(default)s){own}")
    add("--layers", type=int, metavar="N", help=f"short for --{model} 'NAME?layers=N', where it has layers")
    add("--optimizer", default=optimizer, metavar="NAME[?…]", help="(%(default)s)")
    if model != "model":
        add(
            "--observable",
            default=[],
            action="append",
            dest="observables",
            metavar="TEXT",
            help="of the final state: particles, spin-z, spin-squared, IZ, 'NAME=0.5*IZ + ZI'; repeatable",
        )
    kind = command.prog.rpartition("_")[2]
    add("--experiment", default=kind, metavar="NAME", help="groups runs in MLflow (%(default)s)")
    command.set_defaults(model_name=model)


def _command(name: str, description: str, examples: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=f"python -m flows.{name}",
        description=description,
        epilog=f"examples:\n{examples}\n\n{STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _age(text: str) -> str:
    if not re.fullmatch(r"\d{1,6}[mhdw]", text):
        raise argparse.ArgumentTypeError(f"a number and m, h, d or w expected, as 12h or 7d, found {text!r}")
    return text


def _start(text: str) -> str:
    """A start as it is, a file by its content."""
    file = Path(text)
    if not (text.endswith(".json") or file.is_file()):
        return text
    try:
        found: Any = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"a readable JSON file expected, found {text!r}: {error}") from None
    if isinstance(found, dict):
        found = {name: found.get(name) for name in ("operators", "parameters")}
    return json.dumps(found)


def _names(listed: str) -> list[str]:
    return [name for name in listed.split(",") if name]
