"""The Fubini-Study metric within layers."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import Statevector

from qorum.errors import InputRejected
from qorum.statevector.shift import plan_shifts
from qorum.training.metric import ExactMetric, layers_of
from qorum.training.sampled_metric import SampledMetric
from qorum.training.samplers import EngineSampler
from qorum.training.work import carried_out, run_on

from .problems import ansatz, entangled_rotations, points


def dense_metric(circuit: QuantumCircuit, point: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """The whole metric, from differences of states."""

    def state(at: np.ndarray) -> np.ndarray:
        return Statevector(circuit.assign_parameters(at)).data

    psi = state(point)
    slopes = [(state(point + way) - state(point - way)) / (2 * step) for way in step * np.eye(len(point))]
    gram = np.array([[np.vdot(a, b) for b in slopes] for a in slopes])
    along = np.array([np.vdot(psi, slope) for slope in slopes])
    return (gram - np.outer(along.conj(), along)).real


def blocks(circuit: QuantumCircuit) -> np.ndarray:
    """Which pairs of parameters are in one layer, for circuits without shared parameters."""
    same = np.zeros((circuit.num_parameters,) * 2, dtype=bool)
    for layer in layers_of(plan_shifts(circuit)):
        same[np.ix_(layer.angles, layer.angles)] = True
    return same


def all_gates() -> QuantumCircuit:
    """Every gate that has a generator, once, on qubits in an order that tells them apart."""
    p = ParameterVector("p", 13)
    circuit = QuantumCircuit(3)
    circuit.ry(0.4, [0, 1, 2])
    circuit.rx(p[0], 0)
    circuit.ry(p[1], 1)
    circuit.rz(p[2], 2)
    circuit.p(p[3], 0)
    circuit.rxx(p[4], 0, 1)
    circuit.ryy(p[5], 1, 2)
    circuit.rzz(p[6], 2, 0)
    circuit.h([0, 1])
    circuit.rzx(p[7], 1, 0)
    circuit.crx(p[8], 2, 1)
    circuit.cry(p[9], 0, 2)
    circuit.crz(p[10], 1, 0)
    circuit.cp(p[11], 2, 1)
    circuit.cx(0, 1)
    circuit.ry(p[12], 1)
    return circuit


def test_layers_are_as_wide_as_their_qubits_allow() -> None:
    layers = layers_of(plan_shifts(ansatz(3, 2)))
    assert [len(layer.angles) for layer in layers] == [3, 3, 3, 3]
    chain = QuantumCircuit(4)
    p = ParameterVector("p", 3)
    for qubit in range(3):
        chain.rzz(p[qubit], qubit, qubit + 1)
    assert [len(layer.angles) for layer in layers_of(plan_shifts(chain))] == [3]


@pytest.mark.parametrize("circuit", [ansatz(3, 2), all_gates()])
def test_within_layers_it_is_the_dense_one_and_zero_between_them(circuit: QuantumCircuit) -> None:
    point = points(circuit)[0]
    same = blocks(circuit)
    assert same.sum() > len(same)
    expected = np.where(same, dense_metric(circuit, point), 0)
    np.testing.assert_allclose(ExactMetric(circuit)(point), expected, atol=1e-8)


def test_a_shared_parameter_of_one_layer_has_its_whole_metric() -> None:
    p = ParameterVector("p", 2)
    circuit = QuantumCircuit(3)
    circuit.ry(0.3, 0)
    circuit.h([1, 2])
    circuit.rzz(p[0], 0, 1)
    circuit.rzz(-0.5 * p[0] + 0.2, 1, 2)
    circuit.rz(3 * p[1], 1)
    point = np.array([0.4, 1.1])
    np.testing.assert_allclose(ExactMetric(circuit)(point), dense_metric(circuit, point), atol=1e-8)


def test_one_rotation_has_a_quarter_of_its_variance() -> None:
    circuit = QuantumCircuit(1)
    circuit.ry(ParameterVector("p", 1)[0], 0)
    np.testing.assert_allclose(ExactMetric(circuit)(np.array([0.7])), [[0.25]], atol=1e-15)


def test_samples_give_the_metric_within_their_errors() -> None:
    for circuit in (ansatz(3, 1), entangled_rotations()):
        point = points(circuit)[0]
        exact = ExactMetric(circuit)(point)
        sampled, circuits = carried_out(
            SampledMetric(plan_shifts(circuit), EngineSampler).plan(point, 40_000, 3),
            run_on(None),  # type: ignore[arg-type]
        )
        assert circuits > 0
        # Entries of generators that are measured together; of RZZ beside each other all are.
        np.testing.assert_allclose(np.diag(sampled), np.diag(exact), atol=0.1)
    circuit = ansatz(3, 1)
    point = points(circuit)[0]
    sampled, _ = carried_out(
        SampledMetric(plan_shifts(circuit), EngineSampler).plan(point, 40_000, 3),
        run_on(None),  # type: ignore[arg-type]
    )
    np.testing.assert_allclose(sampled, ExactMetric(circuit)(point), atol=5 * 0.25 / 200)


def test_a_gate_of_several_angles_is_refused_with_what_to_write_instead() -> None:
    p = ParameterVector("p", 3)
    circuit = QuantumCircuit(1, name="mine")
    circuit.u(p[0], p[1], p[2], 0)
    with pytest.raises(InputRejected, match=r"mine: metric: a free angle in one of rx, .* found 'u'"):
        ExactMetric(circuit)
