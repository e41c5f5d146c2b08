"""Whether a point without a slope is a minimum: a look at the Hessian, and a way down from a saddle.

Lanczos' method (Golub and Van Loan, Matrix Computations, 4th ed., section 10.1) finds the lowest curvature
from products of the Hessian with vectors, each the difference of two gradients.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qorum.backends import derive_seed
from qorum.training.objective import Answer, Array, Request

STEP = 1e-2
"""Radians on both sides of the point that gradients are taken at."""

NEGATIVE = 1e-3
"""Curvatures, in the objective's units, that differ from 0 by less are not told from it."""

MOST_PRODUCTS = 16
"""Of the Hessian with a vector."""

LENGTHS = (0.05, 0.2, 0.5, 1.0, 1.6)
"""Radians along a direction of falling energies, both ways."""

FAR = 32
"""Points around, a radian or so away in each angle, that are tried where no direction falls."""

LOWER = 1e-7
"""What an energy has to be lower by, in the objective's units, to be a way down."""


class SecondLook:
    """One look from one point: asks, is told, and ends with a verdict.

    `verdict` is empty while it goes on, then `minimum` (no falling direction was found), `descent` (`lowest`
    is a lower point) or `flat` (nothing is curved, and no lower point was found).

    Args:
        point: where the gradient is next to nothing, shape [parameters].
        seed: of its random vectors.
    """

    remembered = ("verdict", "vectors", "diagonal", "beside", "half", "direction", "is_curved", "lowest")

    def __init__(self, point: Array, seed: int) -> None:
        self.point, self._seed = np.array(point, dtype=np.float64), seed
        self.verdict = ""
        self.vectors: list[Array] = [self._random()]
        self.diagonal: list[float] = []
        self.beside: list[float] = []
        self.half: Array | None = None
        """The gradient on the one side, until that on the other is known."""
        self.direction: Array | None = None
        """That falls, once it has been found; zeros where there is none."""
        self.is_curved = True
        self.lowest: Array = self.point

    @property
    def wants_gradients(self) -> bool:
        """Whether it still looks for a direction."""
        return self.direction is None

    def ask(self) -> Request:
        """What to evaluate next."""
        if self.direction is not None:
            return Request(self._trials())
        side = STEP if self.half is None else -STEP
        return Request((self.point + side * self.vectors[-1])[None], gradient=True)

    def tell(self, answer: Answer) -> None:
        """Work in the answer to `ask`."""
        if self.direction is not None:
            self._judge(answer.values)
            return
        assert answer.gradient is not None, "a gradient was asked for"
        if self.half is None:
            self.half = answer.gradient.copy()
            return
        product, self.half = (self.half - answer.gradient) / (2 * STEP), None
        self._extend(product)

    def state(self) -> dict[str, Any]:
        """JSON values and arrays."""
        return {"point": self.point, **{name: getattr(self, name) for name in self.remembered}}

    @classmethod
    def restored(cls, state: dict[str, Any], seed: int) -> SecondLook:
        """From its `state`."""
        look = cls(state["point"], seed)
        for name in cls.remembered:
            setattr(look, name, state[name])
        return look

    def _random(self, *shape: int) -> Array:
        draw = np.random.default_rng(derive_seed(self._seed, "second look"))
        found = draw.standard_normal((*shape, len(self.point)))
        return found if shape else found / np.linalg.norm(found)

    def _extend(self, product: Array) -> None:
        """A step of Lanczos' method, and what can be said after it."""
        vector = self.vectors[-1]
        self.diagonal.append(float(vector @ product))
        rest = product.copy()
        for _ in range(2):  # twice is enough: against all vectors, not the last two alone
            for known in self.vectors:
                rest -= (known @ rest) * known
        beside = float(np.linalg.norm(rest))
        curvatures, axes = np.linalg.eigh(
            np.diag(self.diagonal) + np.diag(self.beside, 1) + np.diag(self.beside, -1)
        )
        error = beside * abs(float(axes[-1, 0]))
        lowest, steepest = float(curvatures[0]), float(np.abs(curvatures).max())
        known_well = error < max(NEGATIVE, 0.1 * lowest)
        if lowest < -NEGATIVE:
            self.direction = np.einsum("i,ij->j", axes[:, 0], np.array(self.vectors))
        elif len(self.vectors) == min(MOST_PRODUCTS, len(self.point)) or known_well or beside < NEGATIVE:
            self.direction = np.zeros_like(self.point)
            self.is_curved = max(steepest, beside) >= NEGATIVE
        else:
            self.beside.append(beside)
            self.vectors.append(rest / beside)

    def _trials(self) -> Array:
        """The point itself, then the points to compare with it."""
        assert self.direction is not None
        if not self.direction.any():
            return np.concatenate([self.point[None], self.point + self._random(FAR)])
        lengths = np.array([*LENGTHS, *(-length for length in LENGTHS)])
        return np.concatenate([self.point[None], self.point + lengths[:, None] * self.direction])

    def _judge(self, values: Array) -> None:
        assert self.direction is not None
        best = int(values.argmin())
        if values[best] < values[0] - LOWER:
            self.lowest, self.verdict = self._trials()[best], "descent"
        else:
            self.verdict = "minimum" if self.is_curved else "flat"
