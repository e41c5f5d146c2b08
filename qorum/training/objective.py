"""What an optimizer asks, and what it is answered: the seam between them and everything that evaluates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Array = np.ndarray
"""float64 throughout."""


@dataclass(frozen=True)
class Request:
    """What is to be evaluated before the optimizer can go on: one evaluation, as far as it is counted.

    Attributes:
        points: parameters, in radians where they are angles; shape [points, parameters].
        gradient: whether the gradient at the first point is wanted, too.
        metric: whether the block-diagonal Fubini-Study metric at the first point is wanted, too.
    """

    points: Array
    gradient: bool = False
    metric: bool = False


@dataclass(frozen=True)
class Answer:
    """What was found.

    Attributes:
        values: of the objective, which is minimized; shape [points].
        variances: of these values as estimates, zero where they are exact; shape [points].
        gradient: at the first point, shape [parameters]; None where it was not asked for.
        metric: at the first point, shape [parameters, parameters]; None where it was not asked for.
        shots: samples spent.
        circuits: circuits executed; an exact gradient by the adjoint method counts as one.
        aside: the loss at the first point on data set aside, which nothing is trained on; None for none.
        cost_usd: what was paid for it, attempts that failed included.
    """

    values: Array
    variances: Array
    gradient: Array | None = None
    metric: Array | None = None
    shots: int = 0
    circuits: int = 0
    aside: float | None = None
    cost_usd: float = 0.0

    def to_numbers(self) -> dict[str, Any]:
        """Lists and numbers for JSON, every bit kept; `from_numbers` reads them back equal."""
        return {name: np.asarray(found).tolist() for name, found in vars(self).items()}

    @classmethod
    def from_numbers(cls, numbers: Mapping[str, Any]) -> Answer:
        """The inverse of `to_numbers`."""
        fields = dict(numbers)
        for name in ("values", "variances", "gradient", "metric"):
            fields[name] = None if fields[name] is None else np.array(fields[name])
        return cls(**fields)

    @property
    def is_finite(self) -> bool:
        """Whether there is no NaN or infinity in it."""
        found = (self.values, self.variances, self.gradient, self.metric)
        return all(np.isfinite(each).all() for each in found if each is not None)


@dataclass(frozen=True)
class Landscape:
    """What is known of an objective before it is evaluated.

    Attributes:
        num_parameters: how many there are.
        frequencies: for each parameter the positive frequencies of the objective as a trigonometric
            polynomial of it, ascending, e.g. `(1.0,)` for one RY gate; None where it is none.
        metric: whether requests may ask for the metric.
    """

    num_parameters: int
    frequencies: tuple[tuple[float, ...], ...] | None = None
    metric: bool = True


class Objective(Protocol):
    """A function of real parameters, on some backend."""

    @property
    def landscape(self) -> Landscape:
        """What is known beforehand; costs nothing."""
        ...

    def evaluate(self, request: Request, seed: int) -> Answer:
        """Answer a request; the same request and seed give the same bits on one machine and build.

        Raises:
            BackendFailed: the backend refused or broke; nothing was learned.
            InputRejected: the request does not fit, e.g. a metric that this objective has not.
        """
        ...
