"""How entangled an ansatz's state is."""

from __future__ import annotations

import numpy as np
import torch
from qiskit import QuantumCircuit

from qorum.statevector.evolution import Circuit


def half_chain_entropy(circuit: QuantumCircuit, parameters: np.ndarray) -> float:
    """Von Neumann entropy in bits of the qubits below n // 2, in the state of a circuit.

    Args:
        circuit: without measurements; n qubits.
        parameters: in the order of its parameters.

    Returns:
        0 for a product state, at most n // 2.
    """
    with torch.inference_mode():
        ready = Circuit(circuit, dtype=torch.complex128)
        state = ready.states(torch.as_tensor(parameters) if circuit.num_parameters else None)[0].numpy()
    below = circuit.num_qubits // 2
    weights = np.linalg.svd(state.reshape(-1, 1 << below), compute_uv=False) ** 2
    weights = weights[weights > 1e-15]
    return float(max(0.0, -(weights * np.log2(weights)).sum()))
