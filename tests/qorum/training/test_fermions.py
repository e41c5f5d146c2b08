"""The Jordan-Wigner mapping against ladder operators as matrices."""

from __future__ import annotations

import itertools
from functools import reduce

import numpy as np
import pytest

from qorum.errors import InputRejected
from qorum.training.fermions import jordan_wigner
from tests.qorum.training.test_hamiltonians import matrix


def annihilators(qubits: int) -> list[np.ndarray]:
    """a_j = (|0><1| on qubit j) behind Z on all lower qubits; qubit 0 is the last factor."""
    lower, sign, same = np.array([[0, 1], [0, 0]]), np.diag([1, -1]), np.eye(2)
    return [
        reduce(np.kron, [sign if q < j else lower if q == j else same for q in reversed(range(qubits))])
        for j in range(qubits)
    ]


def integrals(orbitals: int, seed: int) -> tuple[float, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    one = draw.standard_normal((orbitals, orbitals))
    two = draw.standard_normal((orbitals,) * 4)
    two = two + two.transpose(1, 0, 2, 3)
    two = two + two.transpose(0, 1, 3, 2)
    return 0.7, one + one.T, two + two.transpose(2, 3, 0, 1)


@pytest.mark.parametrize("order", ["interleaved", "blocked"])
@pytest.mark.parametrize("orbitals", [1, 2, 3])
def test_the_mapping_is_the_sum_of_ladder_operators(orbitals: int, order: str) -> None:
    constant, one, two = integrals(orbitals, orbitals)
    ladder = annihilators(2 * orbitals)

    def lower(orbital: int, spin: int) -> np.ndarray:
        return ladder[2 * orbital + spin if order == "interleaved" else orbital + spin * orbitals]

    expected = constant * np.eye(4**orbitals)
    every = range(orbitals)
    for p, q, s in itertools.product(every, every, (0, 1)):
        expected = expected + one[p, q] * lower(p, s).T @ lower(q, s)
    for p, q, r, s, a, b in itertools.product(every, every, every, every, (0, 1), (0, 1)):
        product = lower(p, a).T @ lower(r, b).T @ lower(s, b) @ lower(q, a)
        expected = expected + 0.5 * two[p, q, r, s] * product
    np.testing.assert_allclose(matrix(jordan_wigner(constant, one, two, order)), expected, atol=1e-12)


def test_integrals_that_make_no_observable_are_refused() -> None:
    constant, one, two = integrals(2, 0)
    with pytest.raises(InputRejected, match="Hermitian"):
        jordan_wigner(constant, one + np.triu(np.ones((2, 2)), 1), two)
    with pytest.raises(InputRejected, match="Hermitian"):
        jordan_wigner(constant, one, two + np.arange(16).reshape(2, 2, 2, 2))
    with pytest.raises(InputRejected, match="shapes"):
        jordan_wigner(constant, one, two[:1])
    with pytest.raises(InputRejected, match="NaN"):
        jordan_wigner(np.nan, one, two)
