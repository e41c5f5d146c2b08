"""What a running training makes of the orders it is given: which is next, and what is told of each."""

from __future__ import annotations

from collections.abc import Callable

from blocks.training_loop.evaluating import Course
from blocks.trainings import MoveOrder, Orders, Outcome
from qorum.errors import CheckpointCorrupt
from qorum.training.history import History


class Ordered:
    """Reads orders one after the other, and tells what came of each once that is certain.

    Args:
        orders: to this training.
        course: counts the orders that have been dealt with.
        history: tells how far it is.
        warn: takes a line for the log.
    """

    def __init__(self, orders: Orders, course: Course, history: History, warn: Callable[[str], None]) -> None:
        self._orders, self._course, self._history, self._warn = orders, course, history, warn

    def next(self) -> MoveOrder | None:
        """The next open one; what cannot be read, or was refused after the last checkpoint, is passed by."""
        course = self._course
        while True:
            try:
                order = self._orders.next(course.orders)
                if order is None or not self._is_refused(course.orders):
                    return order
            except CheckpointCorrupt as error:
                self.settle(course.orders, str(error))
            course.orders += 1

    def settle(self, number: int, refusal: str) -> None:
        """Tell who gave an order that the training has moved or, with a refusal, that it stays."""
        backend = self._course.backend
        if refusal:
            self._warn(f"stays on {backend}: {refusal}")
        self._orders.settle(number, Outcome(backend=backend, evaluations=len(self._history), refusal=refusal))

    def settle_last(self, visited: set[str]) -> None:
        """Tell of the last one, if the process before has ended before it could.

        Args:
            visited: backends on which the training is or has been.
        """
        number = self._course.orders - 1
        if number >= 0 and self._orders.outcome(number) is None and (order := self._orders.next(number)):
            self.settle(number, "" if order.backend in visited else "its process has ended meanwhile")

    def _is_refused(self, number: int) -> bool:
        outcome = self._orders.outcome(number)
        return outcome is not None and bool(outcome.refusal)
