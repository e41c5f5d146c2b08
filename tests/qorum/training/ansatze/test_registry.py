"""Ansätze by name: one vector of parameters, seeded starts, refusals in words."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.ansatze import Ansatz, ansatze, build_ansatz
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian
from tests.qorum.training.ansatze.problems import ising_ring, molecule

TRIANGLE = Graph("triangle", 3, ((0, 1, 1.0), (0, 2, 1.0), (1, 2, 1.0)))


def fitting(name: str) -> Hamiltonian | Graph:
    if name == "qaoa":
        return TRIANGLE
    return ising_ring(4, 0.5) if name == "hamiltonian-variational" else molecule("h4_1.0")[0]


def at_ones(ansatz: Ansatz) -> QuantumCircuit:
    """With all parameters 1: vectors of one name are no equals."""
    return ansatz.circuit.assign_parameters(np.ones(len(ansatz.start)))


def test_all_are_found_in_alphabetical_order() -> None:
    ours = {"adapt", "hamiltonian-variational", "hardware-efficient", "k-upccgsd", "qaoa", "uccsd"}
    assert ours <= set(ansatze())
    assert list(ansatze()) == sorted(ansatze())


@pytest.mark.parametrize("name", list(ansatze()))
def test_every_ansatz_keeps_its_contract(name: str) -> None:
    ansatz, again = (build_ansatz(name, fitting(name), 3) for _ in range(2))
    assert ansatz.start.dtype == np.float64
    assert ansatz.start.shape == (ansatz.circuit.num_parameters,)
    assert np.array_equal(ansatz.start, again.start)
    assert at_ones(ansatz) == at_ones(again)
    assert ansatz.circuit.num_clbits == 0
    parameters = list(ansatz.circuit.parameters)
    assert [one.index for one in parameters] == list(range(len(parameters)))
    assert len({one.vector.name for one in parameters}) <= 1
    if ansatz.frequencies is not None:
        assert len(ansatz.frequencies) == len(ansatz.start)


@pytest.mark.parametrize("name", list(ansatze()))
def test_every_parameter_has_a_default_and_a_description(name: str) -> None:
    schema = ansatze()[name].schema()
    assert schema["title"] == name
    for field in schema["properties"].values():
        assert field["description"]
        assert "default" in field


@pytest.mark.parametrize(
    "name", ["hardware-efficient", "k-upccgsd", "hamiltonian-variational", "qaoa?start=random"]
)
def test_other_seeds_start_elsewhere_in_the_same_circuit(name: str) -> None:
    problem = fitting(name.partition("?")[0])
    one, other = (build_ansatz(name, problem, seed) for seed in (0, 1))
    assert at_ones(one) == at_ones(other)
    assert not np.array_equal(one.start, other.start)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("ucc", "an ansatz expected, one of adapt, .*; found 'ucc'"),
        ("uccsd?layers=2", "no parameter 'layers': uccsd takes repetitions"),
        ("uccsd?repetitions=0", "greater than or equal to 1 expected, found '0'"),
        ("adapt?pool=local-paulis&generalized=true", "a pool of excitations expected, found local-paulis"),
    ],
)
def test_references_that_mean_nothing_are_refused(reference: str, reason: str) -> None:
    with pytest.raises(InputRejected, match=reason):
        build_ansatz(reference, molecule("h2_0.735")[0], 0)


@pytest.mark.parametrize("name", ["uccsd", "adapt", "k-upccgsd", "hamiltonian-variational"])
def test_graphs_are_refused_with_what_would_fit(name: str) -> None:
    with pytest.raises(InputRejected, match="a Hamiltonian expected, found the graph triangle; take qaoa"):
        build_ansatz(name, TRIANGLE, 0)


def test_more_than_thirty_qubits_are_refused() -> None:
    wide = Hamiltonian("wide", PauliSum.from_terms(31, [("Z" * 31, 1.0)]))
    with pytest.raises(InputRejected, match="at most 30 qubits expected, found 31 of wide"):
        build_ansatz("hardware-efficient", wide, 0)


def test_a_pool_too_large_to_be_probed_is_refused() -> None:
    diagonal = PauliSum.from_terms(24, [("Z" + "I" * 23, 1.0)])
    electrons = Hamiltonian("large", diagonal, num_particles=(6, 6))
    with pytest.raises(InputRejected, match="a pool of 1 to 5000 operators expected, found"):
        build_ansatz("adapt?generalized=true", electrons, 0)
