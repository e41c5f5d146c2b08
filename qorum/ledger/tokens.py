"""A job's identity, the same in every process and every release: what must not be paid for twice."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, cast


def canonical_json(value: object) -> bytes:
    """The one way to write `value` as JSON: keys sorted, no spaces, ASCII only.

    Args:
        value: None, bool, int, float, str, and sequences and string-keyed mappings of these.
            Tuples are written as lists; -0.0 as 0.0, for the two compare equal.

    Returns:
        ASCII bytes. Equal values give equal bytes, except that 1 and 1.0 are told apart.

    Raises:
        ValueError: a float is NaN or infinite.
        TypeError: anything else is met, or a key that is not a string.
    """
    plain = _plain(value, "value")
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def job_token(
    *,
    experiment_id: str,
    step: int,
    digests: Sequence[str],
    parameters: Sequence[float],
    backend: str,
    shots: int,
    options: Mapping[str, Any],
    replica: int,
    attempt: int,
) -> str:
    """Names one submission, so that it is found again instead of being made again.

    Args:
        experiment_id: the experiment or training run.
        step: round of the experiment or optimizer step.
        digests: the circuits' digests, in the order of submission.
        parameters: values bound to the circuits, in order; 0.0 and -0.0 count as one.
        backend: name of the backend.
        shots: samples of each circuit.
        options: whatever else decides what is submitted; see `canonical_json` for what may stand in it.
        replica: which of the independent repetitions this is.
        attempt: 0, or how often the same work failed before and was charged.

    Returns:
        64 lowercase hexadecimal characters: sha256 over the canonical JSON of all of these.

    Raises:
        ValueError: a parameter or option is NaN or infinite.
        TypeError: a field has another type than it should, which would give equal work two tokens.
    """
    counts = {"step": step, "shots": shots, "replica": replica, "attempt": attempt}
    names = {"experiment_id": experiment_id, "backend": backend}
    for name, value in counts.items():
        _expect(name, value, int)
    for name, value in (*names.items(), *((f"digests[{i}]", digest) for i, digest in enumerate(digests))):
        _expect(name, value, str)
    if isinstance(digests, str):
        raise TypeError("digests: a list of digests expected, found one string")
    exact = [_finite(float(value), f"parameters[{i}]").hex() for i, value in enumerate(parameters)]
    fields = {**names, **counts, "digests": digests, "parameters": exact, "options": options}
    return hashlib.sha256(canonical_json(fields)).hexdigest()


def _expect(name: str, value: object, kind: type) -> None:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(f"{name}: {kind.__name__} expected, found {value!r}")


def _finite(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{where}: a finite number expected, found {value}")
    return float(value) + 0.0


def _plain(value: object, where: str) -> object:
    """`value` in terms of what `json` writes exactly; `where` names the place in messages."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return _finite(value, where)
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        for key, _ in items:
            if not isinstance(key, str):
                raise TypeError(f"{where}: string keys expected, found {key!r}")
        return {key: _plain(item, f"{where}.{key}") for key, item in items}
    if isinstance(value, list | tuple):
        entries = cast("Sequence[object]", value)
        return [_plain(item, f"{where}[{i}]") for i, item in enumerate(entries)]
    raise TypeError(
        f"{where}: plain data (numbers, text, lists, mappings) expected, found {type(value).__name__}"
    )
