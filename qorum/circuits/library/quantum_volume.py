"""Quantum volume model circuits."""

from __future__ import annotations

from pydantic import Field
from qiskit import QuantumCircuit
from qiskit.circuit.library import quantum_volume as model_circuit

from qorum.circuits.library._template import Parameters, Template, measure_every_qubit


class QuantumVolumeParameters(Parameters):
    """Width, depth and seed."""

    num_qubits: int = Field(4, ge=2, le=30, description="qubits, 2 to 30")
    depth: int | None = Field(None, ge=1, le=50, description="layers, 1 to 50; by default as many as qubits")
    seed: int = Field(0, ge=0, lt=2**32, description="of the permutations and the random gates")


def quantum_volume(parameters: QuantumVolumeParameters) -> QuantumCircuit:
    """Layers of Haar-random SU(4) on a random pairing of the qubits (Cross et al., arXiv:1811.12926)."""
    n = parameters.num_qubits
    circuit = QuantumCircuit(n, n)
    layers = model_circuit(n, parameters.depth or n, seed=parameters.seed)
    circuit.compose(layers, inplace=True)
    return measure_every_qubit(circuit)


TEMPLATE = Template(
    "quantum_volume",
    "A quantum volume circuit: the heavy half of the outcomes holds about 0.85 of the probability",
    QuantumVolumeParameters,
    quantum_volume,
)
