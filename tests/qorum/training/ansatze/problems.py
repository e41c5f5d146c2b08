"""Problems and oracles that several tests of ansätze share."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from qiskit import QuantumCircuit
from scipy.optimize import minimize

from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.observables import PauliSum
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

MOLECULES = Path(__file__).parents[4] / "examples" / "hamiltonians"


def molecule(name: str) -> tuple[Hamiltonian, float]:
    """A molecule of the examples, and its ground state energy by full configuration interaction."""
    data = json.loads((MOLECULES / f"{name}.json").read_text())
    observable = PauliSum.from_terms(data["num_qubits"], data["terms"])
    particles = (data["num_particles"][0], data["num_particles"][1])
    return Hamiltonian(name, observable, None, particles, data["spin_orbitals"]), data["reference"]


def label(num_qubits: int, letters: dict[int, str]) -> str:
    return "".join(letters.get(qubit, "I") for qubit in reversed(range(num_qubits)))


def ising_ring(n: int, field: float) -> Hamiltonian:
    """-Σ ZZ - field Σ X."""
    bonds = [(label(n, {q: "Z", (q + 1) % n: "Z"}), -1.0) for q in range(n)]
    fields = [(label(n, {q: "X"}), -field) for q in range(n)]
    return Hamiltonian("ising", PauliSum.from_terms(n, [*bonds, *fields]))


def ising_ring_energy(n: int, field: float) -> float:
    """The ground state energy by free fermions of antiperiodic momenta (Pfeuty, Ann. Phys. 57, 79, 1970)."""
    momenta = (2 * np.arange(n) + 1) * np.pi / n
    return float(-np.sqrt(1 + field**2 - 2 * field * np.cos(momenta)).sum())


def heisenberg_chain(n: int) -> Hamiltonian:
    """Σ XX + YY + ZZ."""
    terms = [(label(n, {q: kind, q + 1: kind}), 1.0) for q in range(n - 1) for kind in "XYZ"]
    return Hamiltonian("heisenberg", PauliSum.from_terms(n, terms))


def minus_cut(graph: Graph) -> PauliSum:
    """-C as an observable, C = Σ w (1 - ZZ)/2."""
    n = graph.num_vertices
    pairs = [(label(n, {low: "Z", high: "Z"}), weight / 2) for low, high, weight in graph.edges]
    total = sum(weight for _, _, weight in graph.edges)
    return PauliSum.from_terms(n, [("I" * n, -total / 2), *pairs])


def state(circuit: QuantumCircuit, parameters: np.ndarray) -> np.ndarray:
    """Amplitudes, shape [2**n]."""
    return Circuit(circuit, dtype=torch.complex128).states(torch.as_tensor(parameters))[0].numpy()


def energy(circuit: QuantumCircuit, observable: PauliSum, parameters: np.ndarray) -> float:
    return float(observable.expectation(torch.as_tensor(state(circuit, parameters))[None])[0])


def minimized(
    circuit: QuantumCircuit, observable: PauliSum, start: np.ndarray, most: int = 500
) -> tuple[float, np.ndarray]:
    """The energy that L-BFGS-B finds from a start in so many steps at most, and where."""
    prepared = Circuit(circuit, dtype=torch.complex128)

    def evaluate(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = energy_and_gradient(prepared, observable, torch.as_tensor(x))
        return value, gradient.numpy()

    options = {"ftol": 1e-13, "gtol": 1e-7, "maxiter": most}
    found = minimize(evaluate, start, jac=True, method="L-BFGS-B", options=options)
    return float(found.fun), found.x
