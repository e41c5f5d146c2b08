"""The loop itself: advance, look around, keep what is reached. Runs in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, Literal

from blocks.object_store import ObjectStore
from blocks.training_loop.evaluating import ASKED_TO_END, Course, Evaluating
from blocks.training_loop.ordered import Ordered
from blocks.trainings import Beat, CheckpointChain, MoveOrder, Orders, Snapshot
from blocks.workloads import Workload
from qorum.errors import BackendFailed, BudgetExceeded, QorumError, StorageUnfit, TrainingHalted
from qorum.training.definitions import TrainingDefinition
from qorum.training.history import History
from qorum.training.patience import Patience
from qorum.training.phases import Source
from qorum.training.training import Training

CHECKPOINT_SHARE = 0.01
"""Of the time, at most, goes into checkpoints where their interval is left to us."""

LOOK_SECONDS = 0.5
"""How often orders are looked for, and others that run this training."""


class Loop:
    """One process's part of a training.

    Args:
        definition: what is trained.
        workload: what makes objectives of it.
        store: where it is kept.
        warn: takes a line for the log.
        flow_run_id: for others to find this process.
        started_for: number of the order that this process is to carry out; refused, it ends the process.
    """

    def __init__(
        self,
        definition: TrainingDefinition,
        workload: Workload,
        store: ObjectStore,
        warn: Callable[[str], None],
        flow_run_id: str = "",
        started_for: int | None = None,
    ) -> None:
        self.stop = threading.Event()
        self.checkpoint_seconds = 0.0
        self._definition, self._workload, self._warn = definition, workload, warn
        self._flow_run_id, self._started_for = flow_run_id, started_for
        self._chain = CheckpointChain(store, definition.training_id, definition.digest)
        self._orders = Orders(store, definition.training_id)
        snapshot = self._taken_over()
        self.history = History() if snapshot is None else snapshot.history
        self.course = Course(definition.backend)
        if snapshot is not None:
            self.course = Course(**snapshot.state["course"])
        self._ordered = Ordered(self._orders, self.course, self.history, warn)
        # Afterwards: what the process before has bought until then is found.
        self._evaluating = Evaluating(definition, workload, self.course, self.history, warn, self.stop)
        self._gone: tuple[str, str] | None = None
        """Where to go on, and why its own backend cannot be had."""
        self.training = self._begun(snapshot)
        self.resumed_at = len(self.history)
        self._standing = self._stands()
        """What signs of life tell: replaced as a whole, and not while a move is under way."""
        self._checkpoint_cost = 0.0
        self._checkpointed = time.perf_counter()
        self._looked = self._checkpointed - LOOK_SECONDS
        self._beating, self._ended = threading.Lock(), False

    def run(self) -> str:
        """Train until there is nothing left to do.

        Returns:
            Why it ended, in words.

        Raises:
            TrainingHalted: `stop` was set, another process has taken over, or an energy is not finite.
            QorumError: no backend is left, or no budget.
        """
        training = self.training
        self._evaluating.start_clock()
        try:
            if self._gone:
                self._evaluating.move(training, *self._gone)
            self._ordered.settle_last({self.course.backend, *(move.target for move in training.moves)})
            self._look_around()
            while not (reason := training.finished):
                self._look_around()
                self._evaluating.advance(training)
                self._standing = self._stands()
                if self._is_due():
                    self._checkpoint()
            if training.is_end_unknown:
                self._evaluating.appraise(training)
            self._warn_of_descent_missed()
        finally:
            training.close()
            self._checkpoint()
            self._standing = self._stands()
            self._beat("ended")
        return reason

    def _warn_of_descent_missed(self) -> None:
        if energies := self.training.above_start:
            end, start = energies
            self._warn(
                f"ended above its start, at {end:.8f} where it began at {start:.8f}: the result is"
                f" {self.training.result[0]:.8f}, not the end; smaller first steps may help, as"
                " spsa?target_step=0.01"
            )

    def _taken_over(self) -> Snapshot | None:
        snapshot, refused = self._chain.take_over()
        for error in refused:
            self._warn(f"refused: {error}")
        if snapshot is None and refused:
            raise TrainingHalted(
                self._definition.training_id,
                f"none of its {len(refused)} checkpoints is good ({refused[0].reason}); to begin anew, choose"
                " another training id",
            )
        return snapshot

    def _begun(self, snapshot: Snapshot | None) -> Training:
        """On its backend; where that cannot be had any more, on the one that it is to move to."""
        training = Training(
            self._definition.training_id,
            self._definition.optimizer,
            self._workload.start,
            self._source(),
            seed=self._definition.seed,
            max_steps=self._definition.max_steps,
            growth=self._workload.growth,
            units=self._workload.units,
            operators=self._workload.operators,
            patience=Patience(
                self._definition.patience,
                self._definition.min_improvement / self._workload.units.scale,
            ),
        )
        if snapshot is not None:
            training.restore(snapshot.state["training"])
        return training

    def _source(self) -> Source:
        order = self._ordered.next()
        others = [order.backend] if order else [*self._definition.backup_backends]
        try:
            return self._workload.source_on(self.course.backend)
        except QorumError as error:
            for backend in others:
                with suppress(QorumError):  # the first reason is the one to be told
                    source = self._workload.source_on(backend)
                    self._gone = (backend, str(error))
                    return source
            raise

    def beat(self) -> None:
        """Tell others that this process goes on; from any thread, however long an evaluation takes."""
        self._beat("running")

    def is_superseded(self) -> bool:
        """Whether a later process has taken over: the results are its own from then on."""
        return self._chain.is_superseded()

    def _look_around(self) -> None:
        """For the wish to end, for who else runs this, and for orders."""
        if self.stop.is_set():
            raise TrainingHalted(self._definition.training_id, ASKED_TO_END)
        now = time.perf_counter()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._chain.refuse_superseded()
            while not self.stop.is_set() and (order := self._ordered.next()):
                self._obey(order)

    def _obey(self, order: MoveOrder) -> None:
        """Nothing is told of it before it is done or refused, and that is in a checkpoint."""
        refusal: QorumError | None = None
        number = self.course.orders
        try:
            if order.backend != self.course.backend:
                self._appraise_origin()
                self._evaluating.move(self.training, order.backend, order.reason)
        except QorumError as error:
            refusal = error
        self.course.orders = number + 1
        self._checkpoint()
        self._chain.refuse_superseded()
        self._standing = self._stands()
        self._ordered.settle(number, str(refusal or ""))
        if refusal and number == self._started_for:
            raise refusal
        self._beat("running")

    def _appraise_origin(self) -> None:
        """So that a move can be judged; a backend that fails is left without."""
        try:
            if self.training.known_energy is None:
                self._evaluating.appraise(self.training)
        except (BackendFailed, BudgetExceeded) as error:
            what = f"the incumbent's {self._definition.minimized} on {self.course.backend}"
            self._warn(f"{what} stays unknown: {error}")

    def _is_due(self) -> bool:
        every = self._definition.checkpoint_every
        if every and len(self.history) % every == 0:
            return True
        return (time.perf_counter() - self._checkpointed) * CHECKPOINT_SHARE > self._checkpoint_cost

    def _checkpoint(self) -> None:
        start = time.perf_counter()
        state: dict[str, Any] = {"training": self.training.state(), "course": asdict(self.course)}
        self._chain.write(state, self.history, self.training.steps)
        self._checkpointed = time.perf_counter()
        self._checkpoint_cost = self._checkpointed - start
        self.checkpoint_seconds += self._checkpoint_cost

    def _stands(self) -> tuple[int, str, int]:
        """Evaluations, backend and orders dealt with, as they are."""
        return len(self.history), self.course.backend, self.course.orders

    def _beat(self, status: Literal["running", "ended"]) -> None:
        with self._beating:
            evaluations, backend, orders = self._standing
            sign = Beat(
                epoch=self._chain.epoch,
                status=status,
                at=time.time(),
                flow_run_id=self._flow_run_id,
                evaluations=evaluations,
                backend=backend,
                orders=orders,
            )
            try:
                if not self._ended:
                    self._orders.beat(sign)
            except StorageUnfit as error:
                self._warn(f"no sign of life could be given: {error}")
            self._ended |= status == "ended"
