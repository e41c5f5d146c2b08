"""Adam: gradient descent with moments of the gradient.

Kingma and Ba, arXiv:1412.6980, algorithm 1; AMSGrad: Reddi et al., arXiv:1904.09237, algorithm 2,
with Adam's correction of the bias, as in https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.optimizers._descent import GradientDescent
from qorum.training.optimizers._rates import Rates, clipped


class AdamSettings(Rates):
    """Settings of Adam."""

    beta1: float = Field(0.9, ge=0, lt=1, description="Decay of the gradient's mean.")
    beta2: float = Field(0.999, ge=0, lt=1, description="Decay of the gradient's mean square.")
    epsilon: float = Field(1e-8, gt=0, le=1, description="What is added to the root of the mean square.")
    amsgrad: bool = Field(False, description="Whether to divide by the largest mean square so far.")
    max_gradient_norm: float = Field(
        0.0, ge=0, description="The norm to which gradients are clipped; 0: they are not."
    )


class Adam(GradientDescent[AdamSettings]):
    """Adam, optionally with AMSGrad, a schedule of learning rates and clipped gradients."""

    name = "adam"
    summary = "gradient descent with moments; exact and sampled gradients alike"
    settings_type = AdamSettings
    remembered: ClassVar[tuple[str, ...]] = (*GradientDescent.remembered, "mean", "square", "most", "told")

    def __init__(self, settings: AdamSettings, point: Array, landscape: Landscape, seed: int) -> None:
        super().__init__(settings, point, landscape, seed)
        self._forget()

    def _forget(self) -> None:
        self.mean, self.square, self.most = (np.zeros_like(self.point) for _ in range(3))
        self.told = 0

    def ask(self) -> Request:
        return Request(self.point[None].copy(), gradient=True)

    def displacement(self, gradient: Array, answer: Answer, rate: float) -> Array:  # noqa: ARG002 - one signature
        settings = self.settings
        gradient = clipped(gradient, settings.max_gradient_norm)
        self.told += 1
        self.mean = settings.beta1 * self.mean + (1 - settings.beta1) * gradient
        self.square = settings.beta2 * self.square + (1 - settings.beta2) * gradient**2
        mean = self.mean / (1 - settings.beta1**self.told)
        self.most = np.maximum(self.most, self.square)
        square = (self.most if settings.amsgrad else self.square) / (1 - settings.beta2**self.told)
        return -rate * mean / (np.sqrt(square) + settings.epsilon)

    def moved(self, value: float) -> None:
        super().moved(value)
        self._forget()


OPTIMIZER = Adam
