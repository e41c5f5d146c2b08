"""Counts from frequencies, as vendors send them that do not send counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDING = 0.25
"""How far frequency · shots may be from a whole number, in shots."""


def whole_counts(frequencies: NDArray[np.float64], shots: int) -> NDArray[np.int64]:
    """Counts from multiples of 1/shots that were rounded on their way, by largest remainder.

    Raises:
        ValueError: they are not such multiples, or do not sum to 1.
    """
    exact = frequencies * shots
    if abs(exact.sum() - shots) >= 0.5:
        raise ValueError(f"frequencies of {shots} shots expected, found those of {exact.sum():g}")
    off = float(np.abs(exact - np.rint(exact)).max())
    if off > ROUNDING:
        raise ValueError(f"multiples of 1/{shots} expected, found one that is {off:.2g} of a shot away")
    counts = np.floor(exact).astype(np.int64)
    missing = shots - int(counts.sum())
    largest = np.argsort(counts - exact, kind="stable")[: max(0, missing)]
    counts[largest] += 1
    if counts.sum() != shots:
        raise ValueError(f"frequencies of {shots} shots expected, found those of {int(counts.sum())}")
    return counts
