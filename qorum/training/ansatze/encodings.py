"""Circuits of quantum classifiers: samples in, expectation values out, weights to be trained.

Gates take angles that are linear in the inputs, so whatever is not (products of features) is made before, by
`EncodedCircuit.features`. The order of `circuit.parameters` is inputs, then weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from pydantic import Field
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.errors import InputRejected
from qorum.references import parse_reference
from qorum.training.ansatze._ansatz import Parameters
from qorum.training.ansatze._encoded import EncodedCircuit, append_strongly_entangling, count_weights
from qorum.training.ansatze._problems import MOST_QUBITS
from qorum.training.ansatze.hardware_efficient import Entanglement, entangling_pairs

__all__ = [
    "EncodedCircuit",
    "angle_encoding",
    "append_strongly_entangling",
    "build_encoding",
    "count_weights",
    "data_reuploading",
    "encodings",
    "zz_feature_map",
]


class EncodingParameters(Parameters, ABC):
    """What an encoding takes besides the number of features."""

    @abstractmethod
    def encode(self, features: int) -> EncodedCircuit:
        """The circuit for samples of so many features."""


class ZzFeatureMapParameters(EncodingParameters):
    """Of `zz_feature_map`."""

    repetitions: int = Field(2, ge=1, le=20, description="of the map, 1 to 20")
    entanglement: Entanglement = Field(
        "full", description="pairs whose products count: linear, circular, full"
    )
    layers: int = Field(1, ge=0, le=50, description="of weights after the map, 0 to 50")

    def encode(self, features: int) -> EncodedCircuit:
        """One qubit a feature."""
        return zz_feature_map(features, self.repetitions, self.entanglement, self.layers)


class AngleEncodingParameters(EncodingParameters):
    """Of `angle_encoding`."""

    num_qubits: int | None = Field(None, ge=1, le=30, description="qubits, 1 to 30; else one a feature")
    layers: int = Field(2, ge=0, le=50, description="of weights, 0 to 50")

    def encode(self, features: int) -> EncodedCircuit:
        """At most one feature a qubit."""
        return angle_encoding(self.num_qubits or features, features, self.layers)


class DataReuploadingParameters(EncodingParameters):
    """Of `data_reuploading`."""

    num_qubits: int | None = Field(None, ge=1, le=30, description="qubits, 1 to 30; else one a feature")
    layers: int = Field(3, ge=1, le=50, description="how often the sample is put in, 1 to 50")

    def encode(self, features: int) -> EncodedCircuit:
        """At most three features a qubit."""
        return data_reuploading(self.num_qubits or features, self.layers, features)


def encodings() -> dict[str, type[EncodingParameters]]:
    """The parameters of every encoding by its name, in alphabetical order."""
    return {
        "angle": AngleEncodingParameters,
        "reuploading": DataReuploadingParameters,
        "zz": ZzFeatureMapParameters,
    }


def parse_encoding(reference: str) -> tuple[str, EncodingParameters]:
    """The name of the encoding that a reference begins with, and its parameters.

    Raises:
        InputRejected: no such encoding, or a parameter that does not fit.
    """
    return parse_reference(reference, encodings(), kind="encoding")


def build_encoding(reference: str, features: int) -> EncodedCircuit:
    """The encoding that a reference such as `reuploading?num_qubits=2&layers=4` stands for.

    Args:
        reference: `angle`, `reuploading` or `zz`, and what is not to take its default.
        features: of a sample.

    Raises:
        InputRejected: no such encoding, a parameter that does not fit, or more features than it holds.
    """
    return parse_encoding(reference)[1].encode(features)


def zz_feature_map(
    num_qubits: int, repetitions: int = 2, entanglement: Entanglement = "full", layers: int = 1
) -> EncodedCircuit:
    """One feature a qubit, and products of pairs (Havlíček et al., arXiv:1804.11326), then weights.

    Each repetition is H, RZ(2 x_i) and RZZ(2 (π - x_i)(π - x_j)): Qiskit's `zz_feature_map` up to a phase.

    Args:
        num_qubits: as many as there are features.
        repetitions: of the map, at least 1.
        entanglement: the pairs.
        layers: of `append_strongly_entangling` after the map; 0 for a kernel.

    Raises:
        InputRejected: a number out of bounds.
    """
    name = f"zz-feature-map?repetitions={repetitions}"
    _refuse_outside(name, num_qubits=num_qubits, repetitions=repetitions, layers=layers + 1)
    pairs = tuple(entangling_pairs(num_qubits, entanglement))
    inputs = ParameterVector("x", num_qubits + len(pairs))
    weights = ParameterVector("θ", count_weights(num_qubits, layers))
    circuit = QuantumCircuit(num_qubits, name=name)
    for _ in range(repetitions):
        circuit.h(range(num_qubits))
        for qubit in range(num_qubits):
            circuit.rz(2 * inputs[qubit], qubit)
        for pair, product in zip(pairs, inputs[num_qubits:], strict=True):
            circuit.rzz(2 * product, *pair)
    append_strongly_entangling(circuit, list(weights))
    return EncodedCircuit(circuit, inputs, weights, num_qubits, pairs)


def angle_encoding(num_qubits: int, features: int | None = None, layers: int = 2) -> EncodedCircuit:
    """RY(x_i) on qubit i, then weights; features fewer than qubits leave the others at 0.

    Args:
        num_qubits: at least as many as features.
        features: of a sample; else `num_qubits`.
        layers: of `append_strongly_entangling`.

    Raises:
        InputRejected: more features than qubits, or a number out of bounds.
    """
    name, features = "angle-encoding", num_qubits if features is None else features
    _refuse_outside(name, num_qubits=num_qubits, features=features, layers=layers + 1)
    _refuse_more_features(name, features, num_qubits, f"one on each of {num_qubits} qubits")
    inputs = ParameterVector("x", features)
    weights = ParameterVector("θ", count_weights(num_qubits, layers))
    circuit = QuantumCircuit(num_qubits, name=name)
    for qubit, feature in enumerate(inputs):
        circuit.ry(feature, qubit)
    append_strongly_entangling(circuit, list(weights))
    return EncodedCircuit(circuit, inputs, weights, features)


def data_reuploading(num_qubits: int, layers: int, features: int) -> EncodedCircuit:
    """The sample again before each layer of weights (Pérez-Salinas et al., arXiv:1907.02085).

    Of n qubits, qubit q takes the features q, q + n, q + 2n as RY, RZ, RY; where there are fewer features
    than qubits, it takes feature q modulo their number.

    Args:
        num_qubits: width; of a single one, too, any function can be approximated.
        layers: how often the sample is put in, at least 1.
        features: of a sample, at most three for each qubit.

    Raises:
        InputRejected: more features than that, or a number out of bounds.
    """
    name = f"data-reuploading?layers={layers}"
    _refuse_outside(name, num_qubits=num_qubits, features=features, layers=layers)
    _refuse_more_features(name, features, 3 * num_qubits, f"three on each of {num_qubits} qubits")
    inputs = ParameterVector("x", features)
    weights = ParameterVector("θ", count_weights(num_qubits, layers))
    circuit = QuantumCircuit(num_qubits, name=name)
    size = 3 * num_qubits
    for layer in range(layers):
        _upload(circuit, inputs)
        append_strongly_entangling(circuit, weights[layer * size : (layer + 1) * size], first=layer)
    return EncodedCircuit(circuit, inputs, weights, features)


def _upload(circuit: QuantumCircuit, inputs: Any) -> None:
    # RY first: RZ alone does nothing to |0⟩.
    gates: tuple[Callable[[Any, int], object], ...] = (circuit.ry, circuit.rz, circuit.ry)
    n = circuit.num_qubits
    for place in range(max(n, len(inputs))):
        gates[place // n](inputs[place % len(inputs)], place % n)


def _refuse_outside(name: str, **counts: int) -> None:
    for what, found in counts.items():
        most = MOST_QUBITS if what == "num_qubits" else 1000
        if not 1 <= found <= most:
            raise InputRejected(name, f"{what} from 1 to {most} expected, found {found}")


def _refuse_more_features(name: str, found: int, most: int, where: str) -> None:
    if found > most:
        reason = f"at most {most} features expected ({where}), found {found}; reduce them or take more qubits"
        raise InputRejected(name, reason)
