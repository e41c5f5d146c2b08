"""A distribution that is written out: one number for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qorum.results.referee.factors import (
    LEAST_RELATIVE,
    RESOLUTION,
    Bits,
    Cells,
    Coincidences,
    Factor,
    Floats,
    Levels,
)

CHUNK = 1 << 20
"""Outcomes that are looked at together, so that nothing needs the memory of a second distribution."""

MOST_GROUPS = 16
"""Groups that the rare outcomes are sorted into, by their probability."""


class Dense(Factor):
    """Probabilities of all outcomes."""

    def __init__(self, probabilities: Floats) -> None:
        """`probabilities`: [2**width], summing to 1 up to rounding; bit i of the index is bit i."""
        self.width = len(probabilities).bit_length() - 1
        self._p = probabilities
        self._impossible = LEAST_RELATIVE / len(probabilities)

    @cached_property
    def _spread(self) -> tuple[Levels, NDArray[np.int64]]:
        """Levels, and how many outcomes each has."""
        highest = int(-np.log2(self._impossible) * RESOLUTION) + 2
        mass, many = np.zeros(highest + 1), np.zeros(highest + 1, dtype=np.int64)
        for start in range(0, len(self._p), CHUNK):
            p = self._p[start : start + CHUNK]
            p = p[p > self._impossible]
            level = _level(p)
            mass += np.bincount(level, weights=p, minlength=highest + 1)
            many += np.bincount(level, minlength=highest + 1)
        (kept,) = many.nonzero()
        return Levels(kept, mass[kept] / mass.sum()), many[kept]

    @property
    def levels(self) -> Levels:
        """See `Factor.levels`."""
        return self._spread[0]

    @property
    def log_collision(self) -> float:
        """See `Factor.log_collision`."""
        return self._log_collision

    @cached_property
    def _log_collision(self) -> float:
        parts = (self._p[start : start + CHUNK] for start in range(0, len(self._p), CHUNK))
        return float(np.log(sum(float(np.dot(p, p)) for p in parts)))

    def log_p(self, bits: Bits) -> Floats:
        """See `Factor.log_p`."""
        p = self._of(bits)
        possible = p > self._impossible
        return np.where(possible, np.log(np.where(possible, p, 1.0)), -np.inf)

    def level(self, bits: Bits) -> Floats:
        """See `Factor.level`."""
        p = self._of(bits)
        possible = p > self._impossible
        levels = _level(np.where(possible, p, 1.0))
        return np.where(possible, -np.log(2.0) * (levels + 0.5) / RESOLUTION, -np.inf)

    @property
    def parities(self) -> tuple[Floats, Floats]:
        """See `Factor.parities`."""
        return self._parities

    @cached_property
    def _parities(self) -> tuple[Floats, Floats]:
        """One bit after the other is summed over, with its sign and without."""
        width = self.width
        none = self._p[None]
        one = np.zeros((0, len(self._p)), dtype=self._p.dtype)
        two = np.zeros((0, len(self._p)), dtype=self._p.dtype)
        single: list[int] = []
        pair: list[tuple[int, int]] = []
        for bit in reversed(range(width)):
            (n0, n1), (o0, o1), (t0, t1) = (_halves(rows) for rows in (none, one, two))
            two = np.concatenate([t0 + t1, o0 - o1])
            pair += [(bit, other) for other in single]
            one = np.concatenate([o0 + o1, n0 - n1])
            single.append(bit)
            none = n0 + n1
        singles, pairs = np.ones(width), np.ones((width, width))
        singles[single] = one[:, 0]
        for (i, j), value in zip(pair, two[:, 0].tolist(), strict=True):
            pairs[i, j] = pairs[j, i] = value
        return singles, pairs

    def cells(self, bits: Bits, counts: Floats, least: float) -> tuple[Cells, Coincidences | None]:
        """See `Factor.cells`: frequent outcomes one by one, the others by their probability."""
        shots, p = float(counts.sum()), self._of(bits)
        last = int(np.floor(-RESOLUTION * np.log2(min(least / shots, 1.0)))) - 1
        bound = 2.0 ** (-(last + 1) / RESOLUTION)  # outcomes at least as probable stand alone
        frequent = np.flatnonzero(self._p > bound)
        where = {int(outcome): place for place, outcome in enumerate(frequent)}
        seen, rare = np.zeros(len(frequent)), np.zeros(len(p), dtype=bool)
        for row, outcome in enumerate(_index(bits).tolist()):
            place = where.get(outcome)
            if place is None:
                rare[row] = True
            else:
                seen[place] += counts[row]
        groups = self._groups(bound, least / shots)
        level = _level(np.where(p > self._impossible, p, 1.0))
        group = np.searchsorted([first for first, _ in groups], level[rare], side="right") - 1
        of_groups = np.bincount(np.maximum(group, 0), weights=counts[rare], minlength=len(groups))
        observed = np.concatenate([seen, of_groups[: len(groups)]])
        expected = shots * np.concatenate([self._p[frequent], [mass for _, mass in groups]])
        return Cells(*_merged(observed, expected, least)), self._coincidences(bound, counts[rare], shots)

    def _groups(self, bound: float, least: float) -> list[tuple[int, float]]:
        """First level and mass of groups of rare outcomes, more probable ones first."""
        levels = self.levels
        rare = 2.0 ** (-levels.level / RESOLUTION) <= bound * (1 + 1e-12)
        total = float(levels.mass[rare].sum())
        wanted = max(total / MOST_GROUPS, least)
        groups: list[tuple[int, float]] = []
        for level, mass in zip(levels.level[rare].tolist(), levels.mass[rare].tolist(), strict=True):
            if groups and groups[-1][1] < wanted:
                groups[-1] = groups[-1][0], groups[-1][1] + mass
            else:
                groups.append((level, mass))
        return groups

    def _coincidences(self, bound: float, counts: Floats, shots: float) -> Coincidences | None:
        levels = self.levels
        rare = 2.0 ** (-levels.level / RESOLUTION) <= bound * (1 + 1e-12)
        if not rare.any():
            return None
        p, mass = np.exp(levels.log_p[rare]), levels.mass[rare]
        square, cube = float(mass @ p), float(mass @ p**2)
        expected = shots * (shots - 1) / 2 * square
        variance = expected + shots * (shots - 1) * (shots - 2) * max(cube - square**2, 0.0)
        return Coincidences(float((counts * (counts - 1) / 2).sum()), expected, variance)

    def _of(self, bits: Bits) -> Floats:
        return np.asarray(self._p[_index(bits)], dtype=np.float64)


def marginal(probabilities: Floats, kept: Sequence[int]) -> Floats:
    """Probabilities of some bits alone: [2**len(kept)]; bit i of the index is bit `kept[i]`, ascending."""
    width = len(probabilities).bit_length() - 1
    dropped = tuple(width - 1 - bit for bit in range(width) if bit not in set(kept))
    return probabilities.reshape((2,) * width).sum(axis=dropped).ravel() if dropped else probabilities


def _level(p: Floats) -> NDArray[np.int64]:
    return np.maximum(np.floor(-RESOLUTION * np.log2(p)), 0).astype(np.int64)


def _index(bits: Bits) -> NDArray[np.int64]:
    return bits.astype(np.int64) @ (1 << np.arange(bits.shape[1], dtype=np.int64))


def _halves(rows: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    half = rows.shape[1] // 2
    return rows[:, :half], rows[:, half:]


def _merged(observed: Floats, expected: Floats, least: float) -> tuple[Floats, Floats]:
    """Groups of less than `least` join the smallest of the others."""
    small = expected < least
    if not small.any() or small.all():
        return (observed, expected) if not small.all() else (np.zeros(0), np.zeros(0))
    into = int(np.flatnonzero(~small)[np.argmin(expected[~small])])
    observed[into] += observed[small].sum()
    expected[into] += expected[small].sum()
    return observed[~small], expected[~small]
