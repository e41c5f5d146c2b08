"""W states: one excitation, shared by all qubits."""

from __future__ import annotations

import math

from pydantic import Field
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Parameters, Template, measure_every_qubit


class WParameters(Parameters):
    """How many qubits share the excitation."""

    num_qubits: int = Field(3, ge=2, le=30, description="qubits, 2 to 30")


def w(parameters: WParameters) -> QuantumCircuit:
    """(|10…0⟩ + |010…0⟩ + … + |0…01⟩)/√n, all amplitudes positive, in linear depth.

    The excitation starts on qubit 0; each step leaves 1/√(n−k) of its amplitude behind and hands the rest
    on (the linear scheme of Cruz et al., arXiv:1807.05572).
    """
    n = parameters.num_qubits
    circuit = QuantumCircuit(n, n)
    circuit.x(0)
    for qubit in range(n - 1):
        circuit.cry(2 * math.acos(math.sqrt(1 / (n - qubit))), qubit, qubit + 1)
        circuit.cx(qubit + 1, qubit)
    return measure_every_qubit(circuit)


def answer(parameters: WParameters) -> dict[str, float]:
    """Each of the n places of the single 1."""
    n = parameters.num_qubits
    return {"0" * (n - 1 - place) + "1" + "0" * place: 1 / n for place in range(n)}


TEMPLATE = Template(
    "w", "A W state: the n strings with a single 1, each with probability 1/n", WParameters, w, answer
)
