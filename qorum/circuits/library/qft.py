"""The quantum Fourier transform, on inputs whose transform is worth measuring."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import Field, model_validator
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Parameters, Template, measure_every_qubit


class QftParameters(Parameters):
    """The transform's size and direction, and what it is applied to."""

    num_qubits: int = Field(5, ge=1, le=30, description="qubits, 1 to 30")
    input: Literal["fourier", "periodic", "basis"] = Field(
        "fourier",
        description="fourier: the state whose transform is |state>, which is then measured with certainty; "
        "periodic: the sum of |state + k*period>, which gives the multiples of 2^num_qubits/period; "
        "basis: |state> itself, which gives all outcomes equally often",
    )
    state: int = Field(1, ge=0, description="an integer below 2^num_qubits (periodic: below period)")
    period: int = Field(2, ge=1, description="periodic input: a power of two, at most 2^num_qubits")
    inverse: bool = Field(False, description="apply the inverse transform")

    @model_validator(mode="after")
    def _within_size(self) -> QftParameters:
        size = 2**self.num_qubits
        if self.period.bit_count() != 1 or self.period > size:
            raise ValueError(f"period: a power of two up to {size} expected, found {self.period}")
        bound = self.period if self.input == "periodic" else size
        if self.state >= bound:
            raise ValueError(f"state: an integer below {bound} expected, found {self.state}")
        return self


def qft(parameters: QftParameters) -> QuantumCircuit:
    """Prepares the input, transforms it, measures every qubit."""
    circuit = QuantumCircuit(parameters.num_qubits, parameters.num_qubits)
    if parameters.input == "fourier":
        _prepare_fourier_state(circuit, -parameters.state if not parameters.inverse else parameters.state)
    else:
        _prepare_comb(circuit, parameters)
    transform = fourier_transform(parameters.num_qubits)
    circuit.compose(transform.inverse() if parameters.inverse else transform, inplace=True)
    return measure_every_qubit(circuit)


def fourier_transform(num_qubits: int) -> QuantumCircuit:
    """|x⟩ → Σ_y exp(2πi·x·y/2ⁿ)|y⟩/√2ⁿ, qubit 0 least significant (Nielsen and Chuang, section 5.1)."""
    circuit = QuantumCircuit(num_qubits)
    for qubit in reversed(range(num_qubits)):
        circuit.h(qubit)
        for control in reversed(range(qubit)):
            circuit.cp(math.pi / 2 ** (qubit - control), control, qubit)
    for qubit in range(num_qubits // 2):
        circuit.swap(qubit, num_qubits - 1 - qubit)
    return circuit


def _prepare_fourier_state(circuit: QuantumCircuit, state: int) -> None:
    """Σ_y exp(2πi·state·y/2ⁿ)|y⟩/√2ⁿ, a product state."""
    n = circuit.num_qubits
    for qubit in range(n):
        circuit.h(qubit)
        turns = (state << qubit) % 2**n / 2**n
        circuit.p(2 * math.pi * turns, qubit)


def _prepare_comb(circuit: QuantumCircuit, parameters: QftParameters) -> None:
    n = parameters.num_qubits
    for qubit in range(n):
        if parameters.state >> qubit & 1:
            circuit.x(qubit)
    if parameters.input == "periodic":
        circuit.h(range(parameters.period.bit_length() - 1, n))


TEMPLATE = Template(
    "qft",
    "The quantum Fourier transform of a state that gives one outcome (fourier) or few (periodic)",
    QftParameters,
    qft,
)
