"""A minimizer that calls its objective, turned inside out: it asks, and waits until it is told.

It runs in a thread of its own from its start; evaluations that are known already are answered at once.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

import numpy as np

from qorum.errors import QorumError
from qorum.training.objective import Array


@dataclass(frozen=True)
class Evaluation:
    """A point, and what the objective is there: the value, and the gradient if it is used."""

    point: Array
    value: float
    gradient: Array | None


Evaluate = Callable[[Array], Evaluation]
Minimize = Callable[[Evaluate], None]
"""Minimizes, evaluating wherever it wants to, and returns when it is done."""


class _StoppedError(BaseException):
    """Unwinds the thread of a minimizer that nobody asks any more; no minimizer may catch it."""


class Dialogue:
    """One run of a minimizer.

    The thread holds no reference to this object: it ends with it, with `close`, or with the process.

    Args:
        name: of the minimizer, for messages.
        minimize: the minimizer, deterministic.
        known: the evaluations that it is known to ask for first, in their order.
    """

    def __init__(self, name: str, minimize: Minimize, known: Sequence[Evaluation]) -> None:
        self._questions: SimpleQueue[Array | BaseException | None] = SimpleQueue()
        self._answers: SimpleQueue[Evaluation | None] = SimpleQueue()
        arguments = (name, minimize, tuple(known), self._questions, self._answers)
        thread = Thread(target=_run, args=arguments, daemon=True, name=f"qorum-{name}")
        self._stop = weakref.finalize(self, self._answers.put, None)
        thread.start()
        self._thread = thread

    def question(self) -> Array | None:
        """Wait for the next point that is not known; None: the minimizer is done.

        Raises:
            QorumError: it asked for other points than the known ones.
        """
        asked = self._questions.get()
        if isinstance(asked, BaseException):
            self._questions.put(asked)  # whoever asks again is told again
            raise asked
        return asked

    def answer(self, evaluation: Evaluation) -> None:
        """Tell what the objective is at the point of the last question."""
        self._answers.put(evaluation)

    def close(self) -> None:
        """End the thread, and wait for its end."""
        self._stop()
        self._thread.join()


def _run(
    name: str,
    minimize: Minimize,
    known: tuple[Evaluation, ...],
    questions: SimpleQueue[Array | BaseException | None],
    answers: SimpleQueue[Evaluation | None],
) -> None:
    replay = iter(known)

    def evaluate(point: Array) -> Evaluation:
        point = np.array(point, dtype=np.float64)
        recorded = next(replay, None)
        if recorded is not None:
            if not np.array_equal(recorded.point, point):
                raise _differs(name)
            return recorded
        questions.put(point)
        answer = answers.get()
        if answer is None:
            raise _StoppedError
        return answer

    try:
        minimize(evaluate)
        if next(replay, None) is not None:
            raise _differs(name)
    except _StoppedError:
        return
    except BaseException as problem:  # noqa: BLE001 - raised again in the thread that asks
        questions.put(problem)
    else:
        questions.put(None)


def _differs(name: str) -> QorumError:
    return QorumError(
        f"{name}: the stored evaluations expected to be asked for again, bit by bit, found others: "
        f"SciPy or its BLAS is another build; resume with the first one, or train anew from the incumbent"
    )
