"""Expectation values for models from jobs of a backend: those of the engine, and so their gradients."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit

from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.statevector.expectations import expectation
from qorum.statevector.noise import NoiseModel
from qorum.statevector.observables import PauliSum
from qorum.statevector.simulate import sample
from qorum.training.backend_expectations import BackendExpectations
from qorum.training.circuit_expectations import CircuitExpectations
from qorum.training.work import run_on

from .problems import ansatz, asymmetric, points

CIRCUIT = ansatz(3, 1)
OBSERVABLES = (asymmetric(3), PauliSum.from_terms(3, [("ZII", 1.0)]), PauliSum.from_terms(3, [("IXY", 0.5)]))


class Simulator:
    """Takes seven circuits a job."""

    can_expect = True

    def __init__(self) -> None:
        self.jobs: list[int] = []

    def profile(self) -> BackendProfile:
        target = ideal_target(dynamic=False)
        return BackendProfile("simulator", "p", "e", "cpu", "cpu", 9, target, max_circuits=7)

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        self.jobs.append(len(circuits))
        pairs = zip(circuits, seeds, strict=True)
        return [Counts(sample(circuit, shots, seed), "simulator", seed=seed) for circuit, seed in pairs]

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        self.jobs.append(len(circuits))
        return [expectation(c, o, NoiseModel()) for c, o in zip(circuits, observables, strict=True)]


def asked(simulator: Simulator, *, sampled: bool, shifted: Sequence[int]) -> BackendExpectations:
    given = CIRCUIT, OBSERVABLES, simulator.profile(), run_on(simulator)
    return BackendExpectations(*given, sampled=sampled, shifted=shifted)


ALL = range(CIRCUIT.num_parameters)
BATCH = torch.from_numpy(points(CIRCUIT, 3))
SLOPES = torch.tensor([[1.0, -0.5, 2.0]]).repeat(3, 1)


def gradient(of: BackendExpectations | CircuitExpectations, shots: int | None = None) -> torch.Tensor:
    given = BATCH.clone().requires_grad_()
    (of.by_shift(given, shots, 5) * SLOPES).sum().backward()
    assert given.grad is not None
    return given.grad


def test_exact_values_and_gradients_are_those_of_the_engine() -> None:
    simulator = Simulator()
    found, engine = asked(simulator, sampled=False, shifted=ALL), CircuitExpectations(CIRCUIT, OBSERVABLES)
    torch.testing.assert_close(found.exact(BATCH), engine.exact(BATCH), atol=1e-9, rtol=0)
    assert simulator.jobs == [3, 3, 3], "one for each observable"
    torch.testing.assert_close(gradient(found), gradient(engine), atol=1e-9, rtol=0)


def test_gradients_are_asked_for_by_the_wanted_parameters_alone() -> None:
    simulator = Simulator()
    some = asked(simulator, sampled=False, shifted=[1, 4])
    whole = gradient(CircuitExpectations(CIRCUIT, OBSERVABLES))
    found = gradient(some)
    torch.testing.assert_close(found[:, [1, 4]], whole[:, [1, 4]], atol=1e-9, rtol=0)
    assert not found[:, [0, 2, 3, 5]].any()
    assert some.shifted_circuits == 2 * 2 * len(OBSERVABLES)
    assert sum(simulator.jobs) == 3 * (some.circuits + some.shifted_circuits)


@pytest.mark.parametrize("seed", [1, 2])
def test_samples_agree_with_exact_values_and_come_again_with_the_seed(seed: int) -> None:
    simulator = Simulator()
    found = asked(simulator, sampled=True, shifted=ALL)
    exact = CircuitExpectations(CIRCUIT, OBSERVABLES).exact(BATCH)
    values = found.sampled(BATCH, 4_000, seed)
    assert max(simulator.jobs) <= 7
    assert sum(simulator.jobs) == 3 * found.circuits
    largest = sum(abs(term.coefficient) for term in OBSERVABLES[0].terms)
    assert float((values - exact).abs().max()) < 5 * largest / 4_000**0.5
    assert torch.equal(values, found.sampled(BATCH, 4_000, seed))
    assert not torch.equal(values, found.sampled(BATCH, 4_000, seed + 7))
    engine = gradient(CircuitExpectations(CIRCUIT, OBSERVABLES))
    assert float((gradient(found, 4_000) - engine).abs().max()) < 10 * largest / 4_000**0.5
    np.testing.assert_array_equal(gradient(found, 400).numpy(), gradient(found, 400).numpy())
