"""Where a training begins: the ansatz's own start, zeros, random angles, given ones, another training's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np

from qorum.backends import derive_seed
from qorum.errors import InputRejected
from qorum.training.ansatze._ansatz import Growth
from qorum.training.objective import Array

TRAINING = "training:"
"""In front of the id of the training whose result is the start."""

EXPECTED = "zeros, random, numbers such as 0.1,-0.2, a report's JSON, or training:ID expected"

SPREAD = 0.5
"""Standard deviation, in radians, of the angles of operators that a growing ansatz begins with at random."""


class Start(NamedTuple):
    """Where a training begins.

    Attributes:
        point: shape [parameters].
        operators: of an ansatz that grows: what it has taken on already, one for each parameter.
    """

    point: Array
    operators: tuple[int, ...] = ()


def read_start(initial: str) -> Start | None:
    """The parameters that a text gives; None where it names a rule instead (empty, `zeros`, `random`).

    Args:
        initial: numbers joined by commas, a JSON list of numbers, or a JSON object with `parameters` and,
            of an ansatz that grows, `operators`: a report is one.

    Raises:
        InputRejected: it is none of these, or a number is not finite.
    """
    text = initial.strip()
    if text in ("", "zeros", "random"):
        return None
    try:
        found: Any = json.loads(text if text[0] in "[{" else f"[{text}]")
    except (ValueError, RecursionError):
        raise InputRejected("initial", f"{EXPECTED}, found {text[:60]!r}") from None
    given = cast("dict[str, Any]", found) if isinstance(found, dict) else {"parameters": found}
    parameters, operators = given.get("parameters"), given.get("operators") or ()
    if not (_are(parameters, (int, float)) and _are(operators, (int,))):
        raise InputRejected("initial", f"{EXPECTED}, found {text[:60]!r}")
    point = np.array(parameters, dtype=np.float64)
    if not np.isfinite(point).all():
        raise InputRejected("initial", f"finite parameters expected, found {text[:60]!r}")
    return Start(point, tuple(operators))


def refuse_unreadable(initial: str) -> None:
    """Raises what `read_start` raises; of another training only the form is looked at."""
    if not initial.startswith(TRAINING):
        read_start(initial)


def begin_at(
    initial: str, given: Start | None, own: Array, growth: Growth | None, seed: int, draw: Callable[[], Array]
) -> Start:
    """Where to begin.

    Args:
        initial: as the user has it, for messages and rules.
        given: what was read of it, or found in another training; None for a rule.
        own: the ansatz's own start, shape [parameters].
        growth: how it grows; None for a fixed one.
        seed: of what is random.
        draw: random parameters of a fixed ansatz.

    Raises:
        InputRejected: another number of parameters or operators than the ansatz has.
    """
    if given is None:
        if initial == "random":
            return Start(draw()) if growth is None else _random_operators(growth, seed)
        return Start(np.zeros_like(own) if initial == "zeros" else own)
    found = given.point.size
    if growth is None:
        if found != own.size:
            reason = f"{own.size} parameters, as many as the ansatz has, expected, found {found}"
            raise InputRejected("initial", reason)
        return Start(given.point)
    fits = len(given.operators) == found and all(0 <= one < len(growth.pool) for one in given.operators)
    if not fits or found > growth.most:
        reason = (
            f"as many operators as parameters, numbered 0 to {len(growth.pool) - 1} in the pool and"
            f" {growth.most} at most, expected, found {len(given.operators)} for {found} parameters"
        )
        raise InputRejected("initial", reason)
    return given


def random_angles(count: int, seed: int) -> Array:
    """Uniform in [-π, π), shape [count]."""
    return np.random.default_rng(derive_seed(seed, "initial")).uniform(-math.pi, math.pi, count)


def _random_operators(growth: Growth, seed: int) -> Start:
    """A few operators of the pool, each once, at angles of some tenths of a radian."""
    draw = np.random.default_rng(derive_seed(seed, "initial"))
    count = min(len(growth.pool), growth.most, 1 + math.isqrt(len(growth.pool)))
    chosen = draw.choice(len(growth.pool), count, replace=False)
    return Start(SPREAD * draw.standard_normal(count), tuple(int(place) for place in chosen))


def _are(values: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(values, (list, tuple)) and all(
        isinstance(one, kinds) and not isinstance(one, bool) for one in cast("list[Any]", values)
    )
