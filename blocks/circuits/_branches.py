"""All ways in which a library's own simulator can go through a circuit, each with its probability.

A simulator draws its outcomes from a generator of random numbers. Given one whose draws are dictated, it goes
the way that is asked for; played once for each way, it tells the exact distribution by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import numpy as np

from qorum.circuits.second_reading import MAX_OPERATIONS, MAX_QUBITS
from qorum.circuits.second_reading.machine import TooLarge
from qorum.circuits.second_reading.tokens import Abstains

StateT = TypeVar("StateT")

MAX_STEPS = 2_000
"""Operations that the simulator may do in all branches: 0.1 ms each for the usual ones."""

MAX_SECONDS = 2.0
"""CPU time that it may take all the same: some single operations are slow."""

NEVER = 1e-11
"""Probability below which a branch is not followed."""


class _Dropped(Exception):
    """The branch is too unlikely to matter."""


class Draws:
    """Stands where a simulator expects a generator of random numbers: outcomes as they are dictated.

    Attributes:
        weight: probability of what was drawn since `begin`.
        others: what else could have been drawn, as the outcomes to dictate for it.
    """

    def __init__(self) -> None:
        self.weight = 1.0
        self.others: list[tuple[int, ...]] = []
        self._dictated: tuple[int, ...] = ()
        self._drawn: tuple[int, ...] = ()

    def begin(self, dictated: tuple[int, ...], weight: float) -> None:
        """Dictate the first outcomes from now on; `weight` is that of the branch so far."""
        self.weight, self.others, self._dictated, self._drawn = weight, [], dictated, ()

    def choice(self, among: Any, p: Sequence[float]) -> int:
        """An outcome by its probabilities, as of `numpy.random.RandomState.choice`."""
        chances = np.asarray(p, dtype=float)
        chances = chances / chances.sum()
        place = len(self._drawn)
        if place < len(self._dictated):
            chosen = self._dictated[place]
        else:
            likely = [int(i) for i in np.flatnonzero(chances * self.weight > NEVER)]
            if not likely:
                raise _Dropped
            chosen = likely[0]
            self.others += [(*self._drawn, other) for other in likely[1:]]
        self._drawn += (chosen,)
        self.weight *= float(chances[chosen])
        return chosen if isinstance(among, int) else among[chosen]

    def binomial(self, n: int, p: float) -> int:
        """0 or 1, 1 with probability `p`, as of `numpy.random.Generator.binomial` with `n` of 1."""
        if n != 1:
            raise Abstains(f"a draw out of {n}")
        return self.choice(2, [1 - p, p])

    def random(self) -> float:
        """Refused: nothing tells at which numbers the outcome changes."""
        raise Abstains("a draw of a number")


class Walk:
    """Counts what the simulator does in all branches."""

    def __init__(self, num_qubits: int, num_operations: int) -> None:
        """For a circuit of that size.

        Raises:
            TooLarge: it is beyond what is read twice.
        """
        self.check(num_qubits, num_operations)
        self.draws = Draws()
        self._left, self._until = MAX_STEPS, time.thread_time() + MAX_SECONDS

    @staticmethod
    def check(num_qubits: int, num_operations: int) -> None:
        """Refuse what is not small.

        Raises:
            TooLarge: it is beyond what is read twice.
        """
        if num_qubits > MAX_QUBITS:
            raise TooLarge(f"more than {MAX_QUBITS} qubits")
        if num_operations > MAX_OPERATIONS:
            raise TooLarge(f"more than {MAX_OPERATIONS} operations")

    def through(
        self, start: StateT, operations: Iterable[Any], after: Callable[[Any, StateT], StateT]
    ) -> list[tuple[StateT, float]]:
        """The states in which a circuit can end, and their probabilities.

        Args:
            start: the state that it begins in.
            operations: one after the other.
            after: the state after an operation, drawn by `draws`; the state given stays as it is.

        Raises:
            TooLarge: there is more to do than is worth it.
        """
        branches = [(start, 1.0)]
        for operation in operations:
            play = partial(after, operation)
            branches = [
                found for state, weight in branches for found in self._ways(weight, partial(play, state))
            ]
        return branches

    def _ways(self, weight: float, play: Callable[[], StateT]) -> Iterator[tuple[StateT, float]]:
        """What comes of one operation in a branch, for each way in which its draws come out."""
        waiting: list[tuple[int, ...]] = [()]
        while waiting:
            self._left -= 1
            if self._left < 0:
                raise TooLarge(f"more than {MAX_STEPS:,} operations in all branches")
            if time.thread_time() > self._until:
                raise TooLarge(f"more than {MAX_SECONDS:g} s of simulation")
            self.draws.begin(waiting.pop(), weight)
            try:
                state = play()
            except _Dropped:
                waiting += self.draws.others
                continue
            waiting += self.draws.others
            yield state, self.draws.weight


def marginal(chances: np.ndarray, kept: Sequence[int]) -> Iterator[tuple[tuple[int, ...], float]]:
    """Outcomes of some qubits and their probabilities, impossible ones left out.

    Args:
        chances: of all qubits, one axis of 2 for each.
        kept: different ones of its axes; outcomes come in their order.
    """
    others = tuple(axis for axis in range(chances.ndim) if axis not in kept)
    order = np.argsort(np.argsort(kept))
    left = chances.sum(axis=others).transpose(order) if kept else chances.sum(keepdims=False)
    for values in np.argwhere(left > 0).tolist():
        yield tuple(values), float(left[tuple(values)])
