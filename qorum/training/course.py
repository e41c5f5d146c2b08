"""How a training gets from one point without a slope to the next: operators taken on, saddles left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qorum.backends import derive_seed
from qorum.training.ansatze._ansatz import Growth
from qorum.training.appraisals import Knowledge
from qorum.training.curvature import MOST_PRODUCTS, SecondLook
from qorum.training.objective import Answer, Array, Objective, Request
from qorum.training.optimizers import make_optimizer
from qorum.training.optimizers._optimizer import Optimizer
from qorum.training.phases import Phase, Source
from qorum.training.units import Units

MOST_DESCENTS = 10
"""Times that a training goes down from a point without a slope."""

CHEAP_LOOK = 1_000
"""Circuits that a second look may take at least; more, as many as the training has taken so far."""

TAKEN_TOGETHER = 0.5
"""Operators of a falling direction are taken on, if their share in it is at least so much of the largest."""

CHANCE = 3.0
"""Standard deviations of the energy that an estimated slope has to exceed for its operator to be taken on."""

NOT_SHOWN = "stationary, not shown to be a minimum"


class Course:
    """The part of a `Training` that decides what comes after an answer; its arguments are there."""

    def __init__(
        self,
        optimizer: str,
        start: Array,
        source: Source,
        seed: int,
        growth: Growth | None,
        units: Units,
        operators: Sequence[int],
    ) -> None:
        self.seed, self.units = seed, units
        self._circuits = 0
        self.knowledge = Knowledge(self.units)
        self._reference, self._growth = optimizer, growth
        self._source, self._objectives = source, dict[Phase, Objective]()
        self.phase = Phase(tuple(operators), probing=growth is not None and not operators)
        self._steps_before, self._exhausted = 0, ""
        self._look: SecondLook | None = None
        self._words = ""
        """Why the training ends, if that look finds nothing."""
        self._descents, self._allowed = 0, 0
        self._optimizer = self._fresh_optimizer(np.array(start, dtype=np.float64))
        """None where there is no parameter, as for an ansatz that has not begun to grow."""

    @property
    def point(self) -> Array:
        """The incumbent, shape [parameters]."""
        return np.zeros(0) if self._optimizer is None else self._optimizer.point

    @property
    def steps(self) -> int:
        """Optimizer steps finished, over all phases."""
        return self._steps_before + (0 if self._optimizer is None else self._optimizer.steps)

    @property
    def estimates(self) -> bool:
        """Whether energies on this backend are estimates."""
        return self.knowledge.estimates

    @property
    def incumbent(self) -> Request:
        """What `appraise` and `arrive` want answered, by `incumbent_objective`."""
        return Request(self.point[None])

    def close(self) -> None:
        """End what runs beside the training, such as SciPy's thread."""
        if self._optimizer is not None:
            self._optimizer.close()

    @property
    def _probed(self) -> Array:
        """The incumbent, and 0 for each operator of the pool where there is one."""
        pool = 0 if self._growth is None else len(self._growth.pool)
        return np.concatenate([self.point, np.zeros(pool)])

    @property
    def _look_seed(self) -> int:
        return derive_seed(self.seed, "look", self._descents)

    @property
    def _asks_beside(self) -> bool:
        return self._optimizer is not None and self._optimizer.asks_beside

    def _objective(self, phase: Phase) -> Objective:
        if phase not in self._objectives:
            self._objectives = {phase: self._source(phase)}
        return self._objectives[phase]

    def _fresh_optimizer(self, point: Array) -> Optimizer[Any] | None:
        operators = self.phase.operators
        if not point.size or (self._growth is not None and not operators):
            return None
        seed, phase = derive_seed(self.seed, "optimizer", len(operators)), Phase(operators)
        if self._descents:
            seed = derive_seed(seed, "descent", self._descents)
        made = make_optimizer(self._reference, point, self._objective(phase).landscape, seed)
        self._allowed = made.growth_steps
        return made

    def _look_up(self, optimizer: Optimizer[Any]) -> None:
        """After a step: whether the pool is to be probed, or the point to be looked at again."""
        if self._growth is not None:
            hurried = self.estimates or not optimizer.settles
            if optimizer.converged or (hurried and 0 < self._allowed <= optimizer.steps):
                self.phase = Phase(self.phase.operators, probing=True)
        elif optimizer.converged:
            self._begin_look("converged")

    def _begin_look(self, words: str) -> None:
        """Look again at the incumbent, without a slope; where that cannot be, end in other words."""
        name = self._reference.partition("?")[0]
        if self.estimates:
            self._exhausted = f"{NOT_SHOWN}: {name} has ended, and energies are estimates"
        elif self._descents >= MOST_DESCENTS:
            self._exhausted = (
                f"{NOT_SHOWN}: {MOST_DESCENTS} ways down ended at such points; try another start"
            )
        else:
            self._look, self._words = SecondLook(self._probed, self._look_seed), words

    def _look_on(self, look: SecondLook, answer: Answer) -> None:
        """One answer further; at the verdict the training ends, or goes down from here."""
        wanted = look.wants_gradients
        look.tell(answer)
        if wanted and 2 * MOST_PRODUCTS * answer.circuits > max(CHEAP_LOOK, self._circuits):
            self._look = None
            self._exhausted = f"{NOT_SHOWN}: a look at its curvature would take too many circuits here"
        elif look.verdict == "descent":
            self._look = None
            self._descents += 1
            self._descend(look.lowest)
        elif look.verdict:
            self._look = None
            flat = f"{NOT_SHOWN}: nothing changes the energy here; try another start or ansatz"
            self._exhausted = flat if look.verdict == "flat" else self._words

    def _descend(self, lowest: Array) -> None:
        """Begin anew at a lower point, with those operators of the pool that lead there."""
        width = self.point.size
        own, pool = lowest[:width], lowest[width:]
        operators = self.phase.operators
        shares = np.abs(pool)
        if pool.size and shares.max() > TAKEN_TOGETHER * np.abs(own).max(initial=0.0) * 0.01:
            room = max(0, (self._growth.most if self._growth else 0) - len(operators))
            chosen = np.flatnonzero(shares >= TAKEN_TOGETHER * shares.max())[:room]
            operators = (*operators, *(int(place) for place in chosen))
            own = np.concatenate([own, pool[chosen]])
        self._restart(operators, own)

    def _restart(self, operators: tuple[int, ...], point: Array) -> None:
        self._steps_before = self.steps
        self.close()
        self.phase = Phase(operators)
        self._optimizer = self._fresh_optimizer(point)

    def _choose(self, answer: Answer) -> None:
        """Take on the operator of the steepest slope; where none is steep enough, finish what there is."""
        assert self._growth is not None
        assert answer.gradient is not None
        slopes = answer.gradient[self.point.size :]
        operators = self.phase.operators
        norm = float(np.linalg.norm(slopes))
        self.knowledge.remember(self.incumbent, answer)
        # Of estimates, the steepest slope may be chance alone; a first operator is taken on all the same.
        chance = CHANCE * float(answer.variances[0]) ** 0.5 if operators else 0.0
        is_steep = norm >= self._growth.tolerance and float(np.abs(slopes).max()) >= chance
        if is_steep and len(operators) < self._growth.most:
            chosen = int(np.argmax(np.abs(slopes)))
            self._restart((*operators, chosen), np.append(self.point, 0.0))
        elif self._optimizer is not None and not self._optimizer.converged:
            self._allowed += self._optimizer.growth_steps
            self.phase = Phase(operators)
        elif len(operators) >= self._growth.most:
            self._exhausted = f"{len(operators)} operators are taken on"
        else:
            self._begin_look(f"converged: the pool's gradient is {norm:.1e}")
