"""Exact energies on the engine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp, Statevector

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.engine_objective import EngineObjective
from qorum.training.objective import Request

from .problems import ansatz, asymmetric, entangled_rotations, points, slopes


def qiskit_energy(circuit: QuantumCircuit, observable: PauliSum, point: np.ndarray) -> float:
    n = observable.num_qubits
    names = [
        "".join("IXZY"[(term.x >> q & 1) + 2 * (term.z >> q & 1)] for q in reversed(range(n)))
        for term in observable.terms
    ]
    operator = SparsePauliOp(
        ["I" * n, *names], [observable.constant, *(term.coefficient for term in observable.terms)]
    )
    return Statevector(circuit.assign_parameters(point)).expectation_value(operator).real


@pytest.mark.parametrize("circuit", [ansatz(), entangled_rotations()])
def test_values_are_those_of_qiskit_and_gradients_those_of_differences(circuit: QuantumCircuit) -> None:
    observable = asymmetric(circuit.num_qubits)
    objective = EngineObjective(circuit, observable)
    where = points(circuit, 3)
    answer = objective.evaluate(Request(where, gradient=True), 0)
    expected = [qiskit_energy(circuit, observable, point) for point in where]
    np.testing.assert_allclose(answer.values, expected, atol=1e-12)
    differences = slopes(lambda at: objective.evaluate(Request(at)).values, where[0])
    np.testing.assert_allclose(answer.gradient, differences, atol=1e-8)
    assert not answer.variances.any()
    assert (answer.shots, answer.circuits, answer.metric) == (0, 3, None)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.booleans()), max_size=4), st.integers(1, 5))
def test_the_same_request_gives_the_same_bits_whatever_was_asked_before(before, count) -> None:
    circuit = ansatz(3, 1)
    request = Request(points(circuit, count), gradient=True, metric=True)
    fresh = EngineObjective(circuit, asymmetric(3)).evaluate(request, 0)
    used = EngineObjective(circuit.copy(), asymmetric(3))
    for place, (number, gradient, metric) in enumerate(before):
        used.evaluate(Request(points(circuit, number, seed=place), gradient, metric), place)
    again = used.evaluate(request, 7)
    for left, right in ((fresh.values, again.values), (fresh.gradient, again.gradient)):
        assert left is not None
        assert right is not None
        assert left.tobytes() == right.tobytes()
    assert fresh.metric is not None
    assert again.metric is not None
    assert fresh.metric.tobytes() == again.metric.tobytes()


def test_an_answer_is_not_changed_by_later_requests() -> None:
    circuit = ansatz(3, 1)
    objective = EngineObjective(circuit, asymmetric(3))
    first = objective.evaluate(Request(points(circuit), gradient=True))
    assert first.gradient is not None
    values, gradient = first.values.copy(), first.gradient.copy()
    objective.evaluate(Request(points(circuit, 1, seed=5), gradient=True))
    assert (first.values == values).all()
    assert (first.gradient == gradient).all()


def test_a_circuit_without_parameters_has_an_energy_and_an_empty_gradient() -> None:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    objective = EngineObjective(circuit, PauliSum.from_terms(1, [("X", 2.0), ("I", 1.0)]))
    answer = objective.evaluate(Request(np.zeros((2, 0)), gradient=True, metric=True))
    np.testing.assert_allclose(answer.values, [3.0, 3.0])
    assert answer.gradient is not None
    assert answer.metric is not None
    assert (answer.gradient.shape, answer.metric.shape) == ((0,), (0, 0))
    assert objective.landscape.frequencies == ()


def test_frequencies_of_a_parameter_add_up_over_its_gates() -> None:
    found = EngineObjective(entangled_rotations(), asymmetric(3)).landscape
    assert found.num_parameters == 4
    assert found.frequencies is not None
    assert found.frequencies[0] == (1.0, 2.0)
    assert found.frequencies[1] == (2.0, 4.0, 6.0)
    assert found.frequencies[2] == (0.5, 1.0, 1.5, 2.0)


def test_energies_have_no_frequency_beyond_those_of_the_landscape() -> None:
    circuit = entangled_rotations()
    objective = EngineObjective(circuit, asymmetric(3))
    assert objective.landscape.frequencies is not None
    at = np.tile(points(circuit)[0], (64, 1))
    for place, frequencies in enumerate(objective.landscape.frequencies):
        sweep = at.copy()
        sweep[:, place] = np.arange(64) * 4 * np.pi / 64
        spectrum = abs(np.fft.rfft(objective.evaluate(Request(sweep)).values)) / 64
        seen = {k / 2 for k in range(1, 33) if spectrum[k] > 1e-9}
        assert seen <= set(frequencies)
        assert seen


def test_more_than_64_frequencies_are_not_given() -> None:
    circuit = ansatz(2, 1)
    (parameter, *others) = circuit.parameters
    for _ in range(70):
        circuit.ry(parameter, 0)
    assert EngineObjective(circuit, asymmetric(2)).landscape.frequencies is None
    assert EngineObjective(circuit, asymmetric(2)).landscape.num_parameters == 1 + len(others)


def test_bad_requests_and_circuits_are_refused_with_words() -> None:
    objective = EngineObjective(ansatz(2, 1), asymmetric(2))
    for wrong in (np.zeros(4), np.zeros((1, 3)), np.zeros((0, 4))):
        with pytest.raises(InputRejected, match=r"points of shape \[points, 4\]"):
            objective.evaluate(Request(wrong))
    for value in (np.nan, np.inf):
        with pytest.raises(InputRejected, match="finite"):
            objective.evaluate(Request(np.full((1, 4), value)))
    with pytest.raises(InputRejected, match="at most 2 qubits"):
        EngineObjective(ansatz(2, 1), asymmetric(3))
    measured = ansatz(2, 1)
    measured.measure_all()
    with pytest.raises(InputRejected, match="without measurements"):
        EngineObjective(measured, asymmetric(2))
