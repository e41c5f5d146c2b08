"""Circuits by name: `template:ghz?num_qubits=5`.

Each other file of this package that has a `TEMPLATE` is one template; a new one needs no edit here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from urllib.parse import parse_qsl

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from qiskit import QuantumCircuit

from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.intake import check_circuit
from qorum.circuits.library._template import Parameters, Template
from qorum.errors import CircuitRejected

__all__ = ["PREFIX", "Parameters", "Template", "accept_template", "build", "templates"]

PREFIX = "template:"


@cache
def templates() -> Mapping[str, Template]:
    """Every template by its name, in alphabetical order."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    found = [importlib.import_module(f"{__name__}.{name}").TEMPLATE for name in names]
    return MappingProxyType({template.name: template for template in found})


def build(reference: str) -> QuantumCircuit:
    """The circuit that a reference such as `template:w?num_qubits=4` stands for, measured.

    Parameters that are not given take their defaults; equal references give equal circuits.

    Raises:
        CircuitRejected: no such template (the known ones are listed), or a parameter that is unknown,
            of the wrong type or out of bounds (which, what was expected, what was found).
    """
    name, _, query = reference.removeprefix(PREFIX).partition("?")
    template = templates().get(name)
    if template is None or not reference.startswith(PREFIX):
        reason = f"a template expected, one of {', '.join(templates())}; found {name!r}"
        raise CircuitRejected(reference, reason)
    circuit = template.build(_parameters(template, reference, query))
    circuit.name = reference.removeprefix(PREFIX)
    return circuit


def accept_template(reference: str) -> AcceptedCircuit:
    """What `build` gives, with its identity; raises what `build` raises."""
    circuit = build(reference)
    return check_circuit(circuit.name, circuit, source=reference, language="template")


def _parameters(template: Template, reference: str, query: str) -> Parameters:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True) if query else []
    except ValueError:
        raise CircuitRejected(reference, f"name=value pairs joined by & expected, found {query!r}") from None
    names = [name for name, _ in pairs]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise CircuitRejected(reference, f"each parameter once expected, found twice: {', '.join(repeated)}")
    try:
        return template.parameters.model_validate(dict(pairs))
    except ValidationError as problem:
        reasons = "; ".join(_in_words(template, error) for error in problem.errors(include_url=False))
        raise CircuitRejected(reference, reasons) from None


def _in_words(template: Template, error: ErrorDetails) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        known = ", ".join(template.parameters.model_fields)
        return f"no parameter {name!r}: {template.name} takes {known}"
    message = error["msg"].removeprefix("Value error, ").partition(", unable to parse")[0]
    if not name:
        return message
    expected = message.removeprefix("Input should be ").replace("String should ", "text that should ")
    meaning = template.parameters.model_fields[name].description
    return f"parameter {name} ({meaning}): {expected} expected, found {error['input']!r}"
