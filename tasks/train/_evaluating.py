"""Where answers come from: the journal, the backend, or another one where that fails or the user wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from blocks.backends import load_backend
from blocks.trainings import Journal
from blocks.workloads import Workload
from qorum.backends import Billed, Price
from qorum.errors import BackendFailed, BudgetExceeded, QorumError, TrainingHalted
from qorum.training.definitions import TrainingDefinition
from qorum.training.history import History, Row
from qorum.training.objective import Answer, Objective, Request
from qorum.training.training import Training

ASKED_TO_END = "asked to end; the same training id goes on from here"

ATTEMPTS = 3
"""Times that an evaluation is tried on a backend which says that trying again may help."""

PAUSE_SECONDS = 0.5
"""Before the second attempt; twice as long before the third."""

WINDOW = 20
"""Last evaluations that the error rate is taken of."""

JOURNAL_SHARE = 0.01
"""Of the time, at most, goes into storing answers that cost no money."""


@dataclass
class Course:
    """Where a training runs, and what it has been through.

    Attributes:
        backend: where it runs now.
        orders: how many moves have been ordered and dealt with.
        outcomes: of the last attempts on this backend, newest last: whether they succeeded.
        failed: backends that were given up.
        cost_usd: spent so far, evaluations that came to nothing included.
    """

    backend: str
    orders: int = 0
    outcomes: list[bool] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    cost_usd: float = 0.0


class Evaluating:
    """Answers a training's requests, writes them into its history, and takes it to other backends.

    Args:
        definition: what is trained.
        workload: what makes objectives.
        journal: answers since the last checkpoint.
        course: changed as the training goes.
        history: gets one row for each answer.
        warn: takes a line for the log.
        stop: set once the process is asked to end: what then fails was ended on purpose.
    """

    def __init__(
        self,
        definition: TrainingDefinition,
        workload: Workload,
        journal: Journal,
        course: Course,
        history: History,
        warn: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self._definition, self._workload, self._journal = definition, workload, journal
        self._course, self._history, self._warn = course, history, warn
        self._is_stopping, self._wait, self._purse = stop.is_set, stop.wait, workload.purse
        self._purse.charge("before the last checkpoint", course.cost_usd)
        self._told_usd, self._computed = course.cost_usd, 0
        self._journal_seconds = 0.0
        self._since = time.perf_counter()
        self._prices: dict[str, Price] = {}

    def start_clock(self) -> None:
        """What came before is nobody's time."""
        self._since = time.perf_counter()

    def advance(self, training: Training) -> None:
        """Answer what the training asks, or take it elsewhere if its backend fails.

        Where its start is unknown, that is what is answered.

        Raises:
            BackendFailed: and there is no backup backend left.
            BudgetExceeded: the next evaluation may cost more than is left.
            TrainingHalted: what was found is not finite, or it was ended on purpose.
        """
        begins = training.is_start_unknown
        request = training.incumbent if begins else training.ask()
        objective = training.incumbent_objective() if begins else training.objective
        seed = training.incumbent_seed if begins else training.next_seed
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer, seconds = self._evaluate(training, objective, request, seed, self._course.backend)
            except BackendFailed as error:
                if self._is_stopping():
                    raise TrainingHalted(self._definition.training_id, ASKED_TO_END) from error
                self._warn(f"evaluation {training.evaluations}, attempt {attempt}: {error}")
                again = error.retryable and attempt < ATTEMPTS
                if not again or self._count(succeeded=False) > self._definition.max_error_rate:
                    self._fail_over(training, error)
                    return
                self._wait(PAUSE_SECONDS * 2 ** (attempt - 1))
            else:
                (training.appraise if begins else training.tell)(answer)
                self._note(training, request, answer, seconds)
                return

    def appraise(self, training: Training) -> None:
        """Evaluate the incumbent where the training is."""
        objective, seed = training.incumbent_objective(), training.incumbent_seed
        answer, seconds = self._evaluate(training, objective, training.incumbent, seed, self._course.backend)
        training.appraise(answer)
        self._note(training, training.incumbent, answer, seconds)

    def move(self, training: Training, backend: str, reason: str) -> None:
        """Go on elsewhere; the incumbent is evaluated there first, and if that fails nothing has changed."""
        course, source = self._course, self._workload.source_on(backend)
        objective, seed = training.incumbent_objective(source), training.incumbent_seed
        answer, seconds = self._evaluate(training, objective, training.incumbent, seed, backend)
        move = training.arrive(source, answer, course.backend, backend, reason)
        course.backend, course.outcomes = backend, []
        self._note(training, training.incumbent, answer, seconds)
        here = "was not known" if move.energy is None else f"{move.energy:.8f}"
        self._warn(
            f"moved from {move.origin} to {move.target} ({reason}): the incumbent's"
            f" {self._definition.minimized} is {move.energy_there:.8f}, before {here}"
        )

    def _fail_over(self, training: Training, error: BackendFailed) -> None:
        """To the first backup backend that can evaluate the incumbent."""
        course = self._course
        if course.backend not in course.failed:
            course.failed.append(course.backend)
        for backend in self._definition.backup_backends:
            if backend in course.failed:
                continue
            try:
                self.move(training, backend, f"{course.backend} failed: {error.reason}")
            except QorumError as refusal:
                self._warn(f"{backend} cannot take over: {refusal}")
                course.failed.append(backend)
            else:
                return
        raise error

    def _count(self, *, succeeded: bool) -> float:
        """Note an outcome.

        Returns:
            The share of failures among the last ones; 0 while there are too few to tell.
        """
        outcomes = self._course.outcomes
        outcomes.append(succeeded)
        del outcomes[:-WINDOW]
        return outcomes.count(False) / len(outcomes) if len(outcomes) == WINDOW else 0.0

    def _evaluate(
        self, training: Training, objective: Objective, request: Request, seed: int, backend: str
    ) -> tuple[Answer, float]:
        index = training.evaluations
        if known := self._journal.find(index, request, seed, backend):
            if not self._purse.has_paid(found := f"evaluation {index}, {seed} on {backend}, stored"):
                self._purse.charge(found, known.cost_usd)
            self._course.cost_usd = self._purse.spent_usd
            return known, 0.0
        price = self._price_of(backend)
        self._refuse_overspending(price, request)
        start, before = time.perf_counter(), self._purse.spent_usd
        try:
            answer = objective.evaluate(request, seed)
            if not price.is_free and answer.circuits and self._purse.spent_usd == before:
                self._charge_engine(price, answer)
        finally:
            self._course.cost_usd = self._purse.spent_usd
        spent = time.perf_counter() - start
        answer = replace(answer, cost_usd=self._course.cost_usd - self._told_usd)
        self._count(succeeded=True)
        if not answer.is_finite:
            return answer, spent  # of no use to anyone: found in the journal, it would end every resumption
        if not price.is_free or spent * JOURNAL_SHARE > self._journal_seconds:
            self._journal.write(index, request, seed, backend, answer)
            self._journal_seconds = time.perf_counter() - start - spent
        return answer, spent

    def _charge_engine(self, price: Price, answer: Answer) -> None:
        """What our own engine computed by itself, at the price that its backend states."""
        one = Billed(round(answer.shots / answer.circuits))
        self._computed += 1
        self._purse.charge(f"computed {self._computed}", price.of([one] * answer.circuits))

    def _price_of(self, backend: str) -> Price:
        if backend not in self._prices:
            self._prices[backend] = load_backend(backend).profile().price
        return self._prices[backend]

    def _refuse_overspending(self, price: Price, request: Request) -> None:
        """What would end half-way, and be paid for in vain: the purse itself refuses every batch too many.

        By the costliest evaluation so far, as the next may cost as much, and by the least it can cost.

        That is a circuit for each point, and two more for each parameter of a gradient.
        """
        if price.is_free:
            return
        left = self._purse.left_usd
        circuits = len(request.points) + (2 * request.points.shape[1] if request.gradient else 0)
        least = price.of([Billed(self._definition.shots)] * circuits)
        needed = max([least, *(row.cost_usd for row in self._history.rows)])
        if needed > left or left <= 0:
            raise BudgetExceeded(needed, left)

    def _note(self, training: Training, request: Request, answer: Answer, seconds: float) -> None:
        now = time.perf_counter()
        self._told_usd += answer.cost_usd
        norm = float("nan") if answer.gradient is None else float(np.linalg.norm(answer.gradient))
        self._history.rows.append(
            Row(
                step=training.steps,
                energy=training.units.energy(float(answer.values[0])),
                variance=training.units.variance(float(answer.variances[0])),
                gradient_norm=training.units.scale * norm,
                point=np.array(request.points[0]),
                shots=answer.shots,
                circuits=answer.circuits,
                backend=self._course.backend,
                cost_usd=answer.cost_usd,
                seconds_quantum=seconds,
                seconds_classical=max(0.0, now - self._since - seconds),
            )
        )
        self._since = now
