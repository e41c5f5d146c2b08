"""Classifiers of a classical layer, a quantum layer and a classical head."""

from __future__ import annotations

from math import sqrt
from typing import cast

import numpy as np
import torch
from torch import nn

from qorum.backends import derive_seed
from qorum.errors import InputRejected
from qorum.training.quantum_layer import QuantumLayer

Tensor = torch.Tensor


class HybridClassifier(nn.Module):
    """Features, linearly to angles where asked for, through a circuit, linearly to one number a class.

    The classical layers are `pre` (the identity unless `num_features` is given) and `head`; between them
    is `quantum`. First parameters come from a seed, and from no generator of PyTorch's.

    Args:
        quantum: from angles to expectation values.
        num_classes: at least 2.
        num_features: features of a linear layer before the circuit; None: features are the angles.
        dtype: of the classical layers, float32 or float64.
        seed: of the first parameters of all layers.

    Raises:
        InputRejected: fewer than two classes or one feature, or another dtype.
    """

    def __init__(
        self,
        quantum: QuantumLayer,
        num_classes: int = 2,
        *,
        num_features: int | None = None,
        dtype: torch.dtype = torch.float64,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if num_classes < 2 or (num_features is not None and num_features < 1):
            reason = f"at least 2 classes and 1 feature expected, found {num_classes} and {num_features}"
            raise InputRejected("classifier", reason)
        if dtype not in (torch.float32, torch.float64):
            raise InputRejected("classifier", f"float32 or float64 expected, found {dtype}")
        angles, values = len(quantum.input_places), len(quantum.observables)
        self.pre: nn.Module = nn.Identity()
        if num_features is not None:
            self.pre = nn.utils.skip_init(nn.Linear, num_features, angles, dtype=dtype)
        self.quantum = quantum
        self.head = cast(nn.Linear, nn.utils.skip_init(nn.Linear, values, num_classes, dtype=dtype))
        self.num_features = angles if num_features is None else num_features
        self.num_classes = num_classes
        self.reset_parameters(seed)

    def reset_parameters(self, seed: int) -> None:
        """First parameters: the quantum layer's, and of n-to-m layers uniform in ±1/√n."""
        self.quantum.reset_parameters(derive_seed(seed, "quantum"))
        for name, layer in (("pre", self.pre), ("head", self.head)):
            if isinstance(layer, nn.Linear):
                random = np.random.default_rng(derive_seed(seed, name))
                bound = 1 / sqrt(layer.in_features)
                with torch.no_grad():
                    for parameter in (layer.weight, layer.bias):
                        drawn = random.uniform(-bound, bound, tuple(parameter.shape))
                        parameter.copy_(torch.from_numpy(drawn))

    def forward(self, features: Tensor, seed: int | None = None) -> Tensor:
        """One number a class, from which `softmax` makes probabilities.

        Args:
            features: shape [batch, features]; taken in the precision of the classical layers.
            seed: of the quantum layer's samples, see `QuantumLayer.forward`.

        Returns:
            Shape [batch, classes].

        Raises:
            InputRejected: another shape.
        """
        if features.dim() != 2 or features.shape[1] != self.num_features:
            reason = f"features of shape [batch, {self.num_features}] expected, found {[*features.shape]}"
            raise InputRejected("classifier", reason)
        angles = self.pre(features.to(self.head.weight.dtype))
        return cast(Tensor, self.head(self.quantum(angles, seed)))

    @property
    def classical_part(self) -> ClassicalPart:
        """The classical layers by themselves; they share the parameters of this model."""
        return ClassicalPart(self.pre, self.head)


class ClassicalPart(nn.Module):
    """What a classifier computes outside its circuit."""

    def __init__(self, pre: nn.Module, head: nn.Linear) -> None:
        super().__init__()
        self.pre, self.head = pre, head

    def forward(self, features: Tensor, expectations: Tensor) -> tuple[Tensor, Tensor]:
        """Angles of the circuit from features; numbers of the classes from its expectation values."""
        # Adding nothing makes a result of its own where there is no layer: ONNX names results, not inputs.
        angles = self.pre(features) if isinstance(self.pre, nn.Linear) else features + 0
        return angles, self.head(expectations)
