"""SPSA: descent by the slope along random directions, two values a step whatever the parameters.

Spall, "Implementation of the simultaneous perturbation algorithm for stochastic optimization",
IEEE Trans. Aerosp. Electron. Syst. 34, 817 (1998), section III.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from qorum.backends import derive_seed
from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.optimizers._optimizer import Optimizer, Settings


class SPSASettings(Settings):
    """Settings of SPSA; its gains are a/(A + k + 1)^alpha and c/(k + 1)^gamma in step k."""

    learning_rate: float = Field(
        0.0, ge=0, le=1000, description="Spall's a; 0: chosen for the first step to be of target_step."
    )
    perturbation: float = Field(0.2, gt=0, le=10, description="Spall's c: the first step's perturbation.")
    stability: float = Field(10.0, ge=0, description="Spall's A: about a tenth of the steps to be made.")
    alpha: float = Field(0.602, gt=0, le=1, description="How fast the steps' gain falls.")
    gamma: float = Field(0.101, ge=0, le=1, description="How fast the perturbation falls.")
    target_step: float = Field(
        0.15,
        gt=0,
        le=10,
        description="What calibration wants each parameter to move by in the first step, and the most that it"
        " moves by in any.",
    )
    calibration_pairs: int = Field(
        10, ge=1, le=1000, description="Pairs of points that calibration asks for, in one request."
    )
    resamplings: int = Field(1, ge=1, le=1000, description="Random directions averaged over in each step.")
    blocking: bool = Field(
        False, description="Whether a step is taken only if the objective does not rise by it."
    )
    blocking_deviations: float = Field(
        2.0, ge=0, description="Standard deviations of its estimate that the objective may rise by."
    )
    value_tolerance: float = Field(
        0.0, ge=0, description="What two windows' mean values differ by when it is over; 0: it never is."
    )
    window: int = Field(25, ge=1, le=10_000, description="Steps over which values are averaged.")


class SPSA(Optimizer[SPSASettings]):
    """First-order SPSA; each step asks for its points in one request, a blocking one for two more.

    A calibrated gain is right where it was found. From a start near a minimum, where slopes are small, the
    same gain overshoots as soon as they are steep again: so its steps are limited. A learning rate that the
    user gives is taken as it is.
    """

    name = "spsa"
    summary = "descent along random directions; for sampled values, two or so a step"
    settings_type = SPSASettings
    remembered: ClassVar[tuple[str, ...]] = ("phase", "gain", "candidate", "values")
    asks_beside = True

    def __init__(self, settings: SPSASettings, point: Array, landscape: Landscape, seed: int) -> None:
        super().__init__(settings, point, landscape, seed)
        self.gain = settings.learning_rate
        self.phase: Literal["calibrate", "slope", "judge"] = "slope" if self.gain else "calibrate"
        self.candidate: Array | None = None
        self.values: list[float] = []

    def _directions(self) -> Array:
        """Shape [directions, parameters], each entry -1 or 1."""
        if self.phase == "calibrate":
            seed, count = derive_seed(self.seed, "spsa", "calibration"), self.settings.calibration_pairs
        else:
            seed, count = derive_seed(self.seed, "spsa", self.steps), self.settings.resamplings
        return np.random.default_rng(seed).integers(0, 2, size=(count, len(self.point))) * 2.0 - 1.0

    @property
    def _perturbation(self) -> float:
        step = 0 if self.phase == "calibrate" else self.steps
        return self.settings.perturbation / (step + 1) ** self.settings.gamma

    def ask(self) -> Request:
        if self.phase == "judge":
            return Request(np.stack([self.point, self._candidate]))
        shifts = self._perturbation * self._directions()
        return Request(np.concatenate([self.point + shifts, self.point - shifts]))

    def tell(self, answer: Answer) -> None:
        if self.phase == "judge":
            before, after = answer.values.tolist()
            allowed = self.settings.blocking_deviations * float(answer.variances.sum()) ** 0.5
            self._finish(self._candidate if after <= before + allowed else self.point)
            return
        plus, minus = np.split(answer.values, 2)
        slopes = (plus - minus) / (2 * self._perturbation)
        if self.phase == "calibrate":
            steepness = float(np.abs(slopes).mean())
            start = (self.settings.stability + 1) ** self.settings.alpha
            # On a plateau nothing is learned of the slope; a gain of target_step is then as good as any.
            self.gain = self.settings.target_step * start / (steepness if steepness > 1e-10 else 1.0)
            self.phase = "slope"
            return
        self.values = [*self.values, float(answer.values.mean())][-2 * self.settings.window :]
        gradient = (slopes[:, None] * self._directions()).mean(axis=0)
        rate = self.gain / (self.settings.stability + self.steps + 1) ** self.settings.alpha
        candidate = self.point - self._limited(rate * gradient)
        if self.settings.blocking:
            self.candidate, self.phase = candidate, "judge"
        else:
            self._finish(candidate)

    def _limited(self, step: Array) -> Array:
        """Shortened where a parameter would move further than calibration meant it to."""
        longest, most = float(np.abs(step).max()), self.settings.target_step
        return step if self.settings.learning_rate or longest <= most else step * (most / longest)

    @property
    def _candidate(self) -> Array:
        assert self.candidate is not None, "a step is judged after it is computed"
        return self.candidate

    def _finish(self, point: Array) -> None:
        self.point, self.candidate, self.phase = point, None, "slope"
        self.steps += 1

    @property
    def converged(self) -> bool:
        window, tolerance = self.settings.window, self.settings.value_tolerance
        if not tolerance or len(self.values) < 2 * window:
            return False
        earlier, later = self.values[:window], self.values[window:]
        return abs(sum(later) - sum(earlier)) / window <= tolerance

    def moved(self, value: float) -> None:  # noqa: ARG002 - the next answer tells it
        self.values, self.candidate = [], None
        self.phase = "slope" if self.gain else "calibrate"


OPTIMIZER = SPSA
