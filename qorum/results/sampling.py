"""From outcomes to histograms and from probabilities to outcomes, without a loop over shots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def sample_probabilities(
    probabilities: NDArray[np.floating[Any]], shots: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Draws outcomes by inverting the cumulative distribution.

    Args:
        probabilities: [outcomes], not negative; they need not sum to exactly 1.
        shots: how many to draw.
        generator: the only source of randomness; `shots` doubles are taken from it.

    Returns:
        [shots] indices into `probabilities`, in no particular order of time. An outcome of
        probability 0 is never drawn.

    Raises:
        ValueError: the probabilities sum to 0 or to no number.
    """
    cumulative = np.cumsum(probabilities, dtype=np.float64)
    total = cumulative[-1]
    if not 0 < total < np.inf:
        raise ValueError(f"probabilities with a positive sum expected, found the sum {total}")
    drawn = np.searchsorted(cumulative, np.sort(generator.random(shots)) * total, side="right")
    # A draw that rounds up to the total would fall behind the last possible outcome.
    last = np.searchsorted(cumulative, total, side="left")
    return np.minimum(drawn, last)


def histogram_of(samples: NDArray[Any]) -> dict[str, int]:
    """Histogram of measured bits.

    Args:
        samples: [shots, num_clbits] of 0 and 1 (any integer type or bool); column j is clbit j.

    Returns:
        Counts by bit string in Qiskit's order (rightmost character is clbit 0), ascending.
    """
    shots, width = samples.shape
    if width == 0:
        return {"": shots} if shots else {}
    packed = np.packbits(samples[:, ::-1].astype(bool), axis=1)
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    distinct, counts = np.unique(rows, return_counts=True)
    unpacked = np.unpackbits(distinct.view(np.uint8).reshape(len(distinct), -1), axis=1, count=width)
    return _keyed(unpacked, counts)


def histogram_of_outcomes(
    outcomes: NDArray[np.integer[Any]],
    bit_of_clbit: Mapping[int, int],
    num_clbits: int,
    other_clbits: int = 0,
) -> dict[str, int]:
    """Histogram of outcomes that are written as integers.

    Args:
        outcomes: [shots], each an integer whose bits were measured, fewer than 64.
        bit_of_clbit: which bit of an outcome (0 the least significant) each clbit holds.
        num_clbits: width of the keys.
        other_clbits: what the clbits that are left out read (bit i is clbit i); 0 where nothing
            was measured into them, as Qiskit has it.

    Returns:
        Counts by bit string in Qiskit's order (rightmost character is clbit 0), ascending.
    """
    distinct, counts = np.unique(outcomes, return_counts=True)
    others = [int(bit) for bit in f"{other_clbits:0{num_clbits}b}"] if num_clbits else []
    bits = np.tile(np.array(others, dtype=np.uint8), (len(distinct), 1))
    for clbit, bit in bit_of_clbit.items():
        bits[:, num_clbits - 1 - clbit] = (distinct >> bit) & 1
    return _keyed(bits, counts)


def _keyed(bits: NDArray[np.uint8], counts: NDArray[np.integer[Any]]) -> dict[str, int]:
    """`bits` is [outcomes, width], leftmost character first; equal rows are added up."""
    width = bits.shape[1]
    text = (bits + ord("0")).astype(np.uint8).tobytes().decode("ascii")
    histogram: dict[str, int] = {}
    for row, count in enumerate(counts.tolist()):
        key = text[row * width : (row + 1) * width]
        histogram[key] = histogram.get(key, 0) + count
    return dict(sorted(histogram.items()))
