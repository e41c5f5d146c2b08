"""Groups of strings, and what histograms say of energies."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import PauliList, Statevector

from qorum.statevector.observables import PauliSum
from qorum.training.measurement import (
    Samples,
    bits_of_indices,
    bits_of_keys,
    estimate,
    group_terms,
)

from .problems import ansatz, asymmetric, points

labels = st.integers(1, 5).flatmap(
    lambda n: st.dictionaries(
        st.text("IXYZ", min_size=n, max_size=n), st.floats(-2, 2, width=32), min_size=1, max_size=30
    )
)


def observable_of(terms: dict[str, float]) -> PauliSum:
    return PauliSum.from_terms(len(next(iter(terms))), list(terms.items()))


def label(term, n: int) -> str:
    return "".join("IXZY"[(term.x >> q & 1) + 2 * (term.z >> q & 1)] for q in reversed(range(n)))


@given(labels)
def test_every_string_is_in_one_group_and_members_commute_on_every_qubit(terms) -> None:
    observable = observable_of(terms)
    groups = group_terms(observable)
    assert sorted(term for group in groups for term in group.terms) == sorted(observable.terms)
    for group in groups:
        named = PauliList([label(term, observable.num_qubits) for term in group.terms])
        assert len(named.group_commuting(qubit_wise=True)) == 1
        assert group.basis.x == np.bitwise_or.reduce([term.x for term in group.terms])
        assert group.basis.z == np.bitwise_or.reduce([term.z for term in group.terms])


@given(labels)
def test_groups_do_not_depend_on_the_order_of_the_strings(terms) -> None:
    assert group_terms(observable_of(terms)) == group_terms(observable_of(dict(reversed(terms.items()))))


def test_strings_are_inserted_by_falling_weight_into_the_first_group_that_takes_them() -> None:
    """By rising weight XI and IX would share a group, and ZI would be alone."""
    observable = observable_of({"XI": 1.0, "ZI": 2.0, "IX": -3.0})
    groups = [[label(term, 2) for term in group.terms] for group in group_terms(observable)]
    assert groups == [["IX", "ZI"], ["XI"]]


def test_a_chain_of_spins_takes_two_groups() -> None:
    ising = PauliSum.from_terms(3, [("IZZ", 1), ("ZZI", 1), ("IIX", 1), ("IXI", 1), ("XII", 1)])
    assert [len(group.terms) for group in group_terms(ising)] == [2, 3]


def test_keys_and_indices_are_read_with_qubit_0_rightmost() -> None:
    assert bits_of_keys(["011", "100"], 3).tolist() == [[1, 1, 0], [0, 0, 1]]
    assert bits_of_indices(np.array([3, 4]), 3).tolist() == [[1, 1, 0], [0, 0, 1]]


def test_the_estimate_of_infinite_samples_is_the_expectation_value_and_its_variance() -> None:
    circuit, observable = ansatz(), asymmetric(4)
    state = Statevector(circuit.assign_parameters(points(circuit)[0]))
    total, shots = observable.constant, 10**9
    for group in group_terms(observable):
        turned = state.evolve(group.basis.rotations(4))
        counts = np.rint(turned.probabilities() * shots)
        samples = Samples(bits_of_indices(np.arange(16), 4), counts, np.zeros(16, dtype=np.int64))
        mean, variance = estimate(group, samples, shots, 1)
        total += mean[0]
        part = PauliSum(4, group.terms)
        exact = part.variance(torch.tensor(state.data)[None])[0]
        assert variance[0] * shots == pytest.approx(float(exact), rel=1e-6)
    assert total == pytest.approx(float(observable.expectation(torch.tensor(state.data))), abs=1e-6)
