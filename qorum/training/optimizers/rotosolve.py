"""Rotosolve: each parameter in turn goes to where the objective is least along it, exactly.

Ostaszewski et al., "Structure optimization for parameterized quantum circuits", arXiv:1905.09692; for
several frequencies Wierichs et al., arXiv:2107.12390, section 5.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from qorum.errors import InputRejected
from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.optimizers._convergence import exact, settled
from qorum.training.optimizers._optimizer import Optimizer, Settings
from qorum.training.optimizers._trigonometric import fit_for, minimize


class RotosolveSettings(Settings):
    """Settings of Rotosolve."""

    value_tolerance: float = Field(
        1e-10,
        ge=0,
        description="The most that values may differ over the window at the end; 0: never.",
    )
    window: int = Field(2, ge=1, le=1000, description="Sweeps over which values are compared.")


class Rotosolve(Optimizer[RotosolveSettings]):
    """Coordinate descent without a learning rate; a step is a sweep over all parameters."""

    name = "rotosolve"
    summary = "exact minimum along one parameter after the other; needs the objective's frequencies"
    settings_type = RotosolveSettings
    settles = True
    growth_steps = 4
    remembered: ClassVar[tuple[str, ...]] = ("turn", "known", "values", "certain")

    def __init__(self, settings: RotosolveSettings, point: Array, landscape: Landscape, seed: int) -> None:
        super().__init__(settings, point, landscape, seed)
        if landscape.frequencies is None:
            reason = "an objective whose frequencies in each parameter are known expected, found one without"
            raise InputRejected("rotosolve", f"{reason}; use another optimizer")
        self._coordinates = [i for i, waves in enumerate(landscape.frequencies) if waves]
        if not self._coordinates:
            raise InputRejected("rotosolve", "a parameter that matters expected, found frequencies of none")
        self._fits = {i: fit_for(landscape.frequencies[i]) for i in self._coordinates}
        self.turn = 0
        self.known: float | None = None
        self.values: list[float] = []
        self.certain = True

    @property
    def _coordinate(self) -> int:
        return self._coordinates[self.turn]

    def ask(self) -> Request:
        shifts = self._fits[self._coordinate].shifts
        points = np.repeat(self.point[None], len(shifts), axis=0)
        points[:, self._coordinate] += shifts
        return Request(points if self.known is None else points[1:])

    def tell(self, answer: Answer) -> None:
        given = [] if self.known is None else [self.known]
        values = np.concatenate([np.array(given), answer.values])
        shift, value = minimize(self._fits[self._coordinate], values)
        self.point = self.point.copy()
        self.point[self._coordinate] += shift
        self.certain = self.certain and exact(answer)
        self.turn += 1
        # The value known from the parameter before gathers errors: each sweep asks for a new one.
        self.known = value if self.turn < len(self._coordinates) else None
        if self.known is None:
            kept = [*self.values, value][-self.settings.window - 1 :]
            self.values, self.certain, self.turn = kept if self.certain else [], True, 0
            self.steps += 1

    @property
    def converged(self) -> bool:
        return settled(self.values, self.settings.value_tolerance, self.settings.window)

    def moved(self, value: float) -> None:
        self.known = value if self.turn else None
        self.values = []


OPTIMIZER = Rotosolve
