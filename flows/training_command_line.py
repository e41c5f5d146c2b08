"""Trainings from a terminal: `python -m flows.train_vqe`, `train_qaoa`, `train_qnn`, `migrate_training`, …"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from prefect.exceptions import Abort, ParameterTypeError, Pause
from pydantic import ValidationError

from blocks.inputs import store_file
from blocks.object_store import ObjectStore, open_store
from flows.asked_trainings import in_words, refuse_unfit, with_layers
from flows.preflight import check_output, check_servers
from flows.terminal import show_training, tell_the_story
from flows.training_curves import refuse_unknown_format, write_curve
from qorum.errors import QorumError
from qorum.runs.report import Findings
from qorum.training.ansatze.own import SUFFIX
from qorum.training.molecules import Molecule

OK, FAILED, USAGE = 0, 1, 2
STATUS = "exit status: 0 done, 1 refused or could not go on (the last checkpoint is kept), 2 wrong usage"

Flow = Callable[..., Coroutine[Any, Any, Findings]]


def vqe(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_vqe`."""
    from flows.train_vqe import train_vqe

    command = _trainer("train_vqe", "Find the lowest energy of a Hamiltonian.", VQE)
    command.add_argument("hamiltonian", metavar="FILE|tfim:…|h2:…|molecule?…", help=HAMILTONIAN)
    _add_training(command, model="ansatz", default="auto", optimizer="lbfgs")
    help_ = "lowest states sought, 1 to 10: excited ones by deflation, on torch without shots (%(default)s)"
    command.add_argument("--states", default=1, type=int, metavar="K", help=help_)
    return _train(command, train_vqe, "hamiltonian", arguments)


def qaoa(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_qaoa`."""
    from flows.train_qaoa import train_qaoa

    command = _trainer("train_qaoa", "Find angles that cut as much of a graph as they can.", QAOA)
    command.add_argument("graph", metavar="FILE|ring:…|regular:…", help=COST)
    _add_training(command, model="ansatz", default="qaoa?layers=2", optimizer="lbfgs")
    return _train(command, train_qaoa, "graph", arguments)


def qnn(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.train_qnn`."""
    from flows.train_qnn import train_qnn

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
    return _train(command, train_qnn, "data", arguments)


def migrate(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.migrate_training`."""
    from flows.migrate_training import migrate_training

    command = _command("migrate_training", "Have a training go on with another backend.", MIGRATE)
    add = command.add_argument
    add("training_id", metavar="TRAINING")
    add("backend", metavar="BACKEND")
    add("--reason", default="asked for", help="stands in the report")
    add("--wait-seconds", default=120.0, metavar="S", help="for a running training to move (%(default)s)")
    add("--no-go-on", dest="go_on", action="store_false", help="do not run a stopped training here")
    add("--json", metavar="FILE|-", help="write what was done as JSON")
    asked = vars(command.parse_args(arguments))
    told = asked.pop("json")
    return _run(command, told, lambda: migrate_training(**asked))


def clean(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.clean_checkpoints`."""
    from flows.clean_checkpoints import clean_checkpoints

    command = _command("clean_checkpoints", "Remove old checkpoints; what is referenced stays.", CLEAN)
    command.add_argument(
        "--older-than", default="7d", type=_age, metavar="AGE", help="as 12h, 7d, 4w (%(default)s)"
    )
    command.add_argument("--dry-run", action="store_true", help="only tell what would be removed")
    command.add_argument("--json", metavar="FILE|-", help="write what was done as JSON")
    asked = vars(command.parse_args(arguments))
    told = asked.pop("json")
    return _run(command, told, lambda: clean_checkpoints(**asked))


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


COST = (
    "JSON file of edges, a family of graphs, or a QUBO: a JSON file with linear, quadratic and constraints,"
    " or a .qubo file with lines `minimize`, `x -1`, `x y 2`, `x + 2 y <= 2`"
)
HAMILTONIAN = (
    "JSON or XYZ file, spin chain, or molecule: 'molecule?atoms=H 0 0 0; H 0 0 0.735&basis=6-31g' (ångström)"
    " or 'water.xyz#basis=6-31g,charge=1', with "
    + ", ".join(one for one in Molecule.model_fields if one != "atoms")
)
VQE = """  python -m flows.train_vqe h2:0.735 --plot energy.png
  python -m flows.train_vqe examples/hamiltonians/h4_1.0.json --ansatz adapt --training-id chain
  python -m flows.train_vqe tfim:n=8,J=1,g=1 --ansatz hardware-efficient --layers 4 --shots 4096 \\
      --optimizer spsa --backend 'aer?noise=fake_guadalupe' --backup-backends torch"""
QAOA = """  python -m flows.train_qaoa examples/graphs/heawood.json --layers 2
  python -m flows.train_qaoa regular:n=12,degree=3,seed=1 --ansatz 'qaoa?layers=3&start=linear-ramp'"""
QNN = """  python -m flows.train_qnn iris --max-steps 100
  python -m flows.train_qnn measurements.csv#label=kind --model 'reuploading?num_qubits=2&layers=4'"""
MIGRATE = """  python -m flows.migrate_training h4 aer
  python -m flows.migrate_training h4 'aer?noise=fake_guadalupe' --reason 'is it robust?'"""
CLEAN = """  python -m flows.clean_checkpoints --older-than 7d --dry-run"""
