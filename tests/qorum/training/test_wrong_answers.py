"""A backend's answer counts only if it can be one: else the backend has failed, in words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.statevector.observables import PauliSum
from qorum.statevector.simulate import sample
from qorum.training.expectation_objective import ExpectationObjective
from qorum.training.objective import Answer, Request
from qorum.training.sampled_objective import SampledObjective
from qorum.training.samplers import BackendSampler
from qorum.training.work import run_on

OBSERVABLE = PauliSum.from_terms(2, [["ZZ", 1.0], ["XI", 0.5], ["II", -3.0]])
POINT = Request(np.array([[0.4]]))


class Changing:
    """Samples honestly, and changes what it has found."""

    def __init__(self, change: Callable[[Any], Any]) -> None:
        self._change = change

    def profile(self) -> BackendProfile:
        return BackendProfile(
            name="changing", provider="p", engine="e", device="cpu", pool="cpu", num_qubits=9,
            target=ideal_target(dynamic=False), dynamic=False, noisy=False,
        )  # fmt: skip

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        found = [
            Counts(sample(circuit, shots, seed), "changing")
            for circuit, seed in zip(circuits, seeds, strict=True)
        ]
        return self._change(found)

    can_expect = True

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        del observables
        return self._change([-2.5] * len(circuits))


def ansatz() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.ry(Parameter("a"), 0)
    circuit.cx(0, 1)
    return circuit


def sampled(backend: Changing) -> Answer:
    sampler = partial(BackendSampler, profile=backend.profile())
    return SampledObjective(ansatz(), OBSERVABLE, 400, sampler).evaluate(POINT, 0, run_on(backend))


def expected(backend: Changing) -> Answer:
    return ExpectationObjective(backend.profile(), ansatz(), OBSERVABLE).evaluate(POINT, 0, run_on(backend))


def halved(found: list[Counts]) -> list[Counts]:
    return [Counts({key: -(-n // 2) for key, n in one.histogram.items()}, "changing") for one in found]


def broken(_: Any) -> Any:
    raise KeyError("results")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (halved, "shots expected from the backend"),
        (lambda found: found[:-1], "histograms expected from the backend, found"),
        (lambda found: [*found, found[0]], "histograms expected from the backend, found"),
        (lambda found: [one.marginal([0]) for one in found], "keys of 2 bits expected .* found 1"),
        (lambda found: [dict(one.histogram) for one in found], "counts expected .* found dict"),
        (broken, "the backend broke: KeyError"),
    ],
)
def test_counts_that_cannot_be_the_circuits_own_are_no_energy(
    change: Callable[[Any], Any], reason: str
) -> None:
    with pytest.raises(BackendFailed, match=reason):
        sampled(Changing(change))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda found: found[:-1], "expectation values expected from the backend, found 0"),
        (lambda _: [math.inf], "expectation values from"),
        (lambda _: [None], "real expectation values expected"),
        (lambda _: [-4.6], r"from -4.5 to -1.5 expected from the backend, found -4.6"),
        (lambda _: [-1.4], "found -1.4"),
        (broken, "the backend broke: KeyError"),
    ],
)
def test_expectation_values_beyond_the_observables_bounds_are_none(
    change: Callable[[Any], Any], reason: str
) -> None:
    with pytest.raises(BackendFailed, match=reason):
        expected(Changing(change))


def test_answers_that_can_be_right_count() -> None:
    honest = Changing(lambda found: found)
    assert sampled(honest).shots == 400
    assert expected(honest).values[0] == -2.5
