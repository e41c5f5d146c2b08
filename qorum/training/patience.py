"""When a training has gone on long enough without getting better."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from qorum.training.objective import Answer, Array

EARLY = "stopped early"
"""How the reason begins."""


class Patience:
    """Watches what a training reaches: the loss on data set aside where there is one, else its energy.

    Args:
        steps: optimizer steps without an improvement after which the training ends; 0: it goes on.
        tolerance: what counts as an improvement is more than this, in the units of the values.
    """

    def __init__(self, steps: int = 0, tolerance: float = 0.0) -> None:
        self.steps, self.tolerance = steps, tolerance
        self.forget()

    def forget(self) -> None:
        """Begin anew, as on another backend."""
        self._best, self._since = math.inf, 0
        self._kept: tuple[float, float, Array] | None = None
        """Of data set aside: the lowest loss, the training's own value there, and where."""

    @property
    def kept(self) -> tuple[float, Array] | None:
        """The value and the point that did best on data set aside; None where there are none."""
        return None if self._kept is None else (self._kept[1], self._kept[2])

    def note(self, point: Array, answer: Answer, step: int) -> None:
        """Take in an answer after `step` steps; `point` is its first point."""
        if not self.steps:
            return
        value = float(np.min(answer.values)) if answer.aside is None else answer.aside
        if answer.aside is not None and (self._kept is None or value < self._kept[0]):
            self._kept = value, float(answer.values[0]), np.array(point)
        if value < self._best - self.tolerance:
            self._best, self._since = value, step

    def is_over(self, step: int) -> bool:
        """Whether there was no improvement in so many steps."""
        return 0 < self.steps <= step - self._since

    @property
    def words(self) -> str:
        """Why the training ends."""
        what = "energy" if self._kept is None else "loss on data set aside"
        return f"{EARLY}: the {what} has not improved in {self.steps} steps"

    def state(self) -> dict[str, Any]:
        """JSON values and arrays."""
        kept = None if self._kept is None else [*self._kept[:2], self._kept[2]]
        return {"best": self._best if math.isfinite(self._best) else None, "since": self._since, "kept": kept}

    def restore(self, state: dict[str, Any] | None) -> None:
        """Become what `state` was taken of; None: of a release that had none."""
        self.forget()
        if state is not None:
            self._best = math.inf if state["best"] is None else state["best"]
            self._since = state["since"]
            if state["kept"] is not None:
                aside, value, point = state["kept"]
                self._kept = aside, value, point
