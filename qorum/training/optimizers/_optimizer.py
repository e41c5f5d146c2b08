"""What an optimizer is: a state that requests are made from and answers are worked into."""

from __future__ import annotations

from abc import ABC, abstractmethod
from copy import deepcopy
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from qorum.errors import QorumError
from qorum.training.objective import Answer, Array, Landscape, Request


class Settings(BaseModel):
    """Base of every optimizer's settings: every field has a default, bounds and a description."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Chosen = TypeVar("Chosen", bound=Settings)


class Optimizer(ABC, Generic[Chosen]):
    """Minimizes by asking and being told; deterministic, its randomness comes from hashed seeds.

    `ask` changes nothing: asked twice, it requests the same. All that matters is in `state`, so that an
    optimizer restored from it goes on with the same bits.

    Args:
        settings: how it works.
        point: where it starts, shape [parameters].
        landscape: what is known of the objective.
        seed: of all its random choices.

    Raises:
        InputRejected: this optimizer cannot work on that landscape, with the reason.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    remembered: ClassVar[tuple[str, ...]] = ()
    """Attributes that make the state, besides `point` and `steps`: JSON values and float64 arrays, nested
    in dicts and lists."""
    asks_beside: ClassVar[bool] = False
    """Whether it asks for points around its start, and never for the start itself, before it leaves it."""
    settles: ClassVar[bool] = False
    """Whether it ends by itself in few steps where values are exact."""
    growth_steps: ClassVar[int] = 20
    """Steps, where it does not end by itself, after which an ansatz may grow; 0: it always ends."""

    def __init__(self, settings: Chosen, point: Array, landscape: Landscape, seed: int) -> None:
        self.settings = settings
        self.landscape = landscape
        self.seed = seed
        self.point: Array = np.array(point, dtype=np.float64)
        """The incumbent: where the optimizer stands; shape [parameters]."""
        self.steps = 0
        """Steps that are finished; a step may take several requests."""

    @abstractmethod
    def ask(self) -> Request:
        """What to evaluate next; its first point is the incumbent wherever the method asks for it."""

    @abstractmethod
    def tell(self, answer: Answer) -> None:
        """Work in the answer to the request that `ask` makes now."""

    @property
    @abstractmethod
    def converged(self) -> bool:
        """Whether going on would not improve the objective by more than the settings ask for."""

    def state(self) -> dict[str, Any]:
        """All that is needed to go on: JSON values and float64 arrays, nested in dicts and lists."""
        return {name: deepcopy(getattr(self, name)) for name in ("point", "steps", *self.remembered)}

    def restore(self, state: dict[str, Any]) -> None:
        """Become the optimizer whose `state` this was; the same settings and seed are given beforehand.

        Raises:
            QorumError: it is the state of another optimizer, or of another number of parameters.
        """
        names = ("point", "steps", *self.remembered)
        if set(state) != set(names):
            expected, found = ", ".join(sorted(names)), ", ".join(sorted(state))
            raise QorumError(f"{self.name}: a state of {expected} expected, found one of {found}")
        if np.shape(state["point"]) != self.point.shape:
            expected, found = self.point.shape, np.shape(state["point"])
            raise QorumError(f"{self.name}: a state for points of shape {expected} expected, found {found}")
        for name in names:
            setattr(self, name, deepcopy(state[name]))

    @abstractmethod
    def moved(self, value: float) -> None:
        """The objective is another one from now on (another backend), and is `value` at the incumbent.

        What was learned of curvature and of values is dropped, the incumbent and the schedule stay.
        """

    def close(self) -> None:
        """Let go of threads; afterwards it may still be asked, or restored from."""
