"""What a training evaluates, and where: circuits that grow, and changes of backend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from qorum.training.objective import Objective


@dataclass(frozen=True)
class Phase:
    """Which circuit is evaluated: an ansatz that grows has one for each set of operators.

    Attributes:
        operators: taken on so far, as indices into the pool; empty for a fixed ansatz.
        probing: whether the whole pool is appended, to find out what each would give.
    """

    operators: tuple[int, ...] = ()
    probing: bool = False


Source = Callable[[Phase], Objective]
"""Makes the objective of a phase, on some backend."""


@dataclass(frozen=True)
class Move:
    """A change of backend in mid-course.

    Attributes:
        evaluation: index of the evaluation that found `energy_there`.
        origin: the backend before.
        target: the backend from then on.
        energy: last known at the incumbent on the origin; None if it never was evaluated there.
        energy_there: of the incumbent on the target.
        reason: in words.
    """

    evaluation: int
    origin: str
    target: str
    energy: float | None
    energy_there: float
    reason: str
