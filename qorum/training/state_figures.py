"""What the state of a trained circuit says besides its energy."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit

from qorum.training.hamiltonians import Hamiltonian
from qorum.training.trained_states import trained_states


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
    states = trained_states(circuit, parameters)
    return {} if states is None else {"energy variance": float(problem.observable.variance(states)[0])}
