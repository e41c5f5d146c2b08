"""A line search for the strong Wolfe conditions that is told one trial after the other.

Nocedal and Wright, Numerical Optimization, 2nd ed., algorithms 3.5 and 3.6, with the approximate conditions
of Hager and Zhang, SIAM J. Optim. 16, 170 (2005), where values differ by no more than their rounding.
"""

from __future__ import annotations

from typing import Any, Literal

ARMIJO, WOLFE = 1e-4, 0.9
"""The decrease and the curvature that are asked for, as fractions of the slope at 0."""

Trial = list[float]
"""Step length, value and slope along the line."""

Verdict = Literal["accepted", "going on", "failed"]


def begin(value: float, slope: float, length: float) -> dict[str, Any]:
    """The search's memory (JSON) from the value and the negative slope at 0, and the first length."""
    start: Trial = [0.0, value, slope]
    return {"start": start, "low": [*start], "high": None, "length": length, "tries": 0}


def judge(search: dict[str, Any], value: float, slope: float, rounding: float, most: int) -> Verdict:
    """Work in the value and slope at `search["length"]`, and choose the next length.

    Args:
        search: what `begin` made; it is changed.
        value: of the objective there.
        slope: along the line there.
        rounding: the absolute difference below which values are not told apart.
        most: tries after which the search has failed.
    """
    length: float = search["length"]
    _, first, descent = search["start"]
    low: Trial = search["low"]
    high: Trial | None = search["high"]
    trial = [length, value, slope]
    decreased = value <= first + ARMIJO * length * descent
    if decreased and abs(slope) <= -WOLFE * descent:
        return "accepted"
    if abs(value - first) <= rounding and WOLFE * descent <= slope <= (2 * ARMIJO - 1) * descent:
        return "accepted"
    before = low
    if not decreased or value >= low[1]:
        high = trial
    else:
        if slope * (1.0 if high is None else high[0] - low[0]) >= 0:
            high = low
        low = trial
    search["low"], search["high"], search["tries"] = low, high, search["tries"] + 1
    search["length"] = _beyond(before, trial) if high is None else _between(low, high)
    width = float("inf") if high is None else abs(high[0] - low[0])
    exhausted = search["tries"] >= most or width <= 1e-14 * max(1.0, low[0])
    return "failed" if exhausted else "going on"


def _beyond(before: Trial, trial: Trial) -> float:
    cubic = _cubic(before, trial)
    return min(max(2 * trial[0], 0.0 if cubic is None else cubic), 10 * trial[0])


def _between(low: Trial, high: Trial) -> float:
    left, right = sorted((low[0], high[0]))
    margin = 0.1 * (right - left)
    cubic = _cubic(low, high)
    return (left + right) / 2 if cubic is None else min(max(cubic, left + margin), right - margin)


def _cubic(one: Trial, other: Trial) -> float | None:
    """Where the cubic through two values and slopes is least (Nocedal and Wright, equation 3.59)."""
    (a, fa, ga), (b, fb, gb) = one, other
    first = ga + gb - 3 * (fa - fb) / (a - b)
    under = first * first - ga * gb
    if under < 0:
        return None
    second = under**0.5 if b > a else -(under**0.5)
    below = gb - ga + 2 * second
    return None if below == 0 else b - (b - a) * (gb + second - first) / below
