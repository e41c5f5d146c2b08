"""Excited states by deflation, against matrices that are written out and numpy's eigenvalues."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qorum.errors import NoEligibleBackend
from qorum.statevector.observables import PauliSum
from qorum.training.definitions import TrainingDefinition
from qorum.training.deflation import (
    deflated,
    is_doubtful,
    level_figures,
    levels_of,
    next_level,
    refuse_inexact,
    renewed,
    states_of,
)
from tests.qorum.reports import TRAINING
from tests.qorum.training.problems import asymmetric

X, Y, Z, ONE = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1]), np.eye(2)
PAIR = PauliSum.from_terms(2, [("II", 0.3), ("ZI", 1.0), ("IX", -0.5), ("YY", 0.25)])
PAIR_DENSE = 0.3 * np.eye(4) + np.kron(Z, ONE) - 0.5 * np.kron(ONE, X) + 0.25 * np.kron(Y, Y)


def definition(**changed: object) -> TrainingDefinition:
    asked = {
        "training_id": "ground",
        "kind": "vqe",
        "name": "pair",
        "problem": {"num_qubits": 1, "terms": [["Z", 1.0]]},
        "model": "hardware-efficient",
        "levels": [-2.0, -1.0, 0.5],
        "seed": 7,
    }
    return TrainingDefinition.model_validate(asked | changed)


def dense(observable: PauliSum) -> np.ndarray:
    """What it makes of each basis state, one in a row: the transpose."""
    return observable.apply(torch.eye(1 << observable.num_qubits, dtype=torch.complex128)).numpy().T


def test_a_state_is_raised_by_the_bound_of_the_spectrum_less_its_energy() -> None:
    state = np.array([0.6, 0, 0, 0.8j])
    found = deflated(PAIR, torch.from_numpy(state).reshape(1, 4))
    energy = (state.conj() @ PAIR_DENSE @ state).real
    assert energy == pytest.approx(0.3 + 0.36 - 0.64)
    weight = 1.0 + 0.5 + 0.25 + 0.3 - energy
    assert found.weights == pytest.approx([weight])
    np.testing.assert_allclose(
        dense(found), PAIR_DENSE + weight * np.outer(state, state.conj()), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_the_lowest_state_that_is_left_is_the_next_level(levels: int) -> None:
    observable = asymmetric(3)
    energies, vectors = np.linalg.eigh(dense(observable))
    lower = torch.from_numpy(vectors[:, :levels].T.copy())
    raised = deflated(observable, lower)
    found = np.linalg.eigvalsh(dense(raised))
    assert found[0] == pytest.approx(energies[levels])
    assert found[: 8 - levels] == pytest.approx(energies[levels:]), "the others stay where they are"
    expected = [raised.expectation(torch.from_numpy(vectors[:, k].copy()).reshape(1, 8)) for k in range(8)]
    assert float(expected[levels]) == pytest.approx(energies[levels])


def test_states_are_those_of_the_circuits_with_and_without_parameters() -> None:
    angle = Parameter("angle")
    turned, flipped = QuantumCircuit(2), QuantumCircuit(2)
    turned.ry(angle, 1)
    flipped.x(0)
    found = states_of([turned, flipped], [np.array([2 * np.pi / 3]), np.array([])])
    expected = [[0.5, 0, np.sqrt(0.75), 0], [0, 1, 0, 0]]
    np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=1e-12)


def test_a_level_is_told_without_penalties_and_with_its_shares_in_lower_ones() -> None:
    lower = torch.tensor([[1, 0, 0, 0], [0, 1, 0, 0]], dtype=torch.complex128)
    state = torch.tensor([0.6, 0, 0.8j, 0], dtype=torch.complex128)
    given = state.numpy()
    assert level_figures(PAIR, lower, state) == {
        "energy of the state": pytest.approx((given.conj() @ PAIR_DENSE @ given).real),
        "overlap with state 0": pytest.approx(0.36),
        "overlap with state 1": pytest.approx(0.0),
    }


def test_levels_are_told_by_ascending_energy_beside_the_exact_ones_and_unknown_ones_last() -> None:
    reports = [
        TRAINING.model_copy(update={"training_id": name, "energy": energy})
        for name, energy in (("a", -0.9), ("none", None), ("b", -1.9), ("c", 0.6))
    ]
    levels = levels_of(definition(), reports)
    assert [(one.level, one.training_id, one.energy, one.exact) for one in levels] == [
        (0, "b", -1.9, -2.0),
        (1, "a", -0.9, -1.0),
        (2, "c", 0.6, 0.5),
        (3, "none", None, None),
    ]


def test_what_went_on_since_takes_its_place_among_the_levels() -> None:
    reports = [
        TRAINING.model_copy(update={"training_id": name, "energy": energy})
        for name, energy in (("a", -1.9), ("b", -0.9))
    ]
    since = reports[1].model_copy(update={"energy": -1.95, "reason": "further"})
    levels = renewed(levels_of(definition(), reports), since)
    assert [(one.level, one.training_id, one.energy, one.exact, one.reason) for one in levels] == [
        (0, "b", -1.95, -2.0, "further"),
        (1, "a", -1.9, -1.0, "converged"),
    ]


def test_the_next_level_starts_at_random_above_what_prepares_the_lower_ones() -> None:
    ground = definition()
    found = next_level(ground, [TRAINING], attempt=0)
    assert [(one.operators, one.parameters) for one in found.below] == [([3, 1], [0.1, -0.2])]
    assert (found.reference, found.initial, found.levels) == (-1.0, "random", [])
    assert found.training_id.startswith("ground.1a-")
    other = next_level(ground, [TRAINING], attempt=1)
    assert other.seed != found.seed != ground.seed
    assert other.training_id.startswith("ground.1b-")
    changed = TRAINING.model_copy(update={"parameters": (0.1, -0.3)})
    assert next_level(ground, [changed], attempt=0).training_id != found.training_id
    assert next_level(definition(levels=[]), [TRAINING], attempt=0).reference is None


def test_the_id_of_a_level_fits_however_long_that_of_the_ground_state_is() -> None:
    found = next_level(definition(training_id="g" * 80), [TRAINING], attempt=2).training_id
    assert len(found) == 80
    assert found.startswith("g" * 68 + ".1c-")


def test_overlaps_are_exact_on_the_engine_alone() -> None:
    refuse_inexact(definition(backend="torch?device=cpu"))
    for changed in ({"shots": 100}, {"backend": "aer"}):
        with pytest.raises(NoEligibleBackend, match="overlaps are exact"):
            refuse_inexact(definition(**changed))


def test_a_level_is_doubtful_that_ended_above_its_reference() -> None:
    reasons = ("a local minimum: the gradient vanishes, 1e-1 above the reference", "converged")
    assert [is_doubtful(TRAINING.model_copy(update={"reason": one})) for one in reasons] == [True, False]
