"""A training as a state: what is asked next, and how an answer changes it. No clock, no store, no backend."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from qorum.backends import derive_seed
from qorum.errors import TrainingHalted
from qorum.training.ansatze._ansatz import Growth
from qorum.training.appraisals import Appraisal
from qorum.training.objective import Answer, Array, Objective, Request
from qorum.training.optimizers import make_optimizer
from qorum.training.optimizers._optimizer import Optimizer
from qorum.training.phases import Move, Phase, Source


class Training:
    """An optimizer at work on objectives of one kind.

    Args:
        training_id: for messages.
        optimizer: reference such as `adam?learning_rate=0.1`.
        start: shape [parameters].
        source: makes objectives.
        seed: all seeds are hashed from it.
        max_steps: where it ends at the latest.
        growth: how the ansatz grows; None for a fixed one.

    Raises:
        CircuitRejected: the optimizer cannot work on this objective, or has other settings.
    """

    def __init__(
        self,
        training_id: str,
        optimizer: str,
        start: Array,
        source: Source,
        *,
        seed: int,
        max_steps: int,
        growth: Growth | None = None,
    ) -> None:
        self.training_id, self.seed, self.max_steps = training_id, seed, max_steps
        self.evaluations, self._told = 0, 0
        self.best: tuple[float, Array] | None = None
        self.moves: list[Move] = []
        self.estimates = False
        """Whether energies on this backend are estimates."""
        self._reference, self._growth = optimizer, growth
        self._source, self._objectives = source, dict[Phase, Objective]()
        self.phase = Phase((), probing=growth is not None)
        self._steps_before, self._exhausted = 0, ""
        self._known: Appraisal | None = None
        self._start: Appraisal | None = None
        self._optimizer = self._fresh_optimizer(np.array(start, dtype=np.float64))
        """None for an ansatz that has not begun to grow: it has no parameters."""

    @property
    def point(self) -> Array:
        """The incumbent, shape [parameters]."""
        return np.zeros(0) if self._optimizer is None else self._optimizer.point

    @property
    def steps(self) -> int:
        """Optimizer steps finished, over all phases."""
        return self._steps_before + (0 if self._optimizer is None else self._optimizer.steps)

    @property
    def objective(self) -> Objective:
        """What answers the next request."""
        return self._objective(self.phase)

    @property
    def next_seed(self) -> int:
        """Of what `ask` requests; the same whenever that is answered, and whatever was appraised before."""
        return derive_seed(self.seed, "evaluation", self._told)

    @property
    def incumbent_seed(self) -> int:
        """Of `incumbent`."""
        return derive_seed(self.seed, "incumbent", self._told)

    @property
    def finished(self) -> str:
        """Why there is nothing left to do; empty while there is."""
        if self._exhausted:
            return self._exhausted
        if self.steps >= self.max_steps:
            return f"{self.max_steps} steps are done"
        if self._growth is None and self._optimizer is not None and self._optimizer.converged:
            return "converged"
        return ""

    @property
    def known_energy(self) -> float | None:
        """At the incumbent on this backend; None if it has not been evaluated there."""
        known = self._known
        return known.energy if known is not None and np.array_equal(known.point, self.point) else None

    @property
    def is_start_unknown(self) -> bool:
        """Whether the start is to be appraised first, as the optimizer would never ask for it."""
        return not self._told and self.known_energy is None and self._asks_beside

    @property
    def is_end_unknown(self) -> bool:
        """Whether the incumbent is to be appraised before there is a `result`."""
        return self.known_energy is None and (self.estimates or self._asks_beside)

    @property
    def above_start(self) -> tuple[float, float] | None:
        """Energies of the incumbent and of an appraised start, if the incumbent's is the higher one."""
        start, end = self._start, None if self.known_energy is None else self._known
        return (end.energy, start.energy) if start and end and end.is_above(start) else None

    @property
    def result(self) -> tuple[float, Array]:
        """Energy and parameters: the lowest where energies are exact, else those of the incumbent.

        The lowest of many estimates would be too low on average. Where the incumbent is `above_start`, they
        are those of the start.
        """
        known = self.known_energy
        if self.estimates and known is not None:
            if self._start is not None and self.above_start:
                return self._start.energy, self._start.point
            return known, self.point
        if self.best is None or (known is not None and known < self.best[0]):
            return (np.nan if known is None else known), self.point
        return self.best

    @property
    def incumbent(self) -> Request:
        """What `appraise` and `arrive` want answered, by `incumbent_objective`."""
        return Request(self.point[None])

    def incumbent_objective(self, source: Source | None = None) -> Objective:
        """What answers `incumbent`, on this backend or on that of `source`."""
        phase = Phase(self.phase.operators)
        return self._objective(phase) if source is None else source(phase)

    def ask(self) -> Request:
        """What to evaluate next; changes nothing."""
        if self._optimizer is not None and not self.phase.probing:
            return self._optimizer.ask()
        assert self._growth is not None
        pool = np.zeros(len(self._growth.pool))
        return Request(np.concatenate([self.point, pool])[None], gradient=True)

    def tell(self, answer: Answer) -> None:
        """Work in the answer to what `ask` requests now.

        Raises:
            TrainingHalted: the answer is not finite; nothing has changed.
        """
        request = self.ask()
        self._refuse_unfit(answer)
        self.evaluations += 1
        self._told += 1
        if self._optimizer is None or self.phase.probing:
            self._choose(answer)
            return
        self._remember(request, answer)
        self._optimizer.tell(answer)
        if self._growth is not None and self._optimizer.converged:
            self.phase = Phase(self.phase.operators, probing=True)

    def appraise(self, answer: Answer) -> None:
        """Take note of the energy at the incumbent; the answer is to `incumbent`.

        Raises:
            TrainingHalted: it is not finite; nothing has changed.
        """
        self._refuse_unfit(answer)
        if self.is_start_unknown:
            self._remember(self.incumbent, answer)
            self._start = self._known
        else:  # an end is nothing that a longer training asks for: `best` does not tell of it
            self._know(self.incumbent, answer)
        self.evaluations += 1

    def arrive(self, source: Source, answer: Answer, origin: str, target: str, reason: str) -> Move:
        """Go on with objectives of another backend, whose value at the incumbent is the answer.

        Args:
            source: makes the new backend's objectives.
            answer: to `incumbent`; it counts as an evaluation.
            origin: the backend left.
            target: the backend arrived at.
            reason: in words.

        Raises:
            TrainingHalted: the value is not finite; the training stays where it is.
        """
        self._refuse_unfit(answer)
        there = float(answer.values[0])
        move = Move(self.evaluations, origin, target, self.known_energy, there, reason)
        self.moves.append(move)
        self.evaluations += 1
        self._source, self._objectives = source, {}
        self.best, self.estimates, self._start = None, False, None
        self._remember(self.incumbent, answer)
        if self._optimizer is not None:
            self._optimizer.moved(there)
        return move

    def close(self) -> None:
        """End what runs beside the training, such as SciPy's thread."""
        if self._optimizer is not None:
            self._optimizer.close()

    def state(self) -> dict[str, Any]:
        """All that is needed to go on: JSON values and arrays."""
        return {
            "evaluations": self.evaluations,
            "told": self._told,
            "operators": list(self.phase.operators),
            "probing": self.phase.probing,
            "steps_before": self._steps_before,
            "exhausted": self._exhausted,
            "estimates": self.estimates,
            "best": None if self.best is None else list(self.best),
            "known": None if self._known is None else list(self._known),
            "start": None if self._start is None else list(self._start),
            "moves": [asdict(move) for move in self.moves],
            "width": self.point.size,
            "optimizer": None if self._optimizer is None else self._optimizer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Become the training whose `state` this was; source and settings are given beforehand."""
        self.evaluations, self._told = state["evaluations"], state["told"]
        self.phase = Phase(tuple(state["operators"]), state["probing"])
        self._steps_before, self._exhausted = state["steps_before"], state["exhausted"]
        self.estimates = state["estimates"]
        self.best = None if state["best"] is None else (state["best"][0], state["best"][1])
        self._known, self._start = Appraisal.stored(state["known"]), Appraisal.stored(state["start"])
        self.moves = [Move(**move) for move in state["moves"]]
        self._optimizer = self._fresh_optimizer(np.zeros(state["width"]))
        if self._optimizer is not None:
            self._optimizer.restore(state["optimizer"])

    @property
    def _asks_beside(self) -> bool:
        return self._optimizer is not None and self._optimizer.asks_beside

    def _objective(self, phase: Phase) -> Objective:
        if phase not in self._objectives:
            self._objectives = {phase: self._source(phase)}
        return self._objectives[phase]

    def _fresh_optimizer(self, point: Array) -> Optimizer[Any] | None:
        operators = self.phase.operators
        if self._growth is not None and not operators:
            return None
        seed, phase = derive_seed(self.seed, "optimizer", len(operators)), Phase(operators)
        return make_optimizer(self._reference, point, self._objective(phase).landscape, seed)

    def _refuse_unfit(self, answer: Answer) -> None:
        if not answer.is_finite:
            raise TrainingHalted(
                self.training_id,
                f"finite energies and gradients expected, found {answer.values[0]} at evaluation"
                f" {self.evaluations}; the last good state is kept: look at the backend, or go on with a"
                " smaller step",
            )

    def _remember(self, request: Request, answer: Answer) -> None:
        for point, value in zip(request.points, answer.values, strict=True):
            if self.best is None or self.best[1].size != point.size or value < self.best[0]:
                self.best = (float(value), np.array(point))
        self._know(request, answer)

    def _know(self, request: Request, answer: Answer) -> None:
        self.estimates |= bool(answer.variances.any())
        self._known = Appraisal.of(request, answer)

    def _choose(self, answer: Answer) -> None:
        """Take on the operator of the steepest slope, or find that none is steep enough."""
        assert self._growth is not None
        assert answer.gradient is not None
        slopes = answer.gradient[self.point.size :]
        operators = self.phase.operators
        norm = float(np.linalg.norm(slopes))
        self._remember(self.incumbent, answer)
        if norm < self._growth.tolerance:
            self._exhausted = f"converged: the pool's gradient is {norm:.1e}"
        elif len(operators) >= self._growth.most:
            self._exhausted = f"{len(operators)} operators are taken on"
        else:
            self._steps_before = self.steps
            self.close()
            self.phase = Phase((*operators, int(np.argmax(np.abs(slopes)))))
            self._optimizer = self._fresh_optimizer(np.append(self.point, 0.0))
