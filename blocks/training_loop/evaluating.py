"""Where answers come from: a backend, or another one where that fails or the user wants it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from blocks.backends import load_backend
from blocks.workloads import Workload
from qorum.backends import Billed, Price
from qorum.errors import BackendFailed, JobUnfinished, QorumError, TrainingHalted
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
        course: changed as the training goes.
        history: gets one row for each answer.
        warn: takes a line for the log.
        stop: set once the process is asked to end: what then fails was ended on purpose.
    """

    def __init__(
        self,
        definition: TrainingDefinition,
        workload: Workload,
        course: Course,
        history: History,
        warn: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self._definition, self._workload, self._executor = definition, workload, workload.executor
        self._course, self._history, self._warn = course, history, warn
        self._is_stopping, self._wait = stop.is_set, stop.wait
        self._executor.stop = stop
        self._executor.open()
        if (unknown := course.cost_usd - self._executor.purse.spent_usd) > 0:
            self._executor.purse.charge("what results tell nothing of", unknown)
        self._told_usd = sum(row.cost_usd for row in history.rows)
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
            JobUnfinished: it cannot be told yet what became of a paid job.
            TrainingHalted: what was found is not finite, or it was ended on purpose.
        """
        begins = training.is_start_unknown
        request = training.incumbent if begins else training.ask()
        objective = training.incumbent_objective() if begins else training.objective
        seed = training.incumbent_seed if begins else training.next_seed
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer, seconds = self._evaluate(training, objective, request, seed, self._course.backend)
            except (BackendFailed, JobUnfinished) as error:
                if self._is_stopping():
                    raise TrainingHalted(self._definition.training_id, ASKED_TO_END) from error
                if isinstance(error, JobUnfinished):
                    raise  # nowhere else is it bought while it may yet come
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
        self._executor.begin_step(training.evaluations, self._least_usd(backend, request))
        start = time.perf_counter()
        try:
            answer = objective.evaluate(request, seed)
        finally:
            self._course.cost_usd = self._executor.purse.spent_usd
        spent = time.perf_counter() - start
        self._count(succeeded=True)
        return replace(answer, cost_usd=self._course.cost_usd - self._told_usd), spent

    def _price_of(self, backend: str) -> Price:
        if backend not in self._prices:
            self._prices[backend] = load_backend(backend).profile().price
        return self._prices[backend]

    def _least_usd(self, backend: str, request: Request) -> float:
        """What is to be left for an evaluation, so that none ends half-way and is paid for in vain.

        It is a circuit for each point, and two more for each parameter of a gradient; and as much as the
        dearest evaluation so far.
        """
        price = self._price_of(backend)
        if price.is_free:
            return 0.0
        circuits = len(request.points) + (2 * request.points.shape[1] if request.gradient else 0)
        least = price.of([Billed(self._definition.shots)] * circuits)
        return max([least, *(row.cost_usd for row in self._history.rows)])

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
