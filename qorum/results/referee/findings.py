"""What the referee finds of one replica."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from qorum.results.referee.cross_entropy import judge_noisy
from qorum.results.referee.factors import Bits, Floats
from qorum.results.referee.goodness import confidence, misfit
from qorum.results.referee.ideal import Ideal
from qorum.results.verdict import Replica

Outcome = Literal["fits", "unfit", "open"]

LEAST_FIT = 0.7
"""Of a noiseless replica; see `goodness.confidence`."""


@dataclass(frozen=True)
class Finding:
    """One replica against the ideal distribution.

    Attributes:
        outcome: `open` where the samples are too few, or the distribution too flat, to tell.
        reason: where unfit, by which figure.
        confidence: the probability that its overlap with the ideal is what an honest one's is.
    """

    outcome: Outcome
    reason: str = ""
    confidence: float = 0.0


@dataclass(frozen=True)
class Refereed:
    """A circuit before the referee.

    Attributes:
        source: how the ideal was had, or why there is none.
        engine: the engine that computed it, if it is one of the backends'.
        findings: by backend; empty where there is no ideal.
    """

    source: str
    engine: str | None = None
    findings: Mapping[str, Finding] | None = None


def referee(ideal: Ideal, replicas: Sequence[Replica]) -> Refereed:
    """Every replica judged by itself."""
    found = {replica.name: find(ideal, replica) for replica in replicas}
    return Refereed(ideal.source, ideal.engine, found)


def find(ideal: Ideal, replica: Replica) -> Finding:
    """One replica's finding."""
    keys, counts = _matrix(replica.counts.histogram)
    if replica.counts.shots < 2:
        return Finding("open", "one shot tells nothing")
    if replica.noisy:
        return Finding(*judge_noisy(ideal, keys, counts, replica.success_probability))
    reason = misfit(ideal, keys, counts)
    if reason:
        return Finding("unfit", reason)
    return Finding("fits", "", confidence(ideal, keys, counts, LEAST_FIT))


def _matrix(histogram: Mapping[str, int]) -> tuple[Bits, Floats]:
    """[outcomes, clbits] bits, column i of clbit i, and [outcomes] counts."""
    width = len(next(iter(histogram)))
    if not width:
        return np.zeros((1, 0), dtype=np.uint8), np.array(list(histogram.values()), dtype=np.float64)
    text = np.frombuffer("".join(histogram).encode(), dtype=np.uint8).reshape(len(histogram), width)
    return (text[:, ::-1] - ord("0")).astype(np.uint8), np.array(list(histogram.values()), dtype=np.float64)
