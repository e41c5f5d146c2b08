"""What the state of a trained circuit says besides its energy."""

from __future__ import annotations

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.statevector.evolution import Circuit
from qorum.training.hamiltonians import Hamiltonian

MOST_QUBITS = 20
"""Up to which the state is made once more, in a second or so."""


def state_figures(
    problem: Hamiltonian, circuit: QuantumCircuit, parameters: np.ndarray
) -> dict[str, float | str]:
    """Of the circuit's state on our own engine: exact, without noise.

    Args:
        problem: whose energy is trained.
        circuit: without measurements.
        parameters: in the order of its parameters, shape [parameters].

    Returns:
        `energy variance`, <H²> - <H>²: 0 for eigenstates alone, in squared units of the energy. Nothing above
        20 qubits, or where the circuit has another number of parameters.
    """
    if circuit.num_qubits > MOST_QUBITS or circuit.num_parameters != len(parameters):
        return {}
    with torch.inference_mode():
        ready = Circuit(circuit, dtype=torch.complex128)
        states = ready.states(torch.as_tensor(parameters) if circuit.num_parameters else None)
        return {"energy variance": float(problem.observable.variance(states)[0])}
