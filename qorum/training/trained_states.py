"""The state that a trained circuit prepares, made once more on our own engine: exact, without noise."""

from __future__ import annotations

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.statevector.evolution import Circuit

MOST_QUBITS = 20
"""Up to which it takes a second or so."""


def trained_states(
    circuit: QuantumCircuit, parameters: np.ndarray, most_qubits: int = MOST_QUBITS
) -> torch.Tensor | None:
    """The one state, complex128, shape [1, 2^qubits]; outside of autograd.

    Args:
        circuit: without measurements.
        parameters: in the order of its parameters, shape [parameters].
        most_qubits: above which there is none.

    Returns:
        None also where the circuit has another number of parameters.
    """
    if circuit.num_qubits > most_qubits or circuit.num_parameters != len(parameters):
        return None
    with torch.inference_mode():
        ready = Circuit(circuit, dtype=torch.complex128)
        return ready.states(torch.as_tensor(parameters) if circuit.num_parameters else None)
