"""Whether a noisy device's samples hold the ideal distribution: linear cross-entropy with an interval.

For samples x of a device that does nothing wrong with probability F and shows noise otherwise, the mean of
p(x) is F times what the ideal itself gives, above what uniform gives (Arute et al., Nature 574, 505 (2019),
here for any distribution and not for random circuits alone).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import ndtr

from qorum.results.referee.factors import Bits, Floats
from qorum.results.referee.ideal import Ideal

SIGMAS = 4.0
"""Half the interval within which the fidelity lies, in standard errors."""

LEAST_CONTRAST = 0.1
"""How far from uniform, sum p**2 times outcomes less 1, an ideal must be for noise to differ from it."""

LEAST_FIDELITY = 0.2
"""What a device of unknown quality must reach."""

SHARE_OF_PROMISE = 0.5
"""What a device must reach of the success probability that its calibration promises."""


def judge_noisy(
    ideal: Ideal, keys: Bits, counts: Floats, promised: float | None
) -> tuple[Literal["fits", "unfit", "open"], str, float]:
    """The outcome, the reason, and the probability that the fidelity is what is needed.

    Args:
        ideal: of the circuit.
        keys: [outcomes, clbits] of 0 and 1, column i of clbit i.
        counts: [outcomes] how often each was seen.
        promised: the estimated success probability of the compiled circuit, where known.
    """
    contrast = np.expm1(ideal.log_collision + ideal.width * np.log(2))
    if contrast < LEAST_CONTRAST:
        return "open", "the ideal distribution is nearly uniform, as noise is", 0.0
    fidelity, error = fidelity_of(ideal, keys, counts)
    needed = LEAST_FIDELITY if promised is None else min(SHARE_OF_PROMISE * promised, 1.0)
    told = f"linear cross-entropy {fidelity:.2f} ± {error:.2f} by {ideal.source}"
    if fidelity + SIGMAS * error < needed:
        return "unfit", f"{told}, where at least {needed:.2f} is needed", 0.0
    if fidelity - SIGMAS * error <= 0:
        return "open", f"{told}: too few shots to tell it from noise", 0.0
    return "fits", told, float(ndtr((fidelity - needed) / error))


def fidelity_of(ideal: Ideal, keys: Bits, counts: Floats) -> tuple[float, float]:
    """The estimated fidelity, 1 for the ideal itself and 0 for uniform, and its standard error."""
    shots = float(counts.sum())
    relative = np.exp(ideal.log_p(keys) - ideal.log_collision)
    uniform = np.exp(-ideal.width * np.log(2) - ideal.log_collision)
    mean = float(counts @ relative / shots)
    variance = float(counts @ (relative - mean) ** 2 / shots)
    # Samples that are all alike may still differ by chance: as much as one shot in their number.
    error = float(np.sqrt(variance / shots + (mean / shots) ** 2 + (uniform / shots) ** 2))
    return (mean - float(uniform)) / (1 - float(uniform)), error / (1 - float(uniform))
