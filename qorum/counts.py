"""Histograms of measured bits, in one bit order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any


@dataclass(frozen=True)
class Counts:
    """What one backend measured of one circuit.

    Keys are bit strings in Qiskit's order: the rightmost character is classical bit 0, registers
    are joined without spaces, the first declared one rightmost. All keys have the same width.

    Attributes:
        histogram: bit string to how often it was seen; only outcomes seen at least once.
        shots: the sum of the histogram.
        backend: name of the backend, as in its profile.
        job_id: the vendor's or our own name of the job.
        calibration_id: the calibration under which it ran; at a vendor, that it was compiled for.
        seed: what the sampling was seeded with; None where hardware cannot be seeded.
    """

    histogram: Mapping[str, int]
    backend: str
    job_id: str | None = None
    calibration_id: str | None = None
    seed: int | None = None
    shots: int = field(init=False)

    def __post_init__(self) -> None:
        widths = set(map(len, self.histogram))
        if len(widths) > 1:
            raise ValueError(f"{self.backend}: keys of one width expected, found widths {sorted(widths)}")
        if "".join(self.histogram).strip("01"):
            wrong = next(key for key in self.histogram if key.strip("01"))
            raise ValueError(f"{self.backend}: keys of 0 and 1 expected, found {wrong!r}")
        if min(self.histogram.values(), default=1) <= 0:
            key, count = min(self.histogram.items(), key=lambda item: item[1])
            raise ValueError(f"{self.backend}: positive counts expected, found {key!r}: {count}")
        object.__setattr__(self, "shots", sum(self.histogram.values()))

    @property
    def num_bits(self) -> int:
        """Width of the keys; 0 for an empty histogram."""
        return len(next(iter(self.histogram), ""))

    def __add__(self, other: Counts) -> Counts:
        """Counts of both together, as if taken in one job.

        Raises:
            ValueError: the two are not samples of one thing (backend, width or calibration differ).
        """
        for what in ("backend", "num_bits", "calibration_id"):
            mine, theirs = getattr(self, what), getattr(other, what)
            if mine != theirs:
                raise ValueError(f"counts with {what} {mine!r} cannot be merged with {what} {theirs!r}")
        merged = dict(self.histogram)
        for key, count in other.histogram.items():
            merged[key] = merged.get(key, 0) + count
        return Counts(merged, self.backend, self.job_id, self.calibration_id, self.seed)

    def probabilities(self) -> dict[str, float]:
        """Relative frequencies, in the histogram's order."""
        return {key: count / self.shots for key, count in self.histogram.items()}

    def marginal(self, bits: Sequence[int]) -> Counts:
        """Counts of the classical bits `bits` alone; `bits[0]` becomes the rightmost character.

        Raises:
            ValueError: a bit is outside the histogram's width.
        """
        if any(not 0 <= bit < self.num_bits for bit in bits):
            raise ValueError(f"bits in [0, {self.num_bits}) expected, found {list(bits)}")
        merged: dict[str, int] = {}
        for key, count in self.histogram.items():
            kept = "".join(key[-1 - bit] for bit in reversed(bits))
            merged[kept] = merged.get(kept, 0) + count
        return Counts(merged, self.backend, self.job_id, self.calibration_id, self.seed)

    def top(self, how_many: int) -> list[tuple[str, int]]:
        """The most frequent outcomes, most frequent first, ties by bit string."""
        return nsmallest(how_many, self.histogram.items(), key=lambda item: (-item[1], item[0]))

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back equal."""
        return {
            "histogram": dict(self.histogram),
            "backend": self.backend,
            "job_id": self.job_id,
            "calibration_id": self.calibration_id,
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Counts:
        """The inverse of `to_json`."""
        return cls(**data)
