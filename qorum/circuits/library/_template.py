"""What a template is: parameters with bounds, and the circuit that they make."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from qiskit import QuantumCircuit


class Parameters(BaseModel):
    """Base of every template's parameters: every field has a default, bounds and a description."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Template:
    """A family of circuits.

    Attributes:
        name: what stands in `template:NAME?…`.
        summary: one line: what the circuit is, and what a right result looks like.
        parameters: the model of its parameters.
        build: takes an instance of `parameters`; gives the circuit with its measurements.
        answer: takes the same; gives the exact distribution of a histogram's keys, derived on paper and not
            from the circuit. None where there is no short formula.
    """

    name: str
    summary: str
    parameters: type[Parameters]
    build: Callable[[Any], QuantumCircuit]
    answer: Callable[[Any], Mapping[str, float]] | None = None

    def schema(self) -> dict[str, Any]:
        """JSON schema of the parameters: types, bounds, defaults, descriptions."""
        return self.parameters.model_json_schema() | {"title": self.name, "description": self.summary}


def _split(value: object) -> object:
    return re.split(r"[,\s]+", value.strip()) if isinstance(value, str) else value


Angles = Annotated[tuple[float, ...], BeforeValidator(_split)]
"""Radians; written `0.1,0.2`."""

BitString = Annotated[str, StringConstraints(pattern=r"^[01]+$")]
"""As in a histogram's key: the rightmost character belongs to qubit 0."""


def measure_every_qubit(circuit: QuantumCircuit) -> QuantumCircuit:
    """The circuit with qubit i measured into classical bit i at its end; the argument is changed."""
    circuit.measure(range(circuit.num_qubits), range(circuit.num_qubits))
    return circuit
