"""Observables as people write them, and those of electrons against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit.quantum_info import SparsePauliOp

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import SpinOrbitals
from qorum.training.observed import KNOWN, observable_texts, observables_of, read_observable

PAIR = read_hamiltonian({"num_qubits": 2, "terms": [["ZZ", 1.0]]})


def matrix(observable: PauliSum) -> np.ndarray:
    return observable.apply(torch.eye(1 << observable.num_qubits, dtype=torch.complex128)).numpy().T


@pytest.mark.parametrize(
    ("text", "name", "labels", "values"),
    [
        ("IZ", "IZ", ["IZ"], [1.0]),
        ("m=0.5*IZ + 0.5*ZI", "m", ["IZ", "ZI"], [0.5, 0.5]),
        ("m = -IZ - 2e-1XX+3 * II", "m", ["IZ", "XX", "II"], [-1.0, -0.2, 3.0]),
    ],
)
def test_a_sum_is_read_as_it_is_written(text: str, name: str, labels: list[str], values: list[float]) -> None:
    ((found, observable),) = observables_of([text], PAIR).items()
    assert found == name
    np.testing.assert_allclose(matrix(observable), SparsePauliOp(labels, values).to_matrix())


@pytest.mark.parametrize(
    "text", ["", "IZ + ZI", "m=", "m=0.5", "m=IZ ZI", "m=IZ+Z", "spin-z=IZ", "spin", "m=IZ+", "=IZ", "m=AB"]
)
def test_what_is_no_observable_is_refused_in_words(text: str) -> None:
    with pytest.raises(InputRejected, match=r"or NAME=0.5\*IZ \+ 0.5\*ZI .* expected, found"):
        read_observable(text)


def test_what_does_not_fit_the_problem_is_refused() -> None:
    for texts, words in (
        (["IIZ"], "strings of 2 letters expected, found 'IIZ'"),
        (["IZ", "IZ=ZZ"], "found 'IZ' twice"),
        (["particles"], "num_particles expected for particles"),
    ):
        with pytest.raises(InputRejected, match=words):
            observables_of(texts, PAIR)


def test_operators_by_name_become_their_text() -> None:
    texts = observable_texts({"a": SparsePauliOp(["IZ", "XX"], [-0.1, 1 / 3]), "b": "0.5*ZI"})
    found = observables_of(texts, PAIR)
    np.testing.assert_array_equal(matrix(found["a"]), SparsePauliOp(["IZ", "XX"], [-0.1, 1 / 3]).to_matrix())
    assert found["b"].terms[0].coefficient == 0.5


@pytest.mark.parametrize("order", ["interleaved", "blocked"])
def test_spins_of_electrons_are_those_of_dense_matrices(order: SpinOrbitals) -> None:
    orbitals, n = 2, 4
    lower = np.array([[0.0, 1.0], [0.0, 0.0]])

    def ladder(place: int) -> np.ndarray:
        """Annihilates; behind it a string of Z on all lower places."""
        found = np.eye(1)
        for qubit in reversed(range(n)):
            found = np.kron(found, lower if qubit == place else np.diag([1, -1 if qubit < place else 1]))
        return found

    places = [(2 * p, 2 * p + 1) if order == "interleaved" else (p, p + orbitals) for p in range(orbitals)]
    ups, downs = [[ladder(pair[spin]) for pair in places] for spin in range(2)]
    number = sum(a.T @ a for a in (*ups, *downs))
    along = 0.5 * (sum(a.T @ a for a in ups) - sum(a.T @ a for a in downs))
    raising = sum(up.T @ down for up, down in zip(ups, downs, strict=True))
    squared = raising.T @ raising + along @ (along + np.eye(1 << n))
    for name, expected in (("particles", number), ("spin-z", along), ("spin-squared", squared)):
        np.testing.assert_allclose(matrix(KNOWN[name](n, order)), expected, atol=1e-12)
