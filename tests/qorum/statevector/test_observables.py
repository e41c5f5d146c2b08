"""Pauli sums against their dense matrices."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit.circuit import Parameter
from qiskit.quantum_info import SparsePauliOp

from qorum.errors import CircuitRejected
from qorum.statevector import paulis
from qorum.statevector.observables import PauliSum


@st.composite
def pauli_sums(draw: st.DrawFn, most_qubits: int = 7) -> SparsePauliOp:
    n = draw(st.integers(1, most_qubits))
    labels = draw(st.lists(st.text("IXYZ", min_size=n, max_size=n), min_size=1, max_size=25))
    numbers = st.floats(-2, 2, allow_subnormal=False)
    return SparsePauliOp(labels, draw(st.lists(numbers, min_size=len(labels), max_size=len(labels))))


def random_states(batch: int, num_qubits: int, dtype: torch.dtype = torch.complex128) -> torch.Tensor:
    generator = torch.Generator().manual_seed(num_qubits)
    states = torch.randn(batch, 1 << num_qubits, dtype=torch.complex128, generator=generator)
    return (states / states.norm(dim=1, keepdim=True)).to(dtype)


@settings(max_examples=60, deadline=None)
@given(
    operator=pauli_sums(), batch=st.integers(1, 3), dtype=st.sampled_from([torch.complex64, torch.complex128])
)
def test_a_sum_acts_as_its_matrix_does(operator: SparsePauliOp, batch: int, dtype: torch.dtype) -> None:
    observable = PauliSum.from_qiskit(operator)
    states = random_states(batch, operator.num_qubits, dtype)
    before = states.clone()
    psi, matrix = states.to(torch.complex128).numpy(), operator.to_matrix()
    tolerance = 1e-12 if dtype == torch.complex128 else 2e-5
    applied = observable.apply(states)
    assert applied.dtype == dtype
    assert np.allclose(applied.numpy(), psi @ matrix.T, atol=tolerance)
    energies = np.einsum("bi,ij,bj->b", psi.conj(), matrix, psi).real
    squares = np.einsum("bi,ij,bj->b", psi.conj(), matrix @ matrix, psi).real
    assert observable.expectation(states).dtype == torch.float64
    assert np.allclose(observable.expectation(states).numpy(), energies, atol=tolerance)
    assert np.allclose(observable.variance(states).numpy(), squares - energies**2, atol=20 * tolerance)
    assert torch.equal(states, before)


@pytest.mark.parametrize("widest", [1, 2, 3])
def test_diagonals_wider_than_a_table_are_made_slice_by_slice(
    widest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paulis, "WIDEST_TABLE", widest)
    labels = ["ZIZZIZ", "IZIIZI", "XZYIZX", "YIZZIY", "YIIIIZ", "IIIZII", "IIIIII"]
    operator = SparsePauliOp(labels, [0.3, -1.1, 0.7, 0.2, 0.9, -0.4, 2.0])
    states = random_states(3, 6)
    applied = PauliSum.from_qiskit(operator).apply(states)
    assert np.allclose(applied.numpy(), states.numpy() @ operator.to_matrix().T, atol=1e-13)


def test_energies_of_wide_states_are_those_of_an_ising_chain_by_hand() -> None:
    """22 qubits, wider than any table: |+…+>, and one basis state."""
    n = 22
    terms = [["I" * (n - 1 - q) + "X" + "I" * q, -0.5] for q in range(n)]
    terms += [["I" * (n - 2 - q) + "ZZ" + "I" * q, 1.0] for q in range(n - 1)]
    terms += [["Z" + "I" * (n - 2) + "Z", 0.25]]
    chain = PauliSum.from_terms(n, terms)
    plus = torch.full((1, 1 << n), 2.0 ** (-n / 2), dtype=torch.complex64)
    assert float(chain.expectation(plus)) == pytest.approx(-0.5 * n, abs=1e-5)
    basis = torch.zeros(1, 1 << n, dtype=torch.complex64)
    basis[0, 0b1110] = 1  # domain walls at 0|1 and 3|4
    assert float(chain.expectation(basis)) == pytest.approx(n - 1 - 4 + 0.25)
    assert float(chain.variance(basis)) == pytest.approx(0.25 * n)


@pytest.mark.parametrize("labels", [["XYZ", "ZZI", "IYI"], ["XXI", "YYI", "III"], ["IYX", "IXI", "IIY"]])
def test_autograd_sees_states_to_the_second_derivative(labels: list[str]) -> None:
    observable = PauliSum.from_terms(3, [(label, 0.4 + place) for place, label in enumerate(labels)])
    states = random_states(2, 3).requires_grad_()
    assert torch.autograd.gradcheck(observable.expectation, (states,))
    assert torch.autograd.gradcheck(observable.apply, (states,))
    assert torch.autograd.gradcheck(observable.variance, (states,))
    assert torch.autograd.gradgradcheck(observable.expectation, (states,))


def test_the_rightmost_letter_is_qubit_0_and_equal_labels_add_up() -> None:
    observable = PauliSum.from_terms(3, [["IIZ", 0.5], ["IXY", 2], ["IIZ", 0.25], ["III", -1.5]])
    assert observable.terms == ((0b000, 0b001, 0.75), (0b011, 0b001, 2.0))
    assert observable.constant == -1.5
    assert observable == PauliSum.from_qiskit(SparsePauliOp(["IIZ", "IXY", "III"], [0.75, 2, -1.5]))


def test_qubits_beyond_the_observable_are_left_alone() -> None:
    states = random_states(2, 5)
    labels = ["ZXI", "IYZ", "ZZI"]
    small = PauliSum.from_terms(3, [(label, 0.7) for label in labels])
    wide = PauliSum.from_terms(5, [("II" + label, 0.7) for label in labels])
    assert torch.allclose(small.apply(states), wide.apply(states), atol=1e-14)


def test_an_eigenstate_has_no_variance() -> None:
    ghz = torch.zeros(1, 1 << 10, dtype=torch.complex64)
    ghz[0, [0, -1]] = 0.5**0.5
    stabilizers = PauliSum.from_terms(10, [("X" * 10, 100.0), ("ZZ" + "I" * 8, 50.0)])
    assert float(stabilizers.expectation(ghz)) == pytest.approx(150)
    assert float(stabilizers.variance(ghz)) < 1e-8


def test_a_pickled_sum_is_the_same_without_its_tables() -> None:
    observable = PauliSum.from_terms(12, [("Z" * 12, 1.0), ("X" * 12, 0.5)])
    observable.expectation(random_states(1, 12))
    sent = pickle.dumps(observable)
    assert pickle.loads(sent) == observable  # noqa: S301 - our own bytes
    assert len(sent) < 1_000


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: PauliSum.from_terms(2, []), "at least one Pauli string"),
        (lambda: PauliSum.from_terms(2, [["XYZ", 1.0]]), "labels of 2 letters.*found 'XYZ'"),
        (lambda: PauliSum.from_terms(2, [["XA", 1.0]]), "I, X, Y and Z expected, found 'XA'"),
        (lambda: PauliSum.from_terms(2, [["xz", 1.0]]), "found 'xz'"),
        (lambda: PauliSum.from_terms(0, [["", 1.0]]), "at least 1"),
        (lambda: PauliSum.from_terms(2, [["XX"]]), "pairs of a label and a number"),
        (lambda: PauliSum.from_terms(2, [["XX", "1"]]), "pairs of a label and a number"),
        (lambda: PauliSum.from_terms(2, [["XX", float("nan")]]), "finite coefficients.*'XX'"),
        (lambda: PauliSum.from_terms(2, [["XX", float("inf")]]), "finite coefficients"),
        (lambda: PauliSum.from_qiskit(SparsePauliOp(["XX", "ZZ"], [1.0, 1j])), "Hermitian.*'ZZ'"),
        (
            lambda: PauliSum.from_qiskit(SparsePauliOp(["XX"], np.array([Parameter("j")]))),
            "bound coefficients",
        ),
        (
            lambda: PauliSum.from_terms(3, [["XXX", 1.0]]).expectation(random_states(1, 2)),
            "at most 2 qubits expected, found one on 3",
        ),
    ],
)
def test_what_is_no_observable_is_refused_with_its_reason(make, reason: str) -> None:
    with pytest.raises(CircuitRejected, match=reason):
        make()
