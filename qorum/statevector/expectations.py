"""Expectation values of bound circuits, with noise or without."""

from __future__ import annotations

import torch
from qiskit import QuantumCircuit

from qorum.statevector.density import density_matrix
from qorum.statevector.evolution import CPU, Circuit
from qorum.statevector.noise import NoiseModel
from qorum.statevector.observables import PauliSum


def expectation(
    circuit: QuantumCircuit,
    observable: PauliSum,
    noise: NoiseModel,
    *,
    dtype: torch.dtype = torch.complex128,
    device: torch.device = CPU,
) -> float:
    """Tr(H rho) of the state before any readout, whose errors are not there.

    Args:
        circuit: bound, without measurements.
        observable: on at most as many qubits.
        noise: of its gates; with none the state is a vector.
        dtype: of the amplitudes.
        device: where they live.

    Raises:
        CircuitRejected: see `Circuit` and `density_matrix`; or the observable has more qubits.
    """
    observable.refuse_wider_than(circuit.name, circuit.num_qubits)
    with torch.inference_mode():
        if noise.is_ideal:
            state = Circuit(circuit, dtype=dtype, device=device).states()
            return float(observable.expectation(state)[0])
        rho = density_matrix(circuit, noise, dtype=dtype, device=device)
        # Row j of the transpose is the ket part of |.><j|.
        return float(observable.apply(rho.T.contiguous()).diagonal().real.double().sum())
