"""The exact outcomes of a small program of gates, measurements, resets and classical decisions.

A program is a function that plays on a `Machine`: it applies matrices, measures, resets, and reads what
was measured only where it has to know. `explore` plays it once for each way its measurements can come
out. A measurement whose outcome is not read, on a qubit that nothing acts on afterwards, splits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Amplitudes = NDArray[np.complex128]

MAX_QUBITS = 10
"""Qubits that a program may act on; those it leaves alone do not count."""

MAX_WORK = 10_000
"""What a program may cost, all branches together: 1 for each step and 1 for each 512 amplitudes changed."""

NEVER = 1e-12
"""Probability below which an outcome is taken for one that does not occur."""


class TooLarge(Exception):
    """A program beyond what is worth playing; the message says in what."""


@dataclass(frozen=True)
class Unread:
    """The outcome of a measurement that nothing depended on yet.

    Attributes:
        qubit: what was measured.
        number: of how many measurements of this branch it is.
    """

    qubit: int
    number: int


Bit = int | Unread
"""A classical bit: its value, or a measurement that will tell it."""


@dataclass(frozen=True)
class Branch:
    """One way in which a program ended.

    Attributes:
        weight: the probability of the outcomes that were read on the way.
        state: amplitudes after it, one axis of 2 for each of `axes`, normalised.
        axes: the axis of each qubit that was acted on; all others are still |0⟩.
        bits: the classical bits it returned, bit 0 first.
        unitary: whether no outcome was read and nothing was reset on the way.
    """

    weight: float
    state: Amplitudes
    axes: dict[int, int]
    bits: tuple[Bit, ...]
    unitary: bool

    def distribution(self) -> dict[str, float]:
        """Probabilities of the classical bits in this branch, bit 0 rightmost, adding up to `weight`."""
        unread = sorted(
            {bit.qubit for bit in self.bits if isinstance(bit, Unread) and bit.qubit in self.axes}
        )
        kept = [self.axes[qubit] for qubit in unread]
        others = tuple(axis for axis in range(self.state.ndim) if axis not in kept)
        order = np.argsort(np.argsort(kept))
        marginal = (np.abs(self.state) ** 2).sum(axis=others).transpose(order) if kept else np.ones(())
        found: dict[str, float] = {}
        for outcome in map(tuple, np.argwhere(marginal > NEVER)):
            value = dict(zip(unread, outcome, strict=True))
            bits = [value.get(bit.qubit, 0) if isinstance(bit, Unread) else bit for bit in self.bits]
            key = "".join(str(int(bit)) for bit in reversed(bits))
            found[key] = found.get(key, 0.0) + self.weight * float(marginal[outcome])
        return found


@dataclass
class _Fork:
    """A branch still to be played: the outcomes that lead there, and what the state is then."""

    outcomes: tuple[int, ...] = ()
    weight: float = 1.0
    state: Amplitudes = field(default_factory=lambda: np.ones((), dtype=np.complex128))


@dataclass
class _Purse:
    left: float


class Machine:
    """What one branch of a program plays on.

    Attributes:
        memory: for the program's own use; empty when a branch begins.
    """

    def __init__(self, fork: _Fork, purse: _Purse, inputs: Callable[[int], Amplitudes]) -> None:
        """Of `explore` alone."""
        self.memory: dict[str, Any] = {}
        self.forks: list[_Fork] = []
        self._fork, self._purse, self._inputs = fork, purse, inputs
        self._replaying = bool(fork.outcomes)
        self._state = np.ones((), dtype=np.complex128) if self._replaying else fork.state
        self._weight = fork.weight
        self._taken: tuple[int, ...] = ()
        self._axes: dict[int, int] = {}
        self._unread: dict[int, Unread] = {}
        self._outcomes: dict[Unread, int] = {}
        self._measurements = 0
        self._unitary = True

    def step(self) -> None:
        """Count one step that changes no amplitude.

        Raises:
            TooLarge: the program goes on for too long.
        """
        self._pay(1.0)

    def apply(self, matrix: Amplitudes, qubits: Sequence[int]) -> None:
        """Apply a gate.

        Args:
            matrix: 2^k × 2^k; the first of the k qubits is the least significant bit of its indices.
            qubits: different ones.

        Raises:
            TooLarge: more than MAX_QUBITS qubits, or MAX_WORK is used up.
        """
        for qubit in qubits:
            self._decide(qubit)
        axes = tuple([self._axis(qubit) for qubit in reversed(qubits)])
        self._pay(1.0 + 2.0 ** len(self._axes) / 512)
        if not self._replaying:
            self._state = _applied(matrix, axes, self._state)

    def measure(self, qubit: int) -> Bit:
        """Measure a qubit in the computational basis.

        A qubit that nothing was done to since it was measured is not measured anew.
        """
        self._pay(1.0)
        if qubit not in self._unread:
            self._measurements += 1
            self._unread[qubit] = Unread(qubit, self._measurements)
        return self._unread[qubit]

    def read(self, bit: Bit) -> int:
        """The value of a bit; a measurement nobody knows yet comes out in this branch one way."""
        if not isinstance(bit, Unread):
            return int(bit)
        if bit not in self._outcomes:
            self._decide(bit.qubit)
        return self._outcomes[bit]

    def reset(self, qubit: int) -> None:
        """Bring a qubit to |0⟩."""
        self._unitary = False
        if self.read(self.measure(qubit)):
            self.apply(np.array([[0, 1], [1, 0]], dtype=np.complex128), [qubit])
        self._unread.pop(qubit, None)

    def touch(self, qubit: int) -> None:
        """Have the qubit an axis of its own, though nothing acts on it."""
        self._axis(qubit)

    def end(self, bits: Sequence[Bit]) -> Branch:
        """The branch, whose classical bits are these."""
        known = tuple(self._outcomes.get(bit, bit) if isinstance(bit, Unread) else int(bit) for bit in bits)
        return Branch(self._weight, self._state, self._axes, known, self._unitary)

    def _pay(self, price: float) -> None:
        self._purse.left -= price
        if self._purse.left < 0:
            raise TooLarge(f"more than {MAX_WORK:,} steps in all branches")

    def _axis(self, qubit: int) -> int:
        if qubit not in self._axes:
            if len(self._axes) == MAX_QUBITS:
                raise TooLarge(f"more than {MAX_QUBITS} qubits")
            self._axes[qubit] = len(self._axes)
            if not self._replaying:
                self._state = np.multiply.outer(self._state, self._inputs(qubit))
        return self._axes[qubit]

    def _decide(self, qubit: int) -> None:
        """Have the last measurement of the qubit an outcome."""
        bit = self._unread.pop(qubit, None)
        if bit is None:
            return
        axis, self._unitary = self._axis(qubit), False
        outcome = self._fork.outcomes[len(self._taken)] if self._replaying else self._split(axis)
        self._taken += (outcome,)
        self._outcomes[bit] = outcome
        if self._replaying and len(self._taken) == len(self._fork.outcomes):
            self._replaying, self._state = False, self._fork.state

    def _split(self, axis: int) -> int:
        parts = [np.take(self._state, [outcome], axis=axis) for outcome in (0, 1)]
        chances = [float(np.vdot(part, part).real) for part in parts]
        total = sum(chances)
        likely = [outcome for outcome in (0, 1) if chances[outcome] > NEVER * total]
        states = [self._collapsed(parts[outcome], axis, outcome) for outcome in likely]
        for outcome, state in zip(likely[1:], states[1:], strict=True):
            weight = self._weight * chances[outcome] / total
            self.forks.append(_Fork((*self._taken, outcome), weight, state))
        self._weight *= chances[likely[0]] / total
        self._state = states[0]
        return likely[0]

    def _collapsed(self, part: Amplitudes, axis: int, outcome: int) -> Amplitudes:
        empty = np.zeros_like(part)
        halves = [part, empty] if outcome == 0 else [empty, part]
        state = np.concatenate(halves, axis=axis)
        return state / np.linalg.norm(state)


def _applied(matrix: Amplitudes, axes: tuple[int, ...], state: Amplitudes) -> Amplitudes:
    """A gate on axes of a state, the most significant operand first."""
    order, back = _orders(axes, state.ndim)
    moved = matrix @ state.transpose(order).reshape(len(matrix), -1)
    return moved.reshape(state.shape).transpose(back)


@cache
def _orders(axes: tuple[int, ...], ndim: int) -> tuple[list[int], list[int]]:
    """The order of axes that begins with these, and the one that undoes it."""
    order = [*axes, *(axis for axis in range(ndim) if axis not in axes)]
    return order, [order.index(axis) for axis in range(ndim)]


Program = Callable[[Machine], Sequence[Bit]]
"""Plays on a machine and returns its classical bits, bit 0 first. It does the same each time it is called."""


def zero(_: int) -> Amplitudes:
    """The input |0⟩ for every qubit."""
    return np.array([1, 0], dtype=np.complex128)


def explore(
    program: Program, inputs: Callable[[int], Amplitudes] = zero, work: float = MAX_WORK
) -> list[Branch]:
    """All branches of a program.

    Args:
        program: what to play.
        inputs: the state in which each qubit begins, by its number.
        work: what it may cost.

    Raises:
        TooLarge: see `Machine.apply`.
    """
    purse, branches, forks = _Purse(work), list[Branch](), [_Fork()]
    while forks:
        machine = Machine(forks.pop(), purse, inputs)
        branches.append(machine.end(program(machine)))
        forks += machine.forks
    return branches


def only_branch(program: Program, inputs: Callable[[int], Amplitudes], work: float) -> Branch | None:
    """The one branch of a program that only applies gates and measures; None of another program.

    Raises:
        TooLarge: see `Machine.apply`.
    """
    machine = Machine(_Fork(), _Purse(work), inputs)
    branch = machine.end(program(machine))
    return branch if branch.unitary else None


def distribution(program: Program, work: float = MAX_WORK) -> dict[str, float]:
    """Exact probabilities of a program's classical bits, bit 0 rightmost.

    Raises:
        TooLarge: see `Machine.apply`.
    """
    return added(explore(program, work=work))


def added(branches: Sequence[Branch]) -> dict[str, float]:
    """The distribution of all branches together."""
    total: dict[str, float] = {}
    for branch in branches:
        for outcome, probability in branch.distribution().items():
            total[outcome] = total.get(outcome, 0.0) + probability
    return total
