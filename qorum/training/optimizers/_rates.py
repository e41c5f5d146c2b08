"""Learning rates that change from step to step."""

from __future__ import annotations

from math import cos, pi
from typing import Literal

from pydantic import Field

from qorum.training.objective import Array
from qorum.training.optimizers._convergence import Tolerances, norm


class Rates(Tolerances):
    """Settings of optimizers with a learning rate; each of them gives `learning_rate` its default."""

    learning_rate: float = Field(0.05, gt=0, le=10, description="The learning rate of the first step.")
    schedule: Literal["constant", "cosine", "exponential"] = Field(
        "constant", description="How the learning rate falls: not at all, by half a cosine, exponentially."
    )
    schedule_steps: int = Field(
        200, ge=1, le=1_000_000, description="Steps until the schedule has reached its final learning rate."
    )
    final_fraction: float = Field(
        0.01, gt=0, le=1, description="The final learning rate, as a fraction of the first one."
    )

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; from `schedule_steps` on it is the final one."""
        done = min(step / self.schedule_steps, 1.0)
        if self.schedule == "cosine":
            fraction = self.final_fraction + (1 - self.final_fraction) * (1 + cos(pi * done)) / 2
        elif self.schedule == "exponential":
            fraction = self.final_fraction**done
        else:
            fraction = 1.0
        return self.learning_rate * fraction


def clipped(vector: Array, most: float) -> Array:
    """The vector, shortened to a norm of `most` if it is longer; 0 leaves it as it is."""
    length = norm(vector)
    return vector * (most / length) if 0 < most < length else vector
