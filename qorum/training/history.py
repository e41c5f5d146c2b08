"""What a training has evaluated so far, one row for each request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qorum.training.objective import Array

COUNTS = ("step", "shots", "circuits")
REALS = ("energy", "variance", "gradient_norm", "cost_usd", "seconds_quantum", "seconds_classical")


@dataclass(frozen=True, slots=True)
class Row:
    """One evaluation.

    Attributes:
        step: optimizer steps that were finished once it was told.
        energy: value at the first point asked for; of SPSA's rows that is its first perturbed point, not the
            incumbent.
        variance: of that value, zero where it is exact.
        gradient_norm: at that point; NaN where no gradient was asked for.
        point: the first point asked for, shape [parameters]; an ansatz that grows has more by and by.
        shots: samples spent.
        circuits: circuits executed.
        backend: which answered.
        cost_usd: what it cost.
        seconds_quantum: wall time of the answer.
        seconds_classical: wall time of everything between the last answer and this request.
    """

    step: int
    energy: float
    variance: float
    gradient_norm: float
    point: Array
    shots: int
    circuits: int
    backend: str
    cost_usd: float = 0.0
    seconds_quantum: float = 0.0
    seconds_classical: float = 0.0

    @property
    def parameters_norm(self) -> float:
        """Euclidean."""
        return float(np.linalg.norm(self.point))


@dataclass
class History:
    """All evaluations, in order."""

    rows: list[Row] = field(default_factory=list["Row"])

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> Array:
        """One figure of every row, as float64; shape [evaluations]."""
        return np.array([getattr(row, name) for row in self.rows], dtype=np.float64)

    def segment(self, start: int, end: int) -> dict[str, Any]:
        """Rows `start` to `end - 1` as a tree of JSON values and arrays."""
        rows = self.rows[start:end]
        backends = list(dict.fromkeys(row.backend for row in rows))
        return {
            "start": start,
            "backends": backends,
            "backend": np.array([backends.index(row.backend) for row in rows], dtype=np.int64),
            "widths": np.array([row.point.size for row in rows], dtype=np.int64),
            "points": np.concatenate([row.point for row in rows]) if rows else np.zeros(0),
            **{name: np.array([getattr(row, name) for row in rows]) for name in (*COUNTS, *REALS)},
        }

    def extend(self, segment: dict[str, Any]) -> None:
        """Add the rows of a segment, which begins where the history ends.

        Raises:
            ValueError: it does not.
        """
        if segment["start"] != len(self.rows):
            raise ValueError(f"rows from {len(self.rows)} on expected, found {segment['start']}")
        points = np.split(segment["points"], np.cumsum(segment["widths"])[:-1])
        for place, point in enumerate(points[: len(segment["widths"])]):
            self.rows.append(
                Row(
                    point=point,
                    backend=segment["backends"][int(segment["backend"][place])],
                    step=int(segment["step"][place]),
                    shots=int(segment["shots"][place]),
                    circuits=int(segment["circuits"][place]),
                    **{name: float(segment[name][place]) for name in REALS},
                )
            )
