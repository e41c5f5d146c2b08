"""Circuits by name: `template:ghz?num_qubits=5`.

Each other file of this package that has a `TEMPLATE` is one template; a new one needs no edit here.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from qiskit import QuantumCircuit

from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.intake import check_circuit
from qorum.circuits.library._template import Parameters, Template
from qorum.references import parse_reference

__all__ = [
    "PREFIX",
    "Parameters",
    "Template",
    "accept_template",
    "build",
    "known_answer",
    "parse_template",
    "templates",
]

PREFIX = "template:"


@cache
def templates() -> Mapping[str, Template]:
    """Every template by its name, in alphabetical order."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith("_"))
    found = [importlib.import_module(f"{__name__}.{name}").TEMPLATE for name in names]
    return MappingProxyType({template.name: template for template in found})


def parse_template(reference: str) -> tuple[Template, Parameters]:
    """The template that a reference names, and its parameters.

    Raises:
        CircuitRejected: no such template (the known ones are listed), or a parameter that is unknown,
            of the wrong type or out of bounds (which, what was expected, what was found).
    """
    models = {name: template.parameters for name, template in templates().items()}
    name, parameters = parse_reference(reference, models, kind="template", prefix=PREFIX)
    return templates()[name], parameters


def build(reference: str) -> QuantumCircuit:
    """The circuit that a reference such as `template:w?num_qubits=4` stands for, measured.

    Parameters that are not given take their defaults; equal references give equal circuits.

    Raises:
        CircuitRejected: see `parse_template`.
    """
    template, parameters = parse_template(reference)
    circuit = template.build(parameters)
    circuit.name = reference.removeprefix(PREFIX)
    return circuit


def known_answer(reference: str) -> Mapping[str, float] | None:
    """The exact distribution that a reference's circuit has on paper; None where no formula is known.

    Raises:
        CircuitRejected: see `parse_template`.
    """
    template, parameters = parse_template(reference)
    return template.answer(parameters) if template.answer else None


def accept_template(reference: str) -> AcceptedCircuit:
    """What `build` gives, with its identity; raises what `build` raises."""
    circuit = build(reference)
    return check_circuit(circuit.name, circuit, source=reference, language="template")
