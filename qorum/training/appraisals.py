"""What is known of the energy at a point, and whether one energy is above another."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from qorum.training.objective import Answer, Array, Request
from qorum.training.units import Units

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
    def of(cls, request: Request, answer: Answer, units: Units) -> Appraisal:
        """At the first point of a request; the answer is in these units."""
        energy, variance = units.energy(float(answer.values[0])), units.variance(float(answer.variances[0]))
        return cls(np.array(request.points[0]), energy, variance)

    @classmethod
    def stored(cls, state: list[Any] | None) -> Appraisal | None:
        """From the list of its fields."""
        return None if state is None else cls(*state)

    def is_above(self, other: Appraisal) -> bool:
        """Whether this energy is the higher one: at all if both are exact, else beyond chance."""
        return self.energy - other.energy > SIGNIFICANT * math.sqrt(self.variance + other.variance)


class Knowledge:
    """Energies and points that a training has come to know on its backend.

    Attributes:
        estimates: whether energies are estimates there.
        best: the lowest energy so far of the present number of parameters, and where.
        last: the last appraisal of an incumbent or of a point asked for.
        start: of an appraised start.
    """

    def __init__(self, units: Units) -> None:
        self._units = units
        self.estimates = False
        self.forget()

    def forget(self) -> None:
        """Of another backend nothing is known."""
        self.best: tuple[float, Array] | None = None
        self.last: Appraisal | None = None
        self.start: Appraisal | None = None
        self.estimates = False

    def remember(self, request: Request, answer: Answer) -> None:
        """What was asked for on the way, all of its points."""
        for point, value in zip(request.points, answer.values, strict=True):
            energy = self._units.energy(float(value))
            if self.best is None or self.best[1].size != point.size or energy < self.best[0]:
                self.best = (energy, np.array(point))
        self.know(request, answer)

    def know(self, request: Request, answer: Answer) -> None:
        """An energy that is nothing a longer training would ask for."""
        self.estimates |= bool(answer.variances.any())
        self.last = Appraisal.of(request, answer, self._units)

    def energy_at(self, point: Array) -> float | None:
        """The last energy, if it was found there."""
        return self.last.energy if self.last is not None and np.array_equal(self.last.point, point) else None

    def above_start(self, point: Array) -> tuple[float, float] | None:
        """Energies there and of an appraised start, if the former is the higher one."""
        start, end = self.start, None if self.energy_at(point) is None else self.last
        return (end.energy, start.energy) if start and end and end.is_above(start) else None

    def result(self, point: Array) -> tuple[float, Array]:
        """Energy and parameters; see `Training.result`, whose incumbent the point is."""
        known = self.energy_at(point)
        if self.estimates and known is not None:
            if self.start is not None and self.above_start(point):
                return self.start.energy, self.start.point
            return known, point
        if self.best is None or (known is not None and known < self.best[0]):
            return (np.nan if known is None else known), point
        return self.best

    def state(self) -> dict[str, Any]:
        """JSON values and arrays."""
        return {
            "estimates": self.estimates,
            "best": None if self.best is None else list(self.best),
            "known": None if self.last is None else list(self.last),
            "start": None if self.start is None else list(self.start),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """From the `state` of another, or one that holds it."""
        self.estimates = state["estimates"]
        self.best = None if state["best"] is None else (state["best"][0], state["best"][1])
        self.last, self.start = Appraisal.stored(state["known"]), Appraisal.stored(state["start"])
