"""L-BFGS: descent along directions that the last gradients' differences give.

Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 7.4 and 7.5.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.optimizers._convergence import Tolerances, dot, exact, gradient_of, norm, settled
from qorum.training.optimizers._line_search import begin, judge
from qorum.training.optimizers._optimizer import Optimizer


class LBFGSSettings(Tolerances):
    """Settings of L-BFGS."""

    value_tolerance: float = Field(
        1e-12,
        ge=0,
        description="The most that values may differ over the window for it to be over; 0: they never tell.",
    )
    window: int = Field(3, ge=1, le=1000, description="Steps over which values are compared.")
    history: int = Field(10, ge=1, le=1000, description="Differences of gradients that are kept.")
    first_step: float = Field(
        0.3, gt=0, le=10, description="The norm, in radians, of the first trial along a bare gradient."
    )
    max_trials: int = Field(20, ge=2, le=200, description="Trials of one line search.")
    rounding: float = Field(
        1e-12, ge=0, le=1e-3, description="Relative difference below which values are not told apart."
    )


class LBFGS(Optimizer[LBFGSSettings]):
    """L-BFGS with a strong Wolfe line search; where that fails, it starts anew along the gradient."""

    name = "lbfgs"
    summary = "quasi-Newton descent to gradients of 1e-8; for exact values and gradients"
    settings_type = LBFGSSettings
    settles = True
    remembered: ClassVar[tuple[str, ...]] = (
        "value", "gradient", "direction", "search", "displacements", "changes", "values", "certain", "stuck",
    )  # fmt: skip

    def __init__(self, settings: LBFGSSettings, point: Array, landscape: Landscape, seed: int) -> None:
        super().__init__(settings, point, landscape, seed)
        self.moved(0.0)

    def moved(self, value: float) -> None:  # noqa: ARG002 - it is asked for again, with its gradient
        self.value = 0.0
        self.gradient: Array | None = None
        self.direction: Array | None = None
        self.search: dict[str, Any] = {}
        self.displacements: list[Array] = []
        self.changes: list[Array] = []
        self.values: list[float] = []
        self.certain, self.stuck = True, False

    def ask(self) -> Request:
        point = self.point if self.direction is None else self._trial(self.direction)
        return Request(point[None].copy(), gradient=True)

    def _trial(self, direction: Array) -> Array:
        return self.point + self.search["length"] * direction

    def tell(self, answer: Answer) -> None:
        value, slope = float(answer.values[0]), gradient_of(answer)
        self.certain = exact(answer)
        if self.gradient is None or self.direction is None:
            self._arrive(self.point, value, slope)
            return
        rounding = self.settings.rounding * max(1.0, abs(self.value))
        along = dot(slope, self.direction)
        verdict = judge(self.search, value, along, rounding, self.settings.max_trials)
        if verdict == "accepted":
            point = self._trial(self.direction)
            self._remember(point - self.point, slope - self.gradient)
            self.steps += 1
            self._arrive(point, value, slope)
        elif verdict == "failed":
            self._fail()

    def _arrive(self, point: Array, value: float, gradient: Array) -> None:
        """Stand at a point whose value and gradient are known, and look ahead from there."""
        self.point, self.value, self.gradient = point, value, gradient.copy()
        self.values = [*self.values, value][-self.settings.window - 1 :] if self.certain else []
        direction = self._towards(gradient)
        descent = dot(direction, gradient)
        if descent >= -1e-12 * norm(direction) * norm(gradient):
            self.displacements, self.changes = [], []
            direction, descent = -gradient, -dot(gradient, gradient)
        if descent == 0:
            self.direction, self.stuck = None, True
            return
        length = 1.0 if self.changes else min(1.0, self.settings.first_step / norm(gradient))
        self.direction, self.search = direction, begin(value, descent, length)

    def _fail(self) -> None:
        """Go to the lowest point of a failed search; from there along the gradient, or not at all."""
        assert self.direction is not None, "a line is searched along a direction"
        reached: float = self.search["low"][0]
        bare = not self.changes
        self.point = self.point + reached * self.direction
        self.displacements, self.changes = [], []
        self.gradient = self.direction = None
        self.steps += 1
        # Estimates may fail by bad luck: they are asked for again.
        self.stuck = self.certain and bare and reached == 0

    def _remember(self, displacement: Array, change: Array) -> None:
        """Keep a pair of differences; without positive curvature it would break the descent."""
        if dot(displacement, change) > 1e-14 * norm(displacement) * norm(change):
            self.displacements = [*self.displacements, displacement][-self.settings.history :]
            self.changes = [*self.changes, change][-self.settings.history :]

    def _towards(self, gradient: Array) -> Array:
        """The two-loop recursion: minus the inverse Hessian's estimate times the gradient."""
        direction = -gradient
        pairs = list(zip(self.displacements, self.changes, strict=True))
        weights: list[float] = []
        for displacement, change in reversed(pairs):
            weights.append(dot(displacement, direction) / dot(displacement, change))
            direction = direction - weights[-1] * change
        if pairs:
            displacement, change = pairs[-1]
            direction = direction * (dot(displacement, change) / dot(change, change))
        for (displacement, change), weight in zip(pairs, reversed(weights), strict=True):
            correction = dot(change, direction) / dot(displacement, change)
            direction = direction + (weight - correction) * displacement
        return direction

    @property
    def converged(self) -> bool:
        if self.stuck:
            return True
        if self.gradient is None or not self.certain:
            return False
        small = norm(self.gradient) <= self.settings.gradient_tolerance
        return small or settled(self.values, self.settings.value_tolerance, self.settings.window)


OPTIMIZER = LBFGS
