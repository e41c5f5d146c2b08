"""Quadratic unconstrained binary optimization, and constraints turned into penalties."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm

LARGEST_SOLVED = 20
"""Variables up to which the best assignment is found by trying all."""

Sense = Literal["<=", ">=", "=="]


@dataclass(frozen=True)
class Constraint:
    """Σ coefficient · variable, compared with a value; all whole numbers.

    Attributes:
        coefficients: by index of the variable.
        sense: `<=` or `==`; `>=` is turned round.
        value: right-hand side.
        slack: weights of the bits that fill an inequality up.
    """

    coefficients: tuple[tuple[int, int], ...]
    sense: Sense
    value: int
    slack: tuple[int, ...]

    def holds(self, bits: np.ndarray) -> np.ndarray:
        """Whether it holds, for rows of variables; shape [rows]."""
        total = np.zeros(len(bits))
        for place, coefficient in self.coefficients:
            total += float(coefficient) * bits[:, place]
        return total <= self.value if self.sense == "<=" else total == self.value


@dataclass(frozen=True)
class Qubo:
    """Binary variables, what is to be small, and what has to hold.

    Attributes:
        name: as reports call it.
        variables: names; variable k is qubit k, slack bits come last.
        coefficients: of what is minimized, by (i, j) with i <= j; (i, i) is linear.
        constant: added to it.
        maximize: whether the user seeks the largest value: then coefficients have the other sign.
        constraints: see there.
        penalty: of a violation by 1, squared for larger ones.
        document: as JSON.
    """

    name: str
    variables: tuple[str, ...]
    coefficients: Mapping[tuple[int, int], float]
    constant: float
    maximize: bool
    constraints: tuple[Constraint, ...]
    penalty: float
    document: dict[str, Any]

    @property
    def num_qubits(self) -> int:
        """Variables and slack bits."""
        return len(self.variables) + sum(len(one.slack) for one in self.constraints)

    def objective(self, bits: np.ndarray) -> np.ndarray:
        """What is minimized, without penalties, for rows of variables; shape [rows]."""
        total = np.full(len(bits), self.constant)
        for (i, j), value in self.coefficients.items():
            total += value * bits[:, i] * bits[:, j]
        return total

    def feasible(self, bits: np.ndarray) -> np.ndarray:
        """Whether all constraints hold, for rows of variables; shape [rows]."""
        return np.logical_and.reduce(
            [one.holds(bits) for one in self.constraints] or [np.ones(len(bits), bool)]
        )

    def best(self) -> tuple[float, np.ndarray] | None:
        """The least objective of all feasible assignments, and one that has it; None above 20 variables.

        Raises:
            InputRejected: none is feasible.
        """
        n = len(self.variables)
        if n > LARGEST_SOLVED:
            return None
        bits = (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(np.int8)
        values = np.where(self.feasible(bits), self.objective(bits), np.inf)
        least = int(np.argmin(values))
        if not np.isfinite(values[least]):
            raise InputRejected(self.name, "constraints that can be met together expected, found none can")
        return float(values[least]), bits[least]

    def hamiltonian(self) -> PauliSum:
        """Objective and penalties with x = (1 - Z)/2: diagonal, least at the best feasible assignment."""
        total: dict[tuple[int, ...], float] = {(): self.constant}
        for (i, j), value in self.coefficients.items():
            _add(total, (i,) if i == j else (i, j), value)
        slack = len(self.variables)
        for one in self.constraints:
            parts = [*one.coefficients, *zip(itertools.count(slack), one.slack, strict=False)]
            slack += len(one.slack)
            _add(total, (), self.penalty * one.value**2)
            for place, (i, a) in enumerate(parts):
                _add(total, (i,), self.penalty * a * (a - 2 * one.value))
                for j, b in parts[place + 1 :]:
                    _add(total, tuple(sorted((i, j))), 2 * self.penalty * a * b)
        signs: dict[int, float] = {}
        for factors, value in total.items():
            for size in range(len(factors) + 1):
                for chosen in itertools.combinations(factors, size):
                    mask = sum(1 << place for place in chosen)
                    signs[mask] = signs.get(mask, 0.0) + (-1) ** size * value / 2 ** len(factors)
        constant = signs.pop(0, 0.0)
        terms = tuple(PauliTerm(0, mask, value) for mask, value in sorted(signs.items()) if value)
        return PauliSum(self.num_qubits, terms, constant)


def _add(total: dict[tuple[int, ...], float], key: tuple[int, ...], value: float) -> None:
    total[key] = total.get(key, 0.0) + value
