"""A circuit's plan may be shared: by threads, copies and pickles none of which sees another's numbers."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qorum.errors import CircuitRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.observables import PauliSum

OBSERVABLE = PauliSum.from_terms(3, [["XYZ", 1.0], ["ZIZ", 0.4]])


def circuit() -> QuantumCircuit:
    a, b = Parameter("a"), Parameter("b")
    made = QuantumCircuit(3)
    made.h(0)
    made.rx(a, 0)
    made.cx(0, 1)
    made.ry(b, 2)
    made.iswap(1, 2)
    made.rzz(a, 0, 2)
    return made


def test_threads_that_share_a_circuit_find_what_one_finds() -> None:
    shared = Circuit(circuit(), dtype=torch.complex128)
    points = [[0.1 * i, 0.3 - 0.2 * i] for i in range(80)]

    def found(point: list[float]) -> tuple[float, torch.Tensor, torch.Tensor]:
        energy, gradient = energy_and_gradient(shared, OBSERVABLE, point)
        with torch.no_grad():
            return energy, gradient, shared.states([point, point])

    expected = [found(point) for point in points]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(found, points))
    for one, other in zip(together, expected, strict=True):
        assert one[0] == other[0]
        assert torch.equal(one[1], other[1])
        assert torch.equal(one[2], other[2])


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])  # noqa: S301
def test_a_copy_that_was_made_after_use_is_a_circuit_of_its_own(copied: object) -> None:
    assert callable(copied)
    used = Circuit(circuit(), dtype=torch.complex128)
    before = energy_and_gradient(used, OBSERVABLE, [0.3, 0.2])
    other = copied(used)
    energy_and_gradient(used, OBSERVABLE, [1.3, -0.7])
    energy, gradient = energy_and_gradient(other, OBSERVABLE, [0.3, 0.2])
    assert energy == before[0]
    assert torch.equal(gradient, before[1])
    evolution = copied(used.evolution)
    assert torch.equal(evolution.from_zero(used.inputs([0.3, 0.2])), used.states([0.3, 0.2]))


def test_a_batch_of_none_has_no_states() -> None:
    made = Circuit(circuit(), dtype=torch.complex128)
    states = made.states(torch.zeros(0, 2))
    assert states.shape == (0, 8)
    assert OBSERVABLE.expectation(states).shape == (0,)


@pytest.mark.parametrize("given", [[1j, 0.0], torch.zeros(2, dtype=torch.complex64), {"a": 1.0, "b": 2.0}])
def test_parameters_that_are_no_real_numbers_are_refused(given: object) -> None:
    with pytest.raises(CircuitRejected, match="expected, found"):
        Circuit(circuit()).states(given)  # pyright: ignore[reportArgumentType]


def test_a_reset_of_what_is_zero_does_nothing() -> None:
    a = Parameter("a")
    made = QuantumCircuit(2)
    made.initialize([2**-0.5, 0, 0, 2**-0.5], [0, 1])
    made.rx(a, 0)
    bare = QuantumCircuit(2)
    bare.prepare_state([2**-0.5, 0, 0, 2**-0.5], [0, 1])
    bare.rx(a, 0)
    found, expected = (Circuit(one, dtype=torch.complex128).states([0.4]) for one in (made, bare))
    assert torch.allclose(found, expected, atol=1e-12)
    made.reset(0)
    with pytest.raises(CircuitRejected, match="reset"):
        Circuit(made)


def test_expressions_that_are_linear_whatever_they_look_like_are_angles_and_others_are_not() -> None:
    a, b = Parameter("a"), Parameter("b")
    made = QuantumCircuit(1)
    made.rx((a + 1) * (a - 1) - a**2, 0)
    expected = QuantumCircuit(1)
    expected.rx(-1.0, 0)
    assert torch.allclose(Circuit(made).states([0.7]), Circuit(expected).states(), atol=1e-6)
    for wrong in (a * b, a.sin(), a**2, a.abs(), a.sign()):
        bad = QuantumCircuit(1)
        bad.rx(wrong, 0)
        with pytest.raises(CircuitRejected, match="linear in its parameters"):
            Circuit(bad)
    with pytest.raises(CircuitRejected, match="at least one qubit"):
        Circuit(QuantumCircuit(0))
