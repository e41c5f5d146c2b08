"""Quantum phase estimation of a phase gate."""

from __future__ import annotations

import math

from pydantic import Field
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Parameters, Template
from qorum.circuits.library.qft import fourier_transform


class PhaseEstimationParameters(Parameters):
    """The phase and how finely it is read."""

    phase: float = Field(0.34375, ge=0, lt=1, description="the eigenphase as a fraction of 2*pi, in [0, 1)")
    precision_qubits: int = Field(
        5, ge=1, le=20, description="qubits that read the phase, 1 to 20; one more holds the eigenstate"
    )


def phase_estimation(parameters: PhaseEstimationParameters) -> QuantumCircuit:
    """Reads the phase of P(2π·phase) on its eigenstate |1⟩ (Nielsen and Chuang, section 5.2).

    The histogram's keys are integers m of `precision_qubits` bits; m/2^precision_qubits estimates the
    phase. The eigenstate's qubit is the last one; it is not measured.
    """
    t = parameters.precision_qubits
    circuit = QuantumCircuit(t + 1, t)
    circuit.h(range(t))
    circuit.x(t)
    for qubit in range(t):
        circuit.cp(2 * math.pi * (parameters.phase * 2**qubit % 1), qubit, t)
    circuit.compose(fourier_transform(t).inverse(), range(t), inplace=True)
    circuit.measure(range(t), range(t))
    return circuit


TEMPLATE = Template(
    "phase_estimation",
    "Quantum phase estimation: most often the integer next to phase * 2^precision_qubits",
    PhaseEstimationParameters,
    phase_estimation,
)
