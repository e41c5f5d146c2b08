"""A histogram against the exact distribution that it should show."""

from __future__ import annotations

import math
from collections.abc import Mapping

FALSE_ALARM = 1e-6
"""Probability at most with which a right histogram is called wrong."""


def contradiction(
    counts: Mapping[str, int], answer: Mapping[str, float], success_probability: float = 1.0
) -> str | None:
    """Why a histogram cannot be a sample of a known distribution; None if it can.

    A shot fails with probability 1 − F, and then shows anything. Without failures an outcome of probability 0
    is a proof. Otherwise the total variation distance of N shots from the distribution is at most
    (1 − F) + ½Σ√(p(1 − p)/N) + √(ln(1/α)/2N): its mean by Jensen's inequality, and McDiarmid's bound on how
    far a sample exceeds it (Surveys in Combinatorics 1989, p. 148), as one shot moves it by 1/N at most.

    Args:
        counts: shots by outcome, at least one.
        answer: probability by outcome, summing to 1; outcomes of probability 0 may be missing.
        success_probability: F in [0, 1], the estimated probability that a shot is free of error.
    """
    shots = sum(counts.values())
    impossible = sorted(outcome for outcome in counts if counts[outcome] and not answer.get(outcome, 0.0))
    if impossible and success_probability == 1.0:
        found = sum(counts[outcome] for outcome in impossible)
        return f"{found} of {shots} shots show outcomes of probability 0, such as {impossible[0]}"
    outcomes = {*counts, *answer}
    distance = sum(abs(counts.get(x, 0) / shots - answer.get(x, 0.0)) for x in outcomes) / 2
    mean = sum(math.sqrt(p * max(0.0, 1 - p) / shots) for p in answer.values()) / 2
    bound = (1 - success_probability) + mean + math.sqrt(math.log(1 / FALSE_ALARM) / (2 * shots))
    if distance <= bound:
        return None
    return f"total variation distance {distance:.3f} from the known answer, at most {bound:.3f} expected"
