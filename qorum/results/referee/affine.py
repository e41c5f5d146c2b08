"""A stabilizer state's outcomes: all solutions of linear equations over bits, each as probable."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit
from qiskit.exceptions import QiskitError
from qiskit.quantum_info import Clifford

from qorum.results.referee.factors import RESOLUTION, Bits, Cells, Coincidences, Factor, Floats, Levels

Matrix = NDArray[np.uint8]
"""Of 0 and 1; sums are modulo 2."""

MOST_CELLS = 1 << 16


class Affine(Factor):
    """The uniform distribution over {x: equations @ x = values}."""

    def __init__(self, equations: Matrix, values: Matrix) -> None:
        """`equations`: [rank, width] in reduced echelon form; `values`: [rank]."""
        self.width = equations.shape[1]
        self._equations, self._values = equations, values
        self._pivots = [int(row.argmax()) for row in equations]
        self._free = [bit for bit in range(self.width) if bit not in set(self._pivots)]

    @property
    def levels(self) -> Levels:
        """See `Factor.levels`: there is one."""
        return Levels(np.array([len(self._free) * RESOLUTION]), np.ones(1))

    @property
    def log_collision(self) -> float:
        """See `Factor.log_collision`."""
        return -len(self._free) * float(np.log(2))

    def log_p(self, bits: Bits) -> Floats:
        """See `Factor.log_p`."""
        sums = (bits.astype(np.int64) @ self._equations.T.astype(np.int64)) & 1
        return np.where((sums == self._values).all(axis=1), self.log_collision, -np.inf)

    def level(self, bits: Bits) -> Floats:
        """See `Factor.level`."""
        return np.where(np.isfinite(self.log_p(bits)), self.levels.log_p[0], -np.inf)

    @property
    def parities(self) -> tuple[Floats, Floats]:
        """See `Factor.parities`: a parity is certain, or as often even as odd."""
        return self._parities

    @cached_property
    def _parities(self) -> tuple[Floats, Floats]:
        directions = np.zeros((self.width, len(self._free)), dtype=np.uint8)
        directions[self._free, np.arange(len(self._free))] = 1
        directions[self._pivots] = self._equations[:, self._free]
        origin = np.zeros(self.width, dtype=np.uint8)
        origin[self._pivots] = self._values
        sign = 1.0 - 2.0 * origin
        alike = (directions[:, None] == directions[None]).all(axis=2)
        return np.where(directions.any(axis=1), 0.0, sign), np.where(alike, np.outer(sign, sign), 0.0)

    def cells(self, bits: Bits, counts: Floats, least: float) -> tuple[Cells, Coincidences | None]:
        """See `Factor.cells`: every outcome where there are few, else only coincidences."""
        shots, many = float(counts.sum()), len(self._free)
        if 2.0**many * least <= shots and 1 << many <= MOST_CELLS:
            index = bits[:, self._free].astype(np.int64) @ (1 << np.arange(many, dtype=np.int64))
            observed = np.bincount(index, weights=counts, minlength=1 << many)
            return Cells(observed, np.full(1 << many, shots / 2.0**many)), None
        expected = shots * (shots - 1) / 2 * 2.0**-many
        seen = Coincidences(float((counts * (counts - 1) / 2).sum()), expected, expected)
        return Cells(np.zeros(0), np.zeros(0)), seen


def stabilizer_outcomes(circuit: QuantumCircuit, measured: Sequence[int]) -> Affine | None:
    """The outcomes of `measured` after a Clifford circuit; None if a gate is none.

    Gates are read one by one, before any compilation, by Qiskit's tableau; the rest is ours.
    """
    try:
        tableau: Any = Clifford(circuit)
    except QiskitError:
        return None
    x, z = tableau.stab_x.astype(np.uint8), tableau.stab_z.astype(np.uint8)
    # i**phase X**x Z**z; a Y is i X Z.
    phase = (2 * tableau.stab_phase.astype(np.int64) + (x & z).sum(axis=1)) % 4
    z, signs = _without_x(x, z, phase)
    unmeasured = [qubit for qubit in range(circuit.num_qubits) if qubit not in set(measured)]
    augmented = np.concatenate([z[:, unmeasured], z[:, list(measured)], signs[:, None]], axis=1)
    reduced = _reduced(augmented, augmented.shape[1] - 1)
    about = reduced[~reduced[:, : len(unmeasured)].any(axis=1), len(unmeasured) :]
    about = about[about[:, :-1].any(axis=1)]
    return Affine(about[:, :-1], about[:, -1])


def _without_x(x: Matrix, z: Matrix, phase: NDArray[np.int64]) -> tuple[Matrix, Matrix]:
    """Generators of the stabilizers made of Z alone, and their signs as 0 and 1."""
    open_rows = np.ones(len(x), dtype=bool)
    for qubit in range(x.shape[1]):
        rows = np.flatnonzero(open_rows & (x[:, qubit] == 1))
        if not len(rows):
            continue
        pivot, others = rows[0], rows[1:]
        open_rows[pivot] = False
        # (X**a Z**b)(X**c Z**d) = (-1)**(b.c) X**(a+c) Z**(b+d)
        crossed = x[others].astype(np.int64) @ z[pivot].astype(np.int64)
        phase[others] = (phase[others] + phase[pivot] + 2 * crossed) % 4
        x[others] ^= x[pivot]
        z[others] ^= z[pivot]
    return z[open_rows], (phase[open_rows] // 2).astype(np.uint8)


def _reduced(matrix: Matrix, columns: int) -> Matrix:
    """Reduced echelon form over the first `columns`, without empty rows."""
    matrix, rank = matrix.copy(), 0
    for column in range(columns):
        rows = np.flatnonzero(matrix[rank:, column]) + rank
        if not len(rows):
            continue
        matrix[[rank, rows[0]]] = matrix[[rows[0], rank]]
        others = np.flatnonzero(matrix[:, column])
        matrix[others[others != rank]] ^= matrix[rank]
        rank += 1
    return matrix[:rank]
