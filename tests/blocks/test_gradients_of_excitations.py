"""Gradients of chemists' ansätze on backends: few circuits where these are exact, all under noise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from blocks.object_store import LocalFolder
from blocks.objectives import open_objective
from blocks.workloads import open_workload
from qorum.training.ansatze import build_ansatz
from qorum.training.definitions import TrainingDefinition
from qorum.training.hamiltonian_formats import hamiltonian_to_json, read_hamiltonian
from qorum.training.objective import Request
from qorum.training.phases import Phase

SOURCE = json.loads(Path("examples/hamiltonians/h2_0.735.json").read_text())
H2 = read_hamiltonian(SOURCE, name="h2")
UCCSD = build_ansatz("uccsd", H2, 0)
REQUEST = Request(np.random.default_rng(2).uniform(-3, 3, (1, 3)), gradient=True)


def test_without_noise_an_excitation_takes_four_circuits_and_its_gradient_is_the_same() -> None:
    by_gates, whole = (
        open_objective("aer", UCCSD.circuit, H2.observable, 0, frequencies=frequencies).evaluate(REQUEST, 0)
        for frequencies in (None, UCCSD.frequencies)
    )
    assert (by_gates.circuits, whole.circuits) == (1 + 24, 1 + 12)
    np.testing.assert_allclose(whole.gradient, by_gates.gradient, rtol=0, atol=1e-9)


@pytest.mark.parametrize("backend", ["torch?depolarizing_2q=0.02", "aer?depolarizing_2q=0.02"])
def test_noise_between_the_gates_of_an_excitation_leaves_its_gradient_exact(backend: str) -> None:
    objective = open_objective(backend, UCCSD.circuit, H2.observable, 0, frequencies=UCCSD.frequencies)
    answer = objective.evaluate(REQUEST, 0)
    assert answer.circuits == 1 + 24
    step = 1e-4 * np.eye(3)
    around = objective.evaluate(Request(REQUEST.points + np.concatenate([step, -step])), 0).values
    np.testing.assert_allclose(answer.gradient, (around[:3] - around[3:]) / 2e-4, atol=1e-7)


def test_a_pool_is_probed_by_whole_excitations_too(tmp_path) -> None:
    definition = TrainingDefinition(
        training_id="probed",
        kind="vqe",
        name="h2",
        problem=hamiltonian_to_json(H2),
        model="adapt",
        optimizer="lbfgs",
        shots=0,
        seed=1,
        max_steps=3,
        backend="aer",
    )
    workload = open_workload(definition, LocalFolder(path=tmp_path))
    objective = workload.source_on("aer")(Phase((2,), probing=True))
    exact = workload.source_on("torch")(Phase((2,), probing=True))
    request = Request(np.array([[0.3, 0.0, 0.0, 0.0]]), gradient=True)
    answer = objective.evaluate(request, 0)
    assert answer.circuits == 1 + 4 * 4
    np.testing.assert_allclose(answer.gradient, exact.evaluate(request, 0).gradient, atol=1e-9)
