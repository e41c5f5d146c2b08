"""What the steps of a training plan is executed: paid from its purse, and never bought twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from blocks.backends import load_backend
from blocks.batches import Batch, run_batch
from blocks.execution import run_job
from blocks.job_results import open_purse, read_result, stored_keys, write_result
from blocks.object_store import ObjectStore
from blocks.submissions import Around
from qorum.backends import Billed
from qorum.errors import BudgetExceeded, JobUnfinished
from qorum.ledger.budget import Purse
from qorum.ledger.charges import most_billed
from qorum.ledger.jobs import Computed, Failure, Job, JobResult, Outcome
from qorum.training.objective import Answer, Objective, Request
from qorum.training.work import Results, Work

if TYPE_CHECKING:
    from qorum.statevector.observables import PauliSum


class Executor:
    """Executes what the steps of a training plan.

    What costs is reserved before it is asked for, settled by what it did, and stored before it is used, so
    that it is found again after a crash. A job that was charged and brought nothing is another attempt when
    it is asked for again. What is free is not stored: it is computed again.

    Args:
        training_id: whose jobs they are; empty: nothing may cost.
        max_cost_usd: the most that all of them may cost, over all processes.
        store: where results are; None: nothing may cost.
    """

    def __init__(
        self, training_id: str = "", max_cost_usd: float = 0.0, store: ObjectStore | None = None
    ) -> None:
        self._training_id, self.store = training_id, store
        self.purse = Purse(max_cost_usd if store else 0.0)
        self._known: set[str] = set()
        self._step, self._least_usd = 0, 0.0
        self.stop = Event()
        """Set once the process is asked to end: what was submitted is cancelled."""

    def open(self) -> None:
        """Look up what was bought before, by any process: after that no other one may buy."""
        if self.store is not None:
            self.purse = open_purse(self._training_id, self.purse.limit_usd, self.store)
            self._known = stored_keys(self._training_id, self.store)

    def begin_step(self, step: int, least_usd: float) -> None:
        """What is asked from now on belongs to this step, which costs so much at least: less buys nothing."""
        self._step, self._least_usd = step, least_usd

    def run(self, asked: Sequence[Work]) -> Results:
        """Execute the jobs of a plan, one after the other.

        Raises:
            BudgetExceeded: one may cost more than is left; what the others brought is stored.
            JobUnfinished: it cannot be told yet what became of one that was submitted.
            QorumError: a stored result is damaged.
        """
        return [self._run(work) for work in asked]

    def compute(self, backend: str, objective: Objective, request: Request, seed: int) -> Answer:
        """What our own engine computes by itself, at the price that the backend states.

        Raises:
            BudgetExceeded: the step may cost more than is left.
            QorumError: a stored result is damaged.
        """
        price = load_backend(backend).profile().price
        if price.is_free:
            return objective.evaluate(request, seed)

        def computed(job: Job) -> JobResult:
            answer = objective.evaluate(request, seed)
            each = Billed(round(answer.shots / max(1, answer.circuits)))
            cost = price.of([each] * answer.circuits)
            return JobResult(job.token, (Computed(answer.to_numbers()),), 0.0, {job.token: cost})

        job = self._job(
            backend,
            seeds=(seed,),
            options={"gradient": request.gradient, "metric": request.metric},
            parameters=tuple(map(tuple, request.points.tolist())),
        )
        (found,) = self._bought(job, max(0.0, self._least_usd), computed).outcomes
        assert isinstance(found, Computed)
        return Answer.from_numbers(found.numbers)

    def _run(self, work: Work) -> Sequence[Outcome]:
        block = load_backend(work.backend)
        profile = block.profile()
        price = profile.price
        batch = Batch(
            *(work.backend, work.circuits, work.seeds, work.shots, work.values, work.observable),
            indivisible=True,
            measures_last=True,
        )
        if price.is_free and block.remote is None:
            return run_batch(batch).outcomes
        job = self._job(
            work.backend,
            digests=work.digests,
            compiled=tuple(circuit.key for circuit in work.circuits),
            seeds=work.seeds,
            shots=work.shots,
            options={} if work.observable is None else {"observable": _plain(work.observable)},
            parameters=work.values,
        )
        each = batch.most_seconds / len(work.circuits)
        most = price.of([most_billed(circuit, work.shots, each, profile) for circuit in work.circuits])
        if block.remote is None:
            return self._bought(job, most, partial(run_job, batch, None)).outcomes
        around = Around.stopping(self.stop)
        submit = partial(run_job, batch, None, store=self.store, around=around)
        return self._bought(job, most, submit, billed_by_vendor=True).outcomes

    def _job(
        self,
        backend: str,
        *,
        seeds: tuple[int, ...],
        options: Mapping[str, Any],
        parameters: tuple[tuple[float, ...], ...],
        digests: tuple[str, ...] = (),
        compiled: tuple[str, ...] = (),
        shots: int = 0,
    ) -> Job:
        return Job(
            *(self._training_id, self._step, backend, digests, compiled, seeds, shots, options),
            parameters=parameters,
        )

    def _bought(
        self,
        job: Job,
        most_usd: float,
        execute: Callable[[Job], JobResult],
        *,
        billed_by_vendor: bool = False,
    ) -> JobResult:
        """What the job brought, now or before."""
        for attempt in count():
            job = replace(job, attempt=attempt, most_usd=(most_usd,))
            if job.result_key not in self._known:
                break
            if (found := self._read(job)) is not None and all(map(_is_good, found.outcomes)):
                self._least_usd -= sum(found.charged_usd.values())
                return found
        if self._least_usd > self.purse.left_usd:
            raise BudgetExceeded(self._least_usd, self.purse.left_usd)
        self._least_usd = 0.0  # the step is begun: from now on each job is asked for by itself
        self.purse.reserve(job.token, most_usd)
        try:
            found = execute(job)
        except BaseException:
            self.purse.settle(job.token, most_usd)  # nobody knows what was charged
            raise
        failures = [outcome for outcome in found.outcomes if isinstance(outcome, Failure)]
        if not found.is_final and not failures[0].refused:
            raise JobUnfinished(job.token, failures[0].reason)  # what was reserved for it stays so
        if not billed_by_vendor and not all(failure.refused for failure in failures):
            found = replace(found, charged_usd={job.token: most_usd})  # nobody knows how long it ran
        if not found.charged_usd[job.token]:
            self.purse.release(job.token)  # refused: the same job may be asked for again, and charged then
            return found
        self.purse.settle(job.token, found.charged_usd[job.token])
        if self.store is not None:
            self._known.add(job.result_key)
            write_result(job, found, self.store)
        return found

    def _read(self, job: Job) -> JobResult | None:
        return None if self.store is None else read_result(job, self.store)


def _is_good(outcome: Outcome) -> bool:
    """Whether a training can go on with it: what is not finite would end it at every resumption."""
    if isinstance(outcome, Computed):
        return all(np.isfinite(value).all() for value in outcome.numbers.values() if value is not None)
    return not isinstance(outcome, Failure)


def _plain(observable: PauliSum) -> dict[str, Any]:
    return {"terms": [list(term) for term in observable.terms], "constant": observable.constant}
