"""Replicas whose histograms are given and not drawn, for tests that follow a rule by hand."""

from __future__ import annotations

from collections.abc import Sequence

from qorum.counts import Counts
from qorum.results.verdict import Replica


def answer(
    name: str,
    histogram: Sequence[int],
    *,
    noisy: bool = False,
    engine: str | None = None,
    success: float | None = None,
    bits: int = 4,
) -> Replica:
    """Outcome i of so many bits was seen `histogram[i]` times."""
    seen = {format(i, f"0{bits}b"): count for i, count in enumerate(histogram) if count}
    return Replica(Counts(seen, name), noisy, success, engine)
