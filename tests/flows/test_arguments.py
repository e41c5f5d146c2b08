"""What commands take: help at once, and the defaults of the flows."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module

import pytest
from prefect.exceptions import ParameterBindError

from deployments.options import PAGE, page
from flows.commands import COMMANDS
from flows.help_texts import MOLECULE
from flows.requests import RunRequest
from flows.run_circuits import run_circuits
from qorum.training.molecules import Molecule

FLOWS = [
    getattr(import_module(f"flows.{name}"), name)
    for name, command in COMMANDS.items()
    if command.request.model_fields
]


@pytest.mark.parametrize("module", COMMANDS)
def test_help_comes_without_any_library_that_takes_seconds(module: str):
    shown = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", f"flows.{module}", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith(f"usage: python -m flows.{module} ")
    imported = {line.rpartition("|")[2].strip() for line in shown.stderr.splitlines()}
    assert "pydantic" in imported
    assert not imported & {"torch", "prefect", "qiskit", "numpy", "mlflow"}


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.fn.__name__)
def test_a_terminal_has_every_parameter_of_the_form_with_its_default(flow):
    command = COMMANDS[flow.fn.__name__]
    parameters = inspect.signature(flow.fn).parameters
    parser = command.parser()
    options = {action.dest for action in parser._actions}
    assert options >= set(parameters)
    given = vars(parser.parse_args(["x"] * len(command.positional)))
    asked = command.asked({name: value for name, value in given.items() if name in parameters})
    for name, parameter in parameters.items():
        if name not in command.positional:
            assert getattr(asked, name) == command.defaults.get(name, parameter.default), name


def test_the_docs_have_every_option():
    assert PAGE.read_text() == page(), "make docs"


def test_forms_have_titles_help_and_bounds_of_the_request():
    properties = run_circuits.parameters.properties
    assert [*properties] == [*RunRequest.model_fields]
    assert properties["shots"] == {
        "default": 1024, "position": 1, "type": "integer", "title": "Shots", "minimum": 1,
        "maximum": 1_000_000, "description": "Samples of each circuit on each backend, 1 to 1,000,000.",
    }  # fmt: skip
    assert run_circuits.parameters.required == ["circuits"]


async def test_a_parameter_that_no_flow_has_is_refused():
    with pytest.raises(ParameterBindError, match="shot"):
        await run_circuits(["template:bell"], shot=10)


def test_options_are_read_as_their_kind():
    parser = COMMANDS["train_qnn"].parser()
    given = vars(parser.parse_args(["iris", "--no-linear-layer", "--tag", "a", "--tag", "b,c"]))
    assert (given["linear_layer"], given["tags"]) == (False, ["a", "b,c"])
    given = vars(COMMANDS["run_circuits"].parser().parse_args(["a", "b", "--backends", "torch,aer"]))
    assert (given["circuits"], given["backends"]) == (["a", "b"], ["torch", "aer"])


def test_help_names_the_settings_of_a_molecule():
    assert {*MOLECULE, "atoms"} == {*Molecule.model_fields}
