"""Quantum natural gradient: steepest descent in the distance between states instead of parameters.

Stokes et al., arXiv:1909.02108: θ ← θ - η (F + λ)⁻¹ ∇f with the Fubini-Study metric F.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from pydantic import Field
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from qorum.errors import CircuitRejected, QorumError
from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.optimizers._descent import GradientDescent
from qorum.training.optimizers._rates import Rates, clipped


class NaturalGradientSettings(Rates):
    """Settings of the natural gradient."""

    learning_rate: float = Field(0.05, gt=0, le=10, description="The learning rate of the first step.")
    regularization: float = Field(
        1e-3, gt=0, le=1, description="What is added to the metric's diagonal before it is inverted."
    )
    solve: Literal["blocks", "full"] = Field(
        "blocks", description="Whether the metric's blocks are inverted one by one, or it is as a whole."
    )
    max_step_norm: float = Field(
        1.0, ge=0, description="The norm, in radians, to which a step is cut; 0: it is not."
    )


class NaturalGradient(GradientDescent[NaturalGradientSettings]):
    """The quantum natural gradient with a regularized metric."""

    name = "natural-gradient"
    summary = "gradient descent by the Fubini-Study metric; few steps, each of them dear on hardware"
    settings_type = NaturalGradientSettings

    def __init__(
        self, settings: NaturalGradientSettings, point: Array, landscape: Landscape, seed: int
    ) -> None:
        super().__init__(settings, point, landscape, seed)
        if not landscape.metric:
            reason = "an objective with a metric of states expected, found one without: set shots, or take"
            raise CircuitRejected(self.name, f"{reason} backend torch without noise, or another optimizer")

    def ask(self) -> Request:
        return Request(self.point[None].copy(), gradient=True, metric=True)

    def displacement(self, gradient: Array, answer: Answer, rate: float) -> Array:
        if answer.metric is None:
            raise QorumError("an answer with the metric that was asked for expected, found one without it")
        natural = solve(answer.metric, gradient, self.settings.regularization, self.settings.solve)
        return clipped(-rate * natural, self.settings.max_step_norm)


def solve(metric: Array, gradient: Array, regularization: float, how: Literal["blocks", "full"]) -> Array:
    """(F⁺ + λ)⁻¹ ∇f, where F⁺ is the metric without the negative part that sampling may give it.

    Args:
        metric: symmetric up to noise, shape [parameters, parameters].
        gradient: shape [parameters].
        regularization: λ, positive.
        how: `blocks` decomposes each set of parameters that the metric connects by itself.
    """
    if how == "full":
        return _solve(metric, gradient, regularization)
    count, block_of = connected_components(csr_array(metric != 0), directed=False)
    natural = np.empty_like(gradient)
    for block in range(count):
        inside = np.flatnonzero(block_of == block)
        natural[inside] = _solve(metric[np.ix_(inside, inside)], gradient[inside], regularization)
    return natural


def _solve(metric: Array, gradient: Array, regularization: float) -> Array:
    lengths, axes = np.linalg.eigh((metric + metric.T) / 2)
    return axes @ ((axes.T @ gradient) / (np.maximum(lengths, 0.0) + regularization))


OPTIMIZER = NaturalGradient
