"""What is known of the energy at a point, and whether one energy is above another."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from qorum.training.objective import Answer, Array, Request

SIGNIFICANT = 2.0
"""Standard deviations of their difference that one estimate has to be above another by."""


class Appraisal(NamedTuple):
    """An energy where it was found.

    Attributes:
        point: shape [parameters].
        energy: there.
        variance: of that energy as an estimate, zero where it is exact.
    """

    point: Array
    energy: float
    variance: float

    @classmethod
    def of(cls, request: Request, answer: Answer) -> Appraisal:
        """At the first point of a request."""
        return cls(np.array(request.points[0]), float(answer.values[0]), float(answer.variances[0]))

    @classmethod
    def stored(cls, state: list[Any] | None) -> Appraisal | None:
        """From the list of its fields."""
        return None if state is None else cls(*state)

    def is_above(self, other: Appraisal) -> bool:
        """Whether this energy is the higher one: at all if both are exact, else beyond chance."""
        return self.energy - other.energy > SIGNIFICANT * math.sqrt(self.variance + other.variance)
