"""Circuits of quantum classifiers: samples in, expectation values out, weights to be trained.

Gates take angles that are linear in the inputs, so whatever is not (products of features) is made before, by
`EncodedCircuit.features`. The order of `circuit.parameters` is inputs, then weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.backends import derive_seed
from qorum.errors import CircuitRejected
from qorum.training.ansatze._problems import MOST_QUBITS
from qorum.training.ansatze.hardware_efficient import Entanglement, entangling_pairs


@dataclass(frozen=True)
class EncodedCircuit:
    """A circuit of samples and weights, without measurements.

    Attributes:
        circuit: its parameters are `inputs` and `weights`.
        inputs: what `features` makes of a sample, shape [inputs].
        weights: what is trained, in radians, shape [weights].
        num_features: of a sample.
        products: pairs of features (i, j) of which (π - x_i)(π - x_j) is an input, after the features.
    """

    circuit: QuantumCircuit
    inputs: ParameterVector
    weights: ParameterVector
    num_features: int
    products: tuple[tuple[int, int], ...] = ()

    @property
    def input_slots(self) -> np.ndarray:
        """Where `circuit.parameters` has the inputs, in their order; shape [inputs], int64."""
        return self._slots(self.inputs)

    @property
    def weight_slots(self) -> np.ndarray:
        """Where `circuit.parameters` has the weights, in their order; shape [weights], int64."""
        return self._slots(self.weights)

    def _slots(self, vector: Any) -> np.ndarray:
        place = {parameter: slot for slot, parameter in enumerate(self.circuit.parameters)}
        return np.array([place[parameter] for parameter in vector], dtype=np.int64)

    def features(self, samples: np.ndarray) -> np.ndarray:
        """The inputs for samples.

        Args:
            samples: in radians, shape [batch, features].

        Returns:
            Features, then products; shape [batch, inputs], float64.

        Raises:
            CircuitRejected: another number of features, or a value that is not finite.
        """
        x = np.asarray(samples, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != self.num_features:
            reason = f"samples of shape [batch, {self.num_features}] expected, found {list(x.shape)}"
            raise CircuitRejected(self.circuit.name, reason)
        if not np.isfinite(x).all():
            rows = np.flatnonzero(~np.isfinite(x).all(axis=1))
            raise CircuitRejected(
                self.circuit.name, f"finite features expected, found others in row {rows[0]}"
            )
        products = [(math.pi - x[:, i]) * (math.pi - x[:, j]) for i, j in self.products]
        return np.column_stack([x, *products])

    def start(self, seed: int, spread: float = 0.1) -> np.ndarray:
        """Weights to start from: normal, of deviation `spread` radians; shape [weights]."""
        draw = np.random.default_rng(derive_seed(seed, self.circuit.name, "start"))
        return spread * draw.standard_normal(len(self.weights))


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
        CircuitRejected: a number out of bounds.
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
        CircuitRejected: more features than qubits, or a number out of bounds.
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
        CircuitRejected: more features than that, or a number out of bounds.
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


def count_weights(num_qubits: int, layers: int) -> int:
    """Parameters of `append_strongly_entangling`."""
    return 3 * num_qubits * layers


def append_strongly_entangling(circuit: QuantumCircuit, weights: list[Any], *, first: int = 0) -> None:
    """Layers of RZ, RY, RZ on each qubit and a ring of CX (Schuld et al., arXiv:1804.00633).

    The CX of layer l go from each qubit to the one 1 + l mod (n - 1) further on.

    Args:
        circuit: it is added to.
        weights: by layer, qubit, gate; `count_weights` of them.
        first: the number of the first layer.
    """
    n = circuit.num_qubits
    for layer, begin in enumerate(range(0, len(weights), 3 * n), start=first):
        for qubit in range(n):
            before, around, after = weights[begin + 3 * qubit : begin + 3 * qubit + 3]
            circuit.rz(before, qubit)
            circuit.ry(around, qubit)
            circuit.rz(after, qubit)
        for qubit in range(n if n > 2 else n - 1):
            circuit.cx(qubit, (qubit + 1 + layer % max(n - 1, 1)) % n)


def _refuse_outside(name: str, **counts: int) -> None:
    for what, found in counts.items():
        most = MOST_QUBITS if what == "num_qubits" else 1000
        if not 1 <= found <= most:
            raise CircuitRejected(name, f"{what} from 1 to {most} expected, found {found}")


def _refuse_more_features(name: str, found: int, most: int, where: str) -> None:
    if found > most:
        reason = f"at most {most} features expected ({where}), found {found}; reduce them or take more qubits"
        raise CircuitRejected(name, reason)
