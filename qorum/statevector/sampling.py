"""Samples of states: outcomes are drawn from probabilities, never listed one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch

from qorum.statevector.program import Measurement

Tensor = torch.Tensor

FEW_OUTCOMES = 4
"""Counts of all outcomes are drawn at once where there are at most so many for each shot."""


def draw(state: Tensor, shots: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Basis states that are seen, and how often.

    Args:
        state: amplitudes, shape [2**n]; normalized up to rounding.
        shots: samples.
        random: where they come from.

    Returns:
        Indices in ascending order and counts, int64, of what was seen at least once.
    """
    return draw_weights(state.real.square() + state.imag.square(), shots, random)


def draw_weights(weights: Tensor, shots: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Like `draw`, from probabilities up to a factor, shape [2**n]."""
    if len(weights) <= FEW_OUTCOMES * shots and len(weights) <= 1 << 12:
        exact = weights.double().cpu().numpy()
        counts = random.multinomial(shots, exact / exact.sum())
        (seen,) = counts.nonzero()
        return seen, counts[seen]
    cumulative = weights.cumsum(0, dtype=torch.float64)
    # The last value is the norm, which rounding lets drift from 1.
    points = torch.from_numpy(random.random(shots)).to(weights.device) * cumulative[-1]
    found = torch.searchsorted(cumulative, points, right=True).clamp_(max=len(weights) - 1)
    return np.unique(found.cpu().numpy(), return_counts=True)


def draw_all(states: Tensor, shots: int, random: np.random.Generator) -> np.ndarray:
    """Counts of every basis state, for states of few qubits.

    Args:
        states: amplitudes, shape [batch, 2**n].
        shots: samples of each.
        random: where they come from.

    Returns:
        Int64, shape [batch, 2**n].
    """
    weights = torch.view_as_real(states).square().sum(-1).double().cpu().numpy()
    return random.multinomial(shots, weights / weights.sum(-1, keepdims=True))


def histogram(
    outcomes: np.ndarray, counts: np.ndarray, bits: int, width: int, readout: Sequence[Measurement]
) -> dict[str, int]:
    """Outcomes of qubits as keys of classical bits.

    Args:
        outcomes: indices of basis states.
        counts: how often each was seen.
        bits: the classical bits that were written before, as an integer.
        width: how many classical bits there are.
        readout: which qubits are written to which bits.
    """
    fixed = np.frombuffer(f"{bits:0{width}b}".encode(), dtype=np.uint8)
    characters = np.tile(fixed, (len(outcomes), 1))
    for measurement in readout:
        characters[:, width - 1 - measurement.clbit] = (outcomes >> measurement.qubit & 1) + ord("0")
    text = characters.tobytes().decode()
    found: Counter[str] = Counter()
    for i, count in enumerate(counts.tolist()):
        found[text[i * width : (i + 1) * width]] += count
    return dict(found)
