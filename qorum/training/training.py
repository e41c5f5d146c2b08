"""A training as a state: what is asked next, and how an answer changes it. No clock, no store, no backend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from qorum.backends import derive_seed
from qorum.errors import TrainingHalted
from qorum.training.ansatze._ansatz import Growth
from qorum.training.course import Course
from qorum.training.curvature import SecondLook
from qorum.training.objective import Answer, Array, Objective, Request
from qorum.training.patience import EARLY, Patience
from qorum.training.phases import Move, Phase, Source
from qorum.training.units import Units


class Training(Course):
    """An optimizer at work on objectives of one kind: what it asks, is told, knows, and is as a state.

    Args:
        training_id: for messages.
        optimizer: reference such as `adam?learning_rate=0.1`.
        start: shape [parameters].
        source: makes objectives.
        seed: all seeds are hashed from it.
        max_steps: where it ends at the latest.
        growth: how the ansatz grows; None for a fixed one.
        units: that objectives count energies in.
        operators: that a growing ansatz begins with, one for each parameter of the start.
        patience: ends it where it gets no better; tolerances are in the objectives' units.

    Raises:
        InputRejected: the optimizer cannot work on this objective, or has other settings.
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
        units: Units | None = None,
        operators: Sequence[int] = (),
        patience: Patience | None = None,
    ) -> None:
        super().__init__(optimizer, start, source, seed, growth, units or Units(), operators)
        self.training_id, self.max_steps = training_id, max_steps
        self.patience = patience or Patience()
        self.evaluations, self._told = 0, 0
        self.moves: list[Move] = []

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
        if self._optimizer is None and self._growth is None:
            return "there is no parameter to train"
        if self.steps >= self.max_steps:
            return f"{self.max_steps} steps are done"
        return ""

    @property
    def best(self) -> tuple[float, Array] | None:
        """The lowest energy so far on this backend, and where."""
        return self.knowledge.best

    @property
    def known_energy(self) -> float | None:
        """At the incumbent on this backend; None if it has not been evaluated there."""
        return self.knowledge.energy_at(self.point)

    @property
    def is_start_unknown(self) -> bool:
        """Whether the start is to be appraised first, as the optimizer would never ask for it."""
        return not self._told and self.known_energy is None and self._asks_beside

    @property
    def is_end_unknown(self) -> bool:
        """Whether the incumbent is to be appraised before there is a `result`."""
        if self.patience.kept is not None:
            return False
        alone = self._optimizer is None and self._growth is None
        return self.known_energy is None and (alone or self.estimates or self._asks_beside)

    @property
    def above_start(self) -> tuple[float, float] | None:
        """Energies of the incumbent and of an appraised start, if the incumbent's is the higher one."""
        return self.knowledge.above_start(self.point)

    @property
    def result(self) -> tuple[float, Array]:
        """Energy and parameters: the lowest where energies are exact, else those of the incumbent.

        The lowest of many estimates would be too low on average. Where the incumbent is `above_start`, they
        are those of the start. Where data are set aside, what did best on them.
        """
        if (kept := self.patience.kept) is not None:
            return self.units.energy(kept[0]), kept[1]
        return self.knowledge.result(self.point)

    def incumbent_objective(self, source: Source | None = None) -> Objective:
        """What answers `incumbent`, on this backend or on that of `source`."""
        phase = Phase(self.phase.operators)
        return self._objective(phase) if source is None else source(phase)

    def ask(self) -> Request:
        """What to evaluate next; changes nothing."""
        if self._look is not None:
            return self._look.ask()
        if self._optimizer is not None and not self.phase.probing:
            return self._optimizer.ask()
        assert self._growth is not None
        return Request(self._probed[None], gradient=True)

    def tell(self, answer: Answer) -> None:
        """Work in the answer to what `ask` requests now.

        Raises:
            TrainingHalted: the answer is not finite; nothing has changed.
        """
        request = self.ask()
        self._refuse_unfit(answer)
        self.evaluations += 1
        self._told += 1
        self._circuits += answer.circuits
        if self._look is not None:
            self._look_on(self._look, answer)
        elif self._optimizer is None or self.phase.probing:
            self._choose(answer)
        else:
            self.knowledge.remember(request, answer)
            self._optimizer.tell(answer)
            self._look_up(self._optimizer)
            self.patience.note(request.points[0], answer, self.steps)
            if not self._exhausted and self.patience.is_over(self.steps):
                self._exhausted, self._look = self.patience.words, None

    def appraise(self, answer: Answer) -> None:
        """Take note of the energy at the incumbent; the answer is to `incumbent`.

        Raises:
            TrainingHalted: it is not finite; nothing has changed.
        """
        self._refuse_unfit(answer)
        if self.is_start_unknown:
            self.knowledge.remember(self.incumbent, answer)
            self.knowledge.start = self.knowledge.last
        else:  # an end is nothing that a longer training asks for: `best` does not tell of it
            self.knowledge.know(self.incumbent, answer)
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
        energy = self.units.energy(there)
        move = Move(self.evaluations, origin, target, self.known_energy, energy, reason)
        self.moves.append(move)
        self.evaluations += 1
        self._source, self._objectives = source, {}
        self._look, self._exhausted = None, ""
        self.knowledge.forget()
        self.patience.forget()
        self.knowledge.remember(self.incumbent, answer)
        if self._optimizer is not None:
            self._optimizer.moved(there)
        return move

    def state(self) -> dict[str, Any]:
        """All that is needed to go on: JSON values and arrays."""
        return {
            "units": list(self.units),
            "evaluations": self.evaluations,
            "told": self._told,
            "circuits": self._circuits,
            "operators": list(self.phase.operators),
            "probing": self.phase.probing,
            "steps_before": self._steps_before,
            "exhausted": self._exhausted,
            "look": None if self._look is None else self._look.state(),
            "words": self._words,
            "descents": self._descents,
            "allowed": self._allowed,
            "patience": self.patience.state(),
            **self.knowledge.state(),
            "moves": [asdict(move) for move in self.moves],
            "width": self.point.size,
            "optimizer": None if self._optimizer is None else self._optimizer.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Become the training whose `state` this was; source and settings are given beforehand.

        Raises:
            TrainingHalted: it counts energies in other units, as an earlier release did.
            QorumError: it is the state of another optimizer.
        """
        if state.get("units") != list(self.units):
            raise TrainingHalted(
                self.training_id,
                f"a state with energies in the units {list(self.units)} expected, found"
                f" {state.get('units', 'one of an earlier release')}: it would be misread;"
                " go on with that release, or begin anew under another training id",
            )
        self.evaluations, self._told = state["evaluations"], state["told"]
        self._circuits = state["circuits"]
        self.phase = Phase(tuple(state["operators"]), state["probing"])
        self._steps_before, self._exhausted = state["steps_before"], state["exhausted"]
        self._words, self._descents = state["words"], state["descents"]
        self.knowledge.restore(state)
        self.patience.restore(state.get("patience"))
        self.moves = [Move(**move) for move in state["moves"]]
        self._optimizer = self._fresh_optimizer(np.zeros(state["width"]))
        if self._optimizer is not None:
            self._optimizer.restore(state["optimizer"])
        self._allowed = state["allowed"]
        if self._exhausted.startswith(EARLY) and not self.patience.is_over(self.steps):
            self._exhausted = ""  # it is to be more patient now
        self._look = None
        if state["look"] is not None:
            self._look = SecondLook.restored(state["look"], self._look_seed)

    def _refuse_unfit(self, answer: Answer) -> None:
        if not answer.is_finite:
            raise TrainingHalted(
                self.training_id,
                f"finite energies and gradients expected, found {answer.values[0]} at evaluation"
                f" {self.evaluations}; the last good state is kept: look at the backend, or go on with a"
                " smaller step",
            )
