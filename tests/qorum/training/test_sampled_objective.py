"""Energies from samples of the engine; those of backends are in tests/blocks/test_objectives.py."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.simulate import sample
from qorum.training.ansatze import build_ansatz
from qorum.training.engine_objective import EngineObjective
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.objective import Request
from qorum.training.sampled_objective import SampledObjective
from qorum.training.samplers import BackendSampler, EngineSampler
from qorum.training.work import run_on

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


def skewed() -> tuple[QuantumCircuit, PauliSum]:
    """Groups whose deviations are far from √Σc², and whose samples are skewed; a pilot tells much of it."""
    circuit = ansatz(3, 1)
    terms = [("IIZ", 1.0), ("IZI", 0.8), ("ZZI", 0.9), ("XXI", 0.4), ("IYY", 0.3), ("III", -0.2)]
    return circuit, PauliSum.from_terms(3, terms)


NEAR_ZERO = np.tile([0.25, 0.1], 3)
"""Where Z hardly varies."""


def test_a_pilot_biases_neither_energies_nor_variances_nor_gradients() -> None:
    circuit, observable = skewed()
    request = Request(np.stack([NEAR_ZERO, NEAR_ZERO + 0.1]), gradient=True)
    exact = EngineObjective(circuit, observable).evaluate(request)
    objective = SampledObjective(circuit, observable, 600, EngineSampler)
    answers = [objective.evaluate(request, seed) for seed in range(4 * SEEDS)]
    values, variances, gradients = (
        np.array([getattr(answer, name) for answer in answers])
        for name in ("values", "variances", "gradient")
    )
    pulls = (values - exact.values) / np.sqrt(variances.mean(0))
    assert abs(pulls.mean(0)).max() < 5 / np.sqrt(4 * SEEDS)
    assert abs((pulls**2).mean(0) - 1).max() < 5 * np.sqrt(2 / (4 * SEEDS))
    errors = gradients.std(0, ddof=1) / np.sqrt(4 * SEEDS)
    assert (abs(gradients.mean(0) - exact.gradient) < 5 * errors).all()


def test_a_pilot_saves_a_third_of_the_variance_of_lithium_hydride() -> None:
    source = Path("examples/hamiltonians/lih_1.6.json").read_text()
    hamiltonian = read_hamiltonian(json.loads(source), name="lih")
    circuit = build_ansatz("uccsd", hamiltonian, 0).circuit
    request = Request(np.random.default_rng(1).normal(0, 0.05, (2, circuit.num_parameters)))
    found = [
        SampledObjective(circuit, hamiltonian.observable, 20_000, EngineSampler, pilot=pilot)
        .evaluate(request, 1)
        .variances
        for pilot in (True, False)
    ]
    assert (found[0] < 0.67 * found[1]).all()


def test_what_a_pilot_spends_is_counted() -> None:
    circuit, observable = skewed()
    one_stage = SampledObjective(circuit, observable, 2_000, EngineSampler, pilot=False)
    two_stages = SampledObjective(circuit, observable, 2_000, EngineSampler)
    request = Request(NEAR_ZERO[None])
    without, with_pilot = one_stage.evaluate(request, 0), two_stages.evaluate(request, 0)
    assert without.shots == with_pilot.shots == 2_000
    assert (without.circuits, with_pilot.circuits) == (3, 6)
    gradient = Request(NEAR_ZERO[None], gradient=True)
    without, with_pilot = one_stage.evaluate(gradient, 0), two_stages.evaluate(gradient, 0)
    assert (without.shots, without.circuits) == (2_000 * 13, 3 * 13)
    assert 2_000 * 13 < with_pilot.shots <= 2_000 * 13 + 8 * 100
    assert with_pilot.circuits == 3 * 13 + 3 * 9


def test_shifted_circuits_get_the_shots_of_their_own_variances() -> None:
    """|0> read in Z never varies, shifted by π/2 it always does."""
    circuit = QuantumCircuit(1)
    circuit.ry(Parameter("t"), 0)
    observable = PauliSum.from_terms(1, [("Z", 1.0), ("X", 1.0)])
    request = Request(np.zeros((1, 1)), gradient=True)
    spreads = []
    for pilot in (True, False):
        objective = SampledObjective(circuit, observable, 2_000, EngineSampler, pilot=pilot)
        gradients = [objective.evaluate(request, seed).gradient for seed in range(SEEDS)]
        spreads.append(np.var(gradients))
    # In the shifted states Z alone varies: nearly all shots belong to it, half are given beforehand.
    assert spreads[0] < 0.8 * spreads[1]


class Counting:
    """An ideal backend of few circuits a job, and the jobs it was given: circuits and shots of each."""

    def __init__(self, max_circuits: int) -> None:
        self._max_circuits = max_circuits
        self.jobs: list[tuple[int, int]] = []

    def profile(self) -> BackendProfile:
        return BackendProfile(
            "few",
            "qorum",
            "torch",
            "cpu",
            "cpu",
            4,
            ideal_target(dynamic=False),
            max_circuits=self._max_circuits,
        )

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        self.jobs.append((len(circuits), shots))
        pairs = zip(circuits, seeds, strict=True)
        return [Counts(sample(circuit, shots, seed), "few", seed=seed) for circuit, seed in pairs]


def test_jobs_hold_no_more_circuits_than_the_backend_takes_and_give_the_same_bits() -> None:
    circuit, observable = skewed()
    request = Request(NEAR_ZERO[None], gradient=True)
    answers, jobs = [], []
    for most in (1_000, 7):
        backend = Counting(most)
        sampler = partial(BackendSampler, profile=backend.profile())
        objective = SampledObjective(circuit, observable, 2_000, sampler)
        answers.append(objective.evaluate(request, 3, run_on(backend)))
        jobs.append(backend.jobs)
    assert answers[0].gradient.tobytes() == answers[1].gradient.tobytes()  # type: ignore[union-attr]
    assert answers[0].values.tobytes() == answers[1].values.tobytes()
    for own in jobs:
        assert sum(circuits for circuits, _ in own) == answers[0].circuits
        assert sum(circuits * shots for circuits, shots in own) == answers[0].shots
    assert max(circuits for circuits, _ in jobs[1]) == 7
    # One job for each number of shots: those of the pilot, of the first point, and of its shifts.
    assert len(jobs[0]) <= 3 * 3


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
    with pytest.raises(InputRejected, match=r"4 groups .* set 8 or more"):
        SampledObjective(ansatz(2, 1), asymmetric(2), 1, EngineSampler)
