"""What the readers of languages give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qiskit import QuantumCircuit

Inputs = Mapping[str, bool | int | float | str]
"""Values of a program's `input` variables by name; a text is a constant expression such as `pi/2`."""


@dataclass(frozen=True)
class Reading:
    """What a text was read as.

    Attributes:
        circuit: gates, measurements, resets, barriers, delays and `if`, with the classical bits that the
            program declares; qubits that reading added come last.
        warnings: what was read in one of several ways or left out, with lines.
    """

    circuit: QuantumCircuit
    warnings: tuple[str, ...] = ()
