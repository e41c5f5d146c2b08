"""Ground energies by diagonalization, for comparison where a problem is small enough."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh

from qorum.backends import derive_seed
from qorum.training.hamiltonians import Hamiltonian, spin_masks

MOST_QUBITS = 16
DENSE = 256
"""Basis states up to which the whole matrix is diagonalized."""


def ground_energy(problem: Hamiltonian) -> float | None:
    """The lowest eigenvalue, to about 1e-10 of the operator's norm; the same bits every time on one machine.

    Among the states of `num_particles`, where these are given: a molecule's ion may lie lower.

    Returns:
        None above 16 qubits.
    """
    if problem.num_qubits > MOST_QUBITS:
        return None
    basis = sector(problem)
    if len(basis) <= DENSE:
        return float(np.linalg.eigvalsh(_apply(problem, basis, np.eye(len(basis))))[0])
    size = len(basis)
    draw = np.random.default_rng(derive_seed(0, "lanczos", problem.digest))

    def multiply(vector: np.ndarray) -> np.ndarray:
        return _apply(problem, basis, vector.reshape(1, -1))[0]

    operator = cast(Any, LinearOperator)((size, size), multiply, dtype=np.complex128)
    start = draw.standard_normal(size) + 1j * draw.standard_normal(size)
    found = eigsh(operator, k=1, which="SA", v0=start, ncv=24, maxiter=5000, return_eigenvectors=False)
    return float(np.real(found[0]))


def sector(problem: Hamiltonian) -> np.ndarray:
    """The basis states that count, ascending, int64: all, or those with `num_particles`."""
    states = np.arange(1 << problem.num_qubits)
    if problem.num_particles is None:
        return states
    ups, downs = spin_masks(problem.num_qubits, problem.spin_orbitals)
    up, down = problem.num_particles
    return states[(np.bitwise_count(states & ups) == up) & (np.bitwise_count(states & downs) == down)]


def _apply(problem: Hamiltonian, basis: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """H times each row, a state of the sector: shape [rows, len(basis)]."""
    states = np.zeros((len(vectors), 1 << problem.num_qubits), np.complex128)
    states[:, basis] = vectors
    return problem.observable.apply(torch.from_numpy(states)).numpy()[:, basis]
