"""What commands take: help at once, and the defaults of the flows."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

from flows import arguments
from flows.clean_checkpoints import clean_checkpoints
from flows.help_texts import MOLECULE
from flows.migrate_training import migrate_training
from flows.run_circuits import run_circuits
from flows.train_qaoa import train_qaoa
from flows.train_qnn import train_qnn
from flows.train_vqe import train_vqe
from qorum.training.molecules import Molecule

FLOWS = (run_circuits, train_vqe, train_qaoa, train_qnn, migrate_training, clean_checkpoints)
OF_A_TERMINAL = {"dispatch": "inline"}
"""Where the terminal's default is another on purpose."""


@pytest.mark.parametrize("module", arguments.COMMANDS)
def test_help_comes_without_any_library_that_takes_seconds(module: str):
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", module, "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith(f"usage: python -m {module}")
    imported = {line.rpartition("|")[2].strip() for line in shown.stderr.splitlines()}
    assert "pydantic" in imported
    assert not imported & {"torch", "prefect", "qiskit", "numpy", "mlflow"}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.fn.__name__)
def test_a_terminal_has_the_defaults_of_the_form(flow):
    name = flow.fn.__name__
    parser = getattr(arguments, name)()
    required = [action.dest for action in parser._actions if not action.option_strings]
    told = vars(parser.parse_args(["x"] * len(required)))
    for parameter in inspect.signature(flow.fn).parameters.values():
        if parameter.name in told and parameter.name not in required:
            expected = OF_A_TERMINAL.get(parameter.name, parameter.default)
            given = told[parameter.name]
            assert given == expected or (given, expected) == ([], {}), f"{name}: {parameter.name}"


def test_help_names_the_settings_of_a_molecule():
    assert {*MOLECULE, "atoms"} == {*Molecule.model_fields}
