"""What an encoding is: a circuit of inputs and weights, and the weights' layers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.errors import CircuitRejected


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
        for qubit in range(n if n > 1 else 0):
            circuit.cx(qubit, (qubit + 1 + layer % (n - 1)) % n)
