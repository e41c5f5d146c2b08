"""Ground energies by diagonalization, for comparison where a problem is small enough."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
import torch
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from qorum.backends import derive_seed
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.hamiltonians import Hamiltonian, spin_masks

MOST_QUBITS = 16
DENSE = 256
"""Basis states up to which the whole matrix is diagonalized."""


BELOW = -2.0
"""The spectrum, scaled to [-1, 1], is moved by so much: ARPACK's tolerance is relative to each eigenvalue, so
that it would not find one of exactly 0."""


def ground_energy(problem: Hamiltonian) -> float | None:
    """The lowest eigenvalue, to about 1e-10 of the operator's norm; the same bits every time on one machine.

    Among the states of `num_particles`, where these are given: a molecule's ion may lie lower.

    Returns:
        None above 16 qubits, or where Lanczos' method does not converge.
    """
    return None if problem.num_qubits > MOST_QUBITS else _lowest(problem, sector(problem))


def lowest_energies(problem: Hamiltonian, count: int) -> list[float]:
    """The lowest eigenvalues, ascending, each as often as it occurs; among the states of `num_particles`.

    Returns:
        Fewer where there are not so many states; none above 16 qubits or where Lanczos' method fails.
    """
    basis = sector(problem) if problem.num_qubits <= MOST_QUBITS else np.zeros(0, np.int64)
    scale = sum(abs(term.coefficient) for term in problem.observable.terms)
    if not len(basis) or not scale:
        return []
    terms = tuple(PauliTerm(x, z, coefficient / scale) for x, z, coefficient in problem.observable.terms)
    operator = PauliSum(problem.num_qubits, terms)
    found = _least_eigenvalues(operator, basis, problem.digest, min(count, len(basis)))
    return [problem.observable.constant + scale * value for value in found or []]


def lowest_of_all_sectors(problem: Hamiltonian) -> float | None:
    """The lowest eigenvalue among all states, whatever `num_particles` are; None as of `ground_energy`."""
    if problem.num_qubits > MOST_QUBITS:
        return None
    return _lowest(problem, np.arange(1 << problem.num_qubits))


def _lowest(problem: Hamiltonian, basis: np.ndarray) -> float | None:
    """Of the operator in the span of some basis states, which it conserves."""
    observable = problem.observable
    scale = sum(abs(term.coefficient) for term in observable.terms)
    if not scale:
        return observable.constant
    terms = tuple(PauliTerm(x, z, coefficient / scale) for x, z, coefficient in observable.terms)
    if not any(x for x, _, _ in terms):
        # Taken in double precision where it is least, with the given coefficients.
        least = basis[int(np.real(_apply(PauliSum(problem.num_qubits, terms), basis, None)).argmin())]
        return observable.constant + _diagonal(observable, int(least))
    found = _least_eigenvalue(PauliSum(problem.num_qubits, terms), basis, problem.digest)
    return None if found is None else observable.constant + scale * found


def _diagonal(observable: PauliSum, state: int) -> float:
    return math.fsum(-c if (z & state).bit_count() % 2 else c for _, z, c in observable.terms)


def _least_eigenvalue(operator: PauliSum, basis: np.ndarray, seed: str) -> float | None:
    found = _least_eigenvalues(operator, basis, seed, 1)
    return found[0] if found else None


def _least_eigenvalues(operator: PauliSum, basis: np.ndarray, seed: str, count: int) -> list[float] | None:
    """Of an operator whose spectrum is within [-1, 1], ascending."""
    size = len(basis)
    if size <= DENSE:
        return np.linalg.eigvalsh(_apply(operator, basis, np.eye(size)))[:count].tolist()
    draw = np.random.default_rng(derive_seed(0, "lanczos", seed))

    def multiply(vector: np.ndarray) -> np.ndarray:
        return _apply(operator, basis, vector.reshape(1, -1))[0] + BELOW * vector.reshape(-1)

    moved = cast(Any, LinearOperator)((size, size), multiply, dtype=np.complex128)
    start = draw.standard_normal(size) + 1j * draw.standard_normal(size)
    for vectors in (24, 64):
        try:
            found = eigsh(
                moved, k=count, which="SA", v0=start, ncv=vectors, maxiter=5000, return_eigenvectors=False
            )
        except ArpackNoConvergence:  # it returns with more vectors, or there is no reference
            continue
        return [float(value) - BELOW for value in np.sort(np.real(found))]
    return None


def sector(problem: Hamiltonian) -> np.ndarray:
    """The basis states that count, ascending, int64: all, or those with `num_particles`."""
    states = np.arange(1 << problem.num_qubits)
    if problem.num_particles is None:
        return states
    ups, downs = spin_masks(problem.num_qubits, problem.spin_orbitals)
    up, down = problem.num_particles
    return states[(np.bitwise_count(states & ups) == up) & (np.bitwise_count(states & downs) == down)]


def _apply(operator: PauliSum, basis: np.ndarray, vectors: np.ndarray | None) -> np.ndarray:
    """The operator times each row, a state of the sector, shape [rows, len(basis)].

    None for the vectors: its diagonal, shape [len(basis)], of an operator that is diagonal.
    """
    given = np.ones((1, len(basis))) if vectors is None else vectors
    states = np.zeros((len(given), 1 << operator.num_qubits), np.complex128)
    states[:, basis] = given
    found = operator.apply(torch.from_numpy(states)).numpy()[:, basis]
    return found[0] if vectors is None else found
