"""What the distribution of one independent part of a circuit tells its judges."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
"""[outcomes, width] of 0 and 1; column i is the part's i-th bit."""

Floats = NDArray[Any]

RESOLUTION = 64
"""Levels of log probability in a factor of two: what is compared is the level, so that sums over all
outcomes become sums over some thousand levels, exactly."""

LEAST_RELATIVE = 1e-10
"""An outcome with less than this of the mean probability counts as impossible; all of them together have
less than this. Rounding in single precision leaves about 1e-13."""


@dataclass(frozen=True)
class Levels:
    """How probability spreads: of the outcomes with -log2(p) in [level, level + 1) / RESOLUTION, their sum.

    Attributes:
        level: ascending, integers.
        mass: the probability of all outcomes of that level; sums to 1.
    """

    level: NDArray[np.int64]
    mass: Floats

    @cached_property
    def log_p(self) -> Floats:
        """The natural logarithm that stands for each level."""
        return -np.log(2.0) * (self.level + 0.5) / RESOLUTION

    def cumulants(self, t: float) -> float:
        """log E[p**t], by levels: the logarithm of the moment generating function of log p."""
        exponents = t * self.log_p + np.log(self.mass)
        top = exponents.max()
        return float(top + np.log(np.exp(exponents - top).sum()))

    @property
    def mean(self) -> float:
        """Of log p."""
        return float(self.mass @ self.log_p)

    @property
    def variance(self) -> float:
        """Of log p."""
        return float(self.mass @ (self.log_p - self.mean) ** 2)


@dataclass(frozen=True)
class Cells:
    """Outcomes in groups that are each expected often: [groups] counts, and what is expected."""

    observed: Floats
    expected: Floats


@dataclass(frozen=True)
class Coincidences:
    """Pairs of equal outcomes among those too rare to be counted one by one.

    Attributes:
        observed: pairs seen.
        expected: pairs expected.
        variance: of that number.
    """

    observed: float
    expected: float
    variance: float


class Factor(ABC):
    """A distribution over `width` bits."""

    width: int

    @property
    @abstractmethod
    def levels(self) -> Levels:
        """How its probability spreads."""

    @property
    @abstractmethod
    def log_collision(self) -> float:
        """log of the sum of p squared."""

    @abstractmethod
    def log_p(self, bits: Bits) -> Floats:
        """[outcomes] log p of each; -inf where impossible."""

    @abstractmethod
    def level(self, bits: Bits) -> Floats:
        """[outcomes] log p rounded to its level, as in `Levels.log_p`; -inf where impossible."""

    @property
    @abstractmethod
    def parities(self) -> tuple[Floats, Floats]:
        """[width] means of (-1)**bit, and [width, width] means of the products of two."""

    @abstractmethod
    def cells(self, bits: Bits, counts: Floats, least: float) -> tuple[Cells, Coincidences | None]:
        """Outcomes in groups of at least `least` expected shots, and the coincidences of the rest."""
