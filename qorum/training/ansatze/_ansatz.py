"""What an ansatz is: a circuit with free parameters, where to start, and how it may grow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Parameters

__all__ = ["Ansatz", "AnsatzTemplate", "Growth", "Parameters"]


class Growth(Protocol):
    """How an ansatz takes on operators of a pool, one at a time (ADAPT)."""

    @property
    def pool(self) -> tuple[str, ...]:
        """The operators' names, in the order of their indices."""
        ...

    @property
    def most(self) -> int:
        """How many operators may be taken on."""
        ...

    @property
    def tolerance(self) -> float:
        """Norm of the pool's gradient below which the ansatz is complete."""
        ...

    @property
    def frequencies(self) -> tuple[float, ...]:
        """Of an expectation value by the parameter of any one operator, ascending."""
        ...

    def circuit(self, operators: Sequence[int]) -> QuantumCircuit:
        """The ansatz of these operators, one parameter each, in this order."""
        ...

    def probe(self, operators: Sequence[int]) -> QuantumCircuit:
        """That ansatz followed by the whole pool: at pool parameters of 0, whose slots come last, the
        gradient by them is what each operator would give."""
        ...


@dataclass(frozen=True)
class Ansatz:
    """A family of states.

    Attributes:
        circuit: without measurements; its free parameters are one `ParameterVector`, so that their order
            is that of their indices.
        start: parameters to start from, shape [parameters], float64.
        growth: how it may grow; None for a fixed one.
        frequencies: of an expectation value by each parameter, as `Landscape.frequencies`, where they are
            fewer than its gates alone would tell; None: as the gates tell.
    """

    circuit: QuantumCircuit
    start: np.ndarray
    growth: Growth | None = None
    frequencies: tuple[tuple[float, ...], ...] | None = None


@dataclass(frozen=True)
class AnsatzTemplate:
    """A family of ansätze.

    Attributes:
        name: what a user writes, e.g. `hardware-efficient?layers=2`.
        summary: one line: what it is and which problems it is for.
        parameters: the model of its parameters.
        build: makes the ansatz from a problem (`Hamiltonian` or `Graph`), an instance of `parameters`, and
            a seed for starting points.
    """

    name: str
    summary: str
    parameters: type[Parameters]
    build: Callable[[Any, Any, int], Ansatz]

    def schema(self) -> dict[str, Any]:
        """JSON schema of the parameters: types, bounds, defaults, descriptions."""
        return self.parameters.model_json_schema() | {"title": self.name, "description": self.summary}
