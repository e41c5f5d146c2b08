"""Minimizers of SciPy as optimizers: their state is the log of what they were told.

They cannot be restarted in their midst. Run again from their start, with every evaluation answered from the
log, they come to the same bits at no new evaluation.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

import numpy as np

from qorum.training.objective import Answer, Array, Landscape, Request
from qorum.training.optimizers._convergence import gradient_of
from qorum.training.optimizers._dialogue import Dialogue, Evaluation, Minimize
from qorum.training.optimizers._optimizer import Chosen, Optimizer


class Replayed(Optimizer[Chosen]):
    """A step is an evaluation; the incumbent is the best point seen."""

    settles = True
    growth_steps = 0
    uses_gradient: ClassVar[bool]
    remembered: ClassVar[tuple[str, ...]] = ("start", "best", "finished", "log")

    def __init__(self, settings: Chosen, point: Array, landscape: Landscape, seed: int) -> None:
        super().__init__(settings, point, landscape, seed)
        self.start = self.point.copy()
        self.best: float | None = None
        self.finished = False
        self._log: list[Evaluation] = []
        self._dialogue: Dialogue | None = None
        self._asked: Array | None = None

    @abstractmethod
    def minimizer(self, start: Array) -> Minimize:
        """SciPy's minimizer from a start, holding no reference to this object."""

    def _listen(self) -> Array:
        """The point that the minimizer waits for; the incumbent when it has finished."""
        if self.finished:
            return self.point
        if self._dialogue is None:
            self._dialogue = Dialogue(self.name, self.minimizer(self.start.copy()), self._log)
        if self._asked is None:
            self._asked = self._dialogue.question()
            self.finished = self._asked is None
        return self.point if self._asked is None else self._asked

    def ask(self) -> Request:
        return Request(self._listen()[None].copy(), gradient=self.uses_gradient)

    def tell(self, answer: Answer) -> None:
        point = self._listen()
        if self.finished or self._dialogue is None:
            return
        gradient = gradient_of(answer).copy() if self.uses_gradient else None
        told = Evaluation(point, float(answer.values[0]), gradient)
        self._log.append(told)
        if self.best is None or told.value < self.best:
            self.point, self.best = point.copy(), told.value
        self.steps += 1
        self._asked = None
        self._dialogue.answer(told)
        self._listen()

    @property
    def converged(self) -> bool:
        return self.finished

    @property
    def log(self) -> dict[str, Array]:
        """What was asked and told so far: points, values, and gradients where they are used."""
        empty = np.zeros((0, len(self.point)))
        gradients = [each.gradient for each in self._log if each.gradient is not None]
        return {
            "points": np.array([each.point for each in self._log]) if self._log else empty,
            "values": np.array([each.value for each in self._log], dtype=np.float64),
            "gradients": np.array(gradients) if gradients else empty,
        }

    @log.setter
    def log(self, log: dict[str, Array]) -> None:
        self.close()
        values: list[float] = log["values"].tolist()
        gradients = [row.copy() for row in log["gradients"]] or [None] * len(values)
        points = [row.copy() for row in log["points"]]
        self._log = [Evaluation(*each) for each in zip(points, values, gradients, strict=True)]

    def moved(self, value: float) -> None:
        """Start a new minimization at the incumbent."""
        self.close()
        self.start, self.best, self.finished, self._log = self.point.copy(), value, False, []

    def close(self) -> None:
        if self._dialogue is not None:
            self._dialogue.close()
        self._dialogue = self._asked = None
