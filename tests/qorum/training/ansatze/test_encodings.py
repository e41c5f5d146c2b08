"""Encodings of samples: other libraries' circuits, linear in what `features` makes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit.circuit.library import zz_feature_map as qiskit_zz_feature_map
from qiskit.quantum_info import Statevector

from qorum.errors import InputRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.observables import PauliSum
from qorum.training.ansatze.encodings import (
    EncodedCircuit,
    angle_encoding,
    build_encoding,
    data_reuploading,
    encodings,
    zz_feature_map,
)
from tests.qorum.training.ansatze.problems import state

DRAW = np.random.default_rng(11)


def run(encoded: EncodedCircuit, sample: np.ndarray, weights: np.ndarray) -> np.ndarray:
    values = np.empty(encoded.circuit.num_parameters)
    values[encoded.input_slots] = encoded.features(sample[None])[0]
    values[encoded.weight_slots] = weights
    return state(encoded.circuit, values)


@pytest.mark.parametrize("entanglement", ["linear", "circular", "full"])
def test_the_zz_map_is_that_of_qiskit(entanglement: str) -> None:
    sample = DRAW.uniform(0, 2 * np.pi, 4)
    encoded = zz_feature_map(4, 2, entanglement, layers=0)  # pyright: ignore[reportArgumentType]
    oracle = qiskit_zz_feature_map(4, reps=2, entanglement=entanglement).assign_parameters(sample)
    overlap = np.vdot(run(encoded, sample, np.zeros(0)), Statevector(oracle).data)
    assert abs(overlap) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("qubits", [1, 2, 4])
def test_the_layers_of_weights_are_those_of_pennylane(qubits: int) -> None:
    import pennylane

    encoded = angle_encoding(qubits, layers=3)
    sample, weights = DRAW.uniform(-2, 2, qubits), DRAW.uniform(-3, 3, (3, qubits, 3))

    @pennylane.qnode(pennylane.device("default.qubit", wires=qubits))
    def oracle():
        pennylane.AngleEmbedding(sample, range(qubits), rotation="Y")
        pennylane.StronglyEntanglingLayers(weights, range(qubits))
        return pennylane.state()

    expected = np.asarray(oracle()).reshape([2] * qubits).transpose(range(qubits)[::-1]).ravel()
    assert abs(np.vdot(run(encoded, sample, weights.ravel()), expected)) == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize(
    "reference", ["zz", "angle", "angle?num_qubits=4", "reuploading?num_qubits=1&layers=4"]
)
def test_inputs_come_before_weights(reference: str) -> None:
    encoded = build_encoding(reference, 3)
    slots = np.concatenate([encoded.input_slots, encoded.weight_slots])
    assert np.array_equal(slots, np.arange(encoded.circuit.num_parameters))
    assert encoded.features(np.zeros((5, 3))).shape == (5, len(encoded.inputs))


@pytest.mark.parametrize("name", list(encodings()))
def test_every_input_and_almost_every_weight_matters(name: str) -> None:
    encoded = build_encoding(name, 3)
    values = DRAW.uniform(-1, 1, encoded.circuit.num_parameters)
    observable = PauliSum.from_terms(3, [("IIX", 1.0), ("IZI", 0.7), ("YII", 0.4)])
    compiled = Circuit(encoded.circuit, dtype=torch.complex128)
    _, gradient = energy_and_gradient(compiled, observable, torch.as_tensor(values))
    assert (gradient.abs().numpy()[encoded.input_slots] > 1e-6).all()
    assert (gradient.abs().numpy()[encoded.weight_slots] > 1e-6).mean() > 0.6


def test_one_qubit_takes_three_features_and_uploads_them_again() -> None:
    encoded = data_reuploading(1, 4, 3)
    gates = [instruction.name for instruction in encoded.circuit.data]
    assert gates == ["ry", "rz", "ry", "rz", "ry", "rz"] * 4
    assert (len(encoded.inputs), len(encoded.weights)) == (3, 12)


def test_one_feature_reaches_every_qubit() -> None:
    encoded = data_reuploading(3, 1, 1)
    assert encoded.circuit.count_ops()["ry"] == 3 + 3
    assert len(encoded.inputs) == 1


@pytest.mark.parametrize(
    ("reference", "features", "reason"),
    [
        ("angle?num_qubits=3", 4, r"at most 3 features expected \(one on each of 3 qubits\), found 4"),
        (
            "reuploading?num_qubits=2",
            7,
            r"at most 6 features expected \(three on each of 2 qubits\), found 7",
        ),
        ("zz", 31, "num_qubits from 1 to 30 expected, found 31"),
        ("angle", 0, "expected, found 0"),
        ("amplitude", 2, "an encoding expected, one of angle, reuploading, zz; found 'amplitude'"),
    ],
)
def test_more_features_than_it_holds_are_refused(reference: str, features: int, reason: str) -> None:
    with pytest.raises(InputRejected, match=reason):
        build_encoding(reference, features)


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros((2, 4)), r"\[batch, 3\] expected, found \[2, 4\]"),
        (np.zeros(3), r"\[batch, 3\] expected, found \[3\]"),
        (np.array([[0, 1, 2], [0, np.nan, 2]]), "finite features expected, found others in row 1"),
    ],
)
def test_samples_that_do_not_fit_are_refused(samples: np.ndarray, reason: str) -> None:
    with pytest.raises(InputRejected, match=reason):
        zz_feature_map(3).features(samples)
