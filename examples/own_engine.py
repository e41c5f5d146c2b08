"""The PyTorch engine by itself: an Ising ring, 1,000 parameter sets at once, and a gradient.

    python -m examples.own_engine

Takes some seconds, most of them to import PyTorch and Qiskit. What else the engine does: docs/engine.md.
"""

from __future__ import annotations

import numpy as np
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.statevector.batches import energies, sample_batch
from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.hardware import hardware_report
from qorum.statevector.observables import PauliSum

N, LAYERS = 8, 4
EXACT = -np.sqrt(2 + 2 * np.cos((2 * np.arange(N) + 1) * np.pi / N)).sum()
"""The ground state's energy: Pfeuty, Ann. Phys. 57, 79 (1970)."""


def ansatz() -> QuantumCircuit:
    """Layers of exp(-i a ZZ/2) on all neighbours and exp(-i b X/2) on all qubits, from |+…+>."""
    angles = ParameterVector("t", 2 * LAYERS)
    circuit = QuantumCircuit(N)
    circuit.h(range(N))
    for layer in range(LAYERS):
        for q in range(N):
            circuit.rzz(angles[2 * layer], q, (q + 1) % N)
        circuit.rx(angles[2 * layer + 1], range(N))
    return circuit


def ising() -> PauliSum:
    """-Σ ZZ - Σ X on a ring; the rightmost letter of a label is qubit 0."""
    bond, site = "ZZ" + "I" * (N - 2), "X" + "I" * (N - 1)
    return PauliSum.from_terms(N, [(s[q:] + s[:q], -1.0) for s in (bond, site) for q in range(N)])


if __name__ == "__main__":
    for device in hardware_report():
        print(f"{device.name}: up to {device.largest['complex64', 'statevector']} qubits as complex64")
    circuit, observable = Circuit(ansatz(), dtype=torch.complex128), ising()
    sets = 3 * torch.rand(1000, circuit.num_parameters, generator=torch.Generator().manual_seed(3))
    values = energies(circuit, observable, sets)
    counts = sample_batch(circuit, sets, shots=1024, seed=1)
    best = int(values.argmin())
    print(f"best of 1,000 energies: {values[best]:.4f}; |0…0> in {counts[best, 0]} of its 1,024 shots")
    parameters = sets[best].double()
    for _ in range(300):
        _, gradient = energy_and_gradient(circuit, observable, parameters)
        parameters -= 0.02 * gradient
    energy, _ = energy_and_gradient(circuit, observable, parameters)
    print(f"after 300 steps down the gradient: {energy:.4f}; exact: {EXACT:.4f}")
