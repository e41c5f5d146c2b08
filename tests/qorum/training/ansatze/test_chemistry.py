"""Ansätze of molecules reach the correlation energy; ADAPT grows by the right operator."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from qorum.errors import InputRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.training.ansatze import Growth, build_ansatz
from tests.qorum.training.ansatze.problems import energy, ising_ring, minimized, molecule

CHEMICAL_ACCURACY = 1.6e-3  # hartree


@pytest.mark.parametrize("reference", ["uccsd", "k-upccgsd?k=1", "hardware-efficient?around=initial-state"])
def test_hydrogen_is_solved_exactly(reference: str) -> None:
    hamiltonian, exact = molecule("h2_0.735")
    ansatz = build_ansatz(reference, hamiltonian, 1)
    found, _ = minimized(ansatz.circuit, hamiltonian.observable, ansatz.start)
    assert abs(found - exact) < 1e-6


@pytest.mark.parametrize("name", ["h4_1.0", "h4_1.5", "lih_1.6", "h2o_cas"])
def test_uccsd_finds_99_percent_of_the_correlation_energy(name: str) -> None:
    hamiltonian, exact = molecule(name)
    ansatz = build_ansatz("uccsd", hamiltonian, 0)
    hartree_fock = energy(ansatz.circuit, hamiltonian.observable, ansatz.start)
    found, _ = minimized(ansatz.circuit, hamiltonian.observable, ansatz.start)
    assert hartree_fock > exact + 0.01
    assert exact - 1e-9 <= found < exact + CHEMICAL_ACCURACY
    assert (hartree_fock - found) / (hartree_fock - exact) > 0.99


def test_paired_coupled_cluster_solves_stretched_hydrogen() -> None:
    hamiltonian, exact = molecule("h4_1.5")
    ansatz = build_ansatz("k-upccgsd?k=2", hamiltonian, 1)
    found, _ = minimized(ansatz.circuit, hamiltonian.observable, ansatz.start, most=150)
    assert exact - 1e-9 <= found < exact + CHEMICAL_ACCURACY


def test_more_than_one_product_has_angles_of_its_own() -> None:
    hamiltonian, _ = molecule("h4_1.0")
    once, twice = (build_ansatz(f"uccsd?repetitions={times}", hamiltonian, 0) for times in (1, 2))
    assert len(twice.start) == 2 * len(once.start) == 52


@pytest.mark.parametrize("pool", ["fermionic", "qubit"])
def test_adapt_grows_to_the_energy_of_lithium_hydride(pool: str) -> None:
    hamiltonian, exact = molecule("lih_1.6")
    ansatz = build_ansatz(f"adapt?pool={pool}", hamiltonian, 0)
    assert ansatz.growth is not None
    assert ansatz.circuit.num_parameters == len(ansatz.start) == 0
    growth, operators, point = ansatz.growth, list[int](), np.zeros(0)
    found = energy(ansatz.circuit, hamiltonian.observable, point)
    while np.linalg.norm(slopes := pool_gradient(growth, operators, point, hamiltonian.observable)) > 1e-2:
        operators.append(int(np.argmax(np.abs(slopes))))
        before = found
        found, point = minimized(growth.circuit(operators), hamiltonian.observable, np.append(point, 0.0))
        assert found < before
    assert found - exact < 1e-4
    assert len(operators) < len(growth.pool) / 2


def pool_gradient(growth: Growth, operators: list[int], point: np.ndarray, observable) -> np.ndarray:
    parameters = np.concatenate([point, np.zeros(len(growth.pool))])
    circuit = Circuit(growth.probe(operators), dtype=torch.complex128)
    return energy_and_gradient(circuit, observable, torch.as_tensor(parameters))[1].numpy()[len(operators) :]


@pytest.mark.parametrize("pool", ["fermionic&generalized=true", "qubit", "local-paulis"])
def test_the_probe_tells_what_each_operator_would_give(pool: str) -> None:
    hamiltonian, _ = molecule("h2_0.735")
    growth = build_ansatz(f"adapt?pool={pool}", hamiltonian, 0).growth
    assert growth is not None
    taken, point, step = [2, 0], np.array([0.3, -0.2]), 1e-5
    slopes = pool_gradient(growth, taken, point, hamiltonian.observable)
    for index in range(len(growth.pool)):
        circuit = growth.circuit([*taken, index])
        up, down = (
            energy(circuit, hamiltonian.observable, np.append(point, angle)) for angle in (step, -step)
        )
        assert slopes[index] == pytest.approx((up - down) / (2 * step), abs=1e-7)


def test_spins_take_pauli_strings_that_can_matter() -> None:
    chain = ising_ring(4, 1.0)
    growth = build_ansatz("adapt?pool=local-paulis&max_operators=7", chain, 0).growth
    assert growth is not None
    assert growth.most == 7
    assert growth.pool[:4] == ("Y0", "Y1", "Y2", "Y3")
    assert all(name.count("Y") == 1 for name in growth.pool)
    assert len(growth.pool) == 4 + 4 * 6


def test_adapt_takes_the_pool_that_fits_the_problem() -> None:
    for problem, fitting in ((ising_ring(4, 1.0), "local-paulis"), (molecule("h2_0.735")[0], "fermionic")):
        default, named = (
            build_ansatz(name, problem, 0).growth for name in ("adapt", f"adapt?pool={fitting}")
        )
        assert default is not None
        assert default == named


@pytest.mark.parametrize(
    "reference", ["uccsd", "k-upccgsd", "adapt?pool=fermionic", "adapt?pool=qubit", "adapt?generalized=true"]
)
def test_ansatze_of_electrons_refuse_spins_and_name_what_fits(reference: str) -> None:
    reason = r"num_particles.*expected, found none of ising.*take adapt\?pool=local-paulis"
    with pytest.raises(InputRejected, match=reason):
        build_ansatz(reference, ising_ring(4, 1.0), 0)
