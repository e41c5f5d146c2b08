"""When a descent by exact values is over; estimates never tell."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from qorum.errors import QorumError
from qorum.training.objective import Answer, Array
from qorum.training.optimizers._optimizer import Settings


class Tolerances(Settings):
    """Settings of every optimizer that stops by gradients and values."""

    gradient_tolerance: float = Field(
        1e-6, ge=0, description="The gradient's norm at or below which the point is a minimum."
    )
    value_tolerance: float = Field(
        1e-10,
        ge=0,
        description="The most that values may differ over the window for it to be over; 0: they never tell.",
    )
    window: int = Field(10, ge=1, le=1000, description="Steps over which values are compared.")


def dot(left: Array, right: Array) -> float:
    """The inner product of two vectors, its bits independent of BLAS's threads."""
    return float((left * right).sum())


def norm(vector: Array) -> float:
    """The Euclidean norm of a vector."""
    return dot(vector, vector) ** 0.5


def gradient_of(answer: Answer) -> Array:
    """Its gradient, which was asked for; shape [parameters].

    Raises:
        QorumError: it has none.
    """
    if answer.gradient is None:
        raise QorumError("an answer with the gradient that was asked for expected, found one without it")
    return answer.gradient


def exact(answer: Answer) -> bool:
    """Whether its values are no estimates."""
    return not answer.variances.any()


def settled(values: Sequence[float], tolerance: float, window: int) -> bool:
    """Whether the last `window` steps changed the value by no more than the tolerance, which is positive."""
    recent = values[-window - 1 :]
    return 0 < tolerance >= max(recent) - min(recent) if len(recent) > window else False
