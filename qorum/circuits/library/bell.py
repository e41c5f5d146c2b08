"""The four Bell states."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Parameters, Template, measure_every_qubit


class BellParameters(Parameters):
    """Which of the four."""

    state: Literal["phi_plus", "phi_minus", "psi_plus", "psi_minus"] = Field(
        "phi_plus", description="phi: the bits are equal; psi: they differ; plus, minus: the phase between"
    )


def bell(parameters: BellParameters) -> QuantumCircuit:
    """(|00⟩ ± |11⟩)/√2 or (|01⟩ ± |10⟩)/√2 (Nielsen and Chuang, section 1.3.6)."""
    circuit = QuantumCircuit(2, 2)
    if parameters.state.endswith("minus"):
        circuit.x(0)
    if parameters.state.startswith("psi"):
        circuit.x(1)
    circuit.h(0)
    circuit.cx(0, 1)
    return measure_every_qubit(circuit)


def answer(parameters: BellParameters) -> dict[str, float]:
    """Equal bits or unequal ones."""
    keys = ("00", "11") if parameters.state.startswith("phi") else ("01", "10")
    return dict.fromkeys(keys, 0.5)


TEMPLATE = Template(
    "bell",
    "A Bell state: two outcomes of probability 1/2, equal bits (phi) or unequal (psi)",
    BellParameters,
    bell,
    answer,
)
