"""What Adam and the natural gradient share: one request a step, and when they are done."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar

from qorum.training.objective import Answer, Array, Landscape
from qorum.training.optimizers._convergence import exact, gradient_of, norm, settled
from qorum.training.optimizers._optimizer import Optimizer
from qorum.training.optimizers._rates import Rates

Descending = TypeVar("Descending", bound=Rates)


class GradientDescent(Optimizer[Descending]):
    """Each answer gives one step; at a point whose gradient vanishes it stands still."""

    remembered: ClassVar[tuple[str, ...]] = ("values", "standing")

    def __init__(self, settings: Descending, point: Array, landscape: Landscape, seed: int) -> None:
        super().__init__(settings, point, landscape, seed)
        self.values: list[float] = []
        self.standing = False

    @abstractmethod
    def displacement(self, gradient: Array, answer: Answer, rate: float) -> Array:
        """How far to go from the incumbent, shape [parameters]."""

    def tell(self, answer: Answer) -> None:
        gradient, certain = gradient_of(answer), exact(answer)
        self.values = [*self.values, float(answer.values[0])][-self.settings.window - 1 :] if certain else []
        self.standing = certain and norm(gradient) <= self.settings.gradient_tolerance
        if not self.standing:
            rate = self.settings.rate(self.steps)
            self.point = self.point + self.displacement(gradient, answer, rate)
        self.steps += 1

    @property
    def converged(self) -> bool:
        return self.standing or settled(self.values, self.settings.value_tolerance, self.settings.window)

    def moved(self, value: float) -> None:  # noqa: ARG002 - the next answer tells it
        self.values, self.standing = [], False
