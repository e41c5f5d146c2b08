"""Energies from samples of the engine; those of backends are in tests/blocks/test_objectives.py."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.statevector.observables import PauliSum
from qorum.training.engine_objective import EngineObjective
from qorum.training.objective import Request
from qorum.training.sampled_objective import SampledObjective
from qorum.training.samplers import EngineSampler

from .problems import ansatz, asymmetric, entangled_rotations, points

SEEDS = 200


@pytest.mark.parametrize("circuit", [ansatz(), entangled_rotations()])
def test_energies_and_gradients_are_unbiased_and_their_variances_right(circuit: QuantumCircuit) -> None:
    observable = asymmetric(circuit.num_qubits)
    where = points(circuit, 2)
    exact = EngineObjective(circuit, observable).evaluate(Request(where, gradient=True))
    objective = SampledObjective(circuit, observable, 600, EngineSampler)
    answers = [objective.evaluate(Request(where, gradient=True), seed) for seed in range(SEEDS)]
    values = np.array([answer.values for answer in answers])
    variances = np.array([answer.variances for answer in answers])
    pulls = (values - exact.values) / np.sqrt(variances)
    assert abs(pulls.mean(0)).max() < 5 / np.sqrt(SEEDS)
    # Chi-square: the mean square of a pull is 1 up to √(2 / seeds).
    assert abs((pulls**2).mean(0) - 1).max() < 5 * np.sqrt(2 / SEEDS)
    np.testing.assert_allclose(variances.mean(0), values.var(0, ddof=1), rtol=5 * np.sqrt(2 / SEEDS))
    gradients = np.array([answer.gradient for answer in answers])
    errors = gradients.std(0, ddof=1) / np.sqrt(SEEDS)
    assert (abs(gradients.mean(0) - exact.gradient) < 5 * errors).all()


def test_the_same_request_and_seed_give_the_same_bits_in_a_fresh_object() -> None:
    circuit, observable = ansatz(3, 1), asymmetric(3)
    request = Request(points(circuit, 3), gradient=True, metric=True)
    used = SampledObjective(circuit, observable, 500, EngineSampler)
    used.evaluate(Request(points(circuit, 2)), 3)
    first = used.evaluate(request, 9)
    again = SampledObjective(circuit.copy(), observable, 500, EngineSampler).evaluate(request, 9)
    for name in ("values", "variances", "gradient", "metric"):
        assert getattr(first, name).tobytes() == getattr(again, name).tobytes()
    assert (used.evaluate(request, 10).values != first.values).all()


def test_few_shots_of_many_qubits_are_drawn_one_by_one_and_agree_too() -> None:
    circuit, observable = ansatz(9, 1), asymmetric(9)
    where = points(circuit, 2)
    exact = EngineObjective(circuit, observable).evaluate(Request(where)).values
    answer = SampledObjective(circuit, observable, 900, EngineSampler).evaluate(Request(where), 1)
    assert (abs(answer.values - exact) < 5 * np.sqrt(answer.variances)).all()


def test_what_is_spent_is_counted() -> None:
    circuit = ansatz(2, 1)
    objective = SampledObjective(circuit, asymmetric(2), 100, EngineSampler)
    one = objective.evaluate(Request(points(circuit)), 0)
    groups = one.circuits
    assert one.shots == 100
    four = objective.evaluate(Request(points(circuit, 4)), 0)
    assert (four.shots, four.circuits) == (400, 4 * groups)
    gradient = objective.evaluate(Request(points(circuit), gradient=True), 0)
    assert (gradient.shots, gradient.circuits) == (900, 9 * groups)


def test_a_constant_costs_nothing() -> None:
    circuit = ansatz(2, 1)
    objective = SampledObjective(circuit, PauliSum.from_terms(2, [("II", 1.5)]), 100, EngineSampler)
    answer = objective.evaluate(Request(points(circuit), gradient=True), 0)
    assert (answer.values.tolist(), answer.variances.tolist()) == ([1.5], [0.0])
    assert answer.gradient is not None
    assert not answer.gradient.any()
    assert (answer.shots, answer.circuits) == (0, 0)


def test_a_circuit_without_parameters_is_sampled() -> None:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    objective = SampledObjective(circuit, PauliSum.from_terms(1, [("X", 2.0)]), 10, EngineSampler)
    answer = objective.evaluate(Request(np.zeros((2, 0)), gradient=True), 0)
    assert answer.values.tolist() == [2.0, 2.0]
    assert answer.gradient is not None
    assert answer.gradient.shape == (0,)


def test_too_few_shots_are_refused_when_the_objective_is_made() -> None:
    with pytest.raises(CircuitRejected, match=r"4 groups .* set 8 or more"):
        SampledObjective(ansatz(2, 1), asymmetric(2), 1, EngineSampler)
