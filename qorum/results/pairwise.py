"""What each replica and each pair of replicas shows, before anybody is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np

from qorum.results.overlap import (
    Distance,
    Overlap,
    Vector,
    collision_probability,
    cross_collision_probability,
    distance,
    inhomogeneity,
    overlap,
)
from qorum.results.verdict import Replica

SIGMAS = 3.8
"""Noiseless engines further apart than this do not show one distribution."""
LEAST_OVERLAP, MOST_OVERLAP = 0.8, 0.95
LEAST_LIKENESS, LIKENESS, MOST_LIKENESS = 0.4, 0.7, 0.9
CONTRADICTION = 2.33
"""Sigmas that an overlap falls short by where it is taken as different rather than unclear (99 %)."""
SIGNAL_SIGMAS, SIGNAL_SHARE = 4.0, 0.2
LEAST_CONTRAST, MOST_CONTRAST, LEAST_CENTRED = 0.1, 1e6, 0.5

Relation = Literal["same", "different", "unclear"]


@dataclass(frozen=True)
class Signal:
    """How far a replica is from uniform.

    Attributes:
        excess: sum p^2 - 1/2^n, without bias.
        sigmas: the same in units of its error where it is small.
        contrast: the same in units of 1/2^n: 1 for a random circuit, 0 for uniform.
    """

    excess: float
    sigmas: float
    contrast: float

    @property
    def certain(self) -> bool:
        """Whether sampling cannot explain it."""
        return self.sigmas >= SIGNAL_SIGMAS


def _signal(counts: Vector, purity: float, num_bits: int) -> Signal:
    uniform = 2.0**-num_bits
    sigmas = (purity - uniform) * float(counts.sum()) / np.sqrt(2 * purity) if purity > 0 else 0.0
    contrast = purity / uniform - 1 if uniform > 0 else np.inf
    return Signal(purity - uniform, float(sigmas), contrast)


@dataclass(frozen=True)
class ReplicaSignal:
    """A replica with what its own histogram shows."""

    replica: Replica
    counts: Vector
    signal: Signal


@dataclass(frozen=True)
class Pair:
    """Two replicas: how alike they are, and how alike they should be.

    Attributes:
        overlap: None where too few shots coincide to tell.
        centred: the overlap once the uniform part of both is taken out, with its error; None where
            one of them is too flat for it to mean anything.
        distance: TVD with what sampling explains.
        sigmas: of two noiseless engines, how far from one distribution; else minus infinity.
        needed_overlap: least overlap of two honest replicas.
        needed_likeness: least `distance.likeness` of the same.
        confidence: probability that the overlap is at least what is needed.
        relation: `unclear` where more shots could show either.
    """

    overlap: Overlap | None
    centred: tuple[float, float] | None
    distance: Distance
    sigmas: float
    needed_overlap: float
    needed_likeness: float
    confidence: float
    relation: Relation

    @property
    def resolvable(self) -> bool:
        """Whether more shots would sharpen the overlap."""
        return self.overlap is None or self.overlap.error > 0.05


def _needed(one: Replica, other: Replica) -> tuple[float, float]:
    """Least overlap and likeness of an honest pair, from their estimated success probabilities.

    Errors are taken to be twice the estimate and to fall on as few outcomes as the ideal ones do,
    the worst case for the overlap: f1 f2 / sqrt((f1^2 + (1-f1)^2) (f2^2 + (1-f2)^2)). Noiseless
    engines have a sharper test.
    """
    estimates = [1.0 if not r.noisy else r.success_probability for r in (one, other)]
    if None in estimates or not (one.noisy or other.noisy):
        return LEAST_OVERLAP, LIKENESS
    kept = [max(0.0, 2 * f - 1) for f in estimates if f is not None]
    worst = np.prod([f / np.hypot(f, 1 - f) for f in kept])
    return (
        float(np.clip(worst, LEAST_OVERLAP, MOST_OVERLAP)),
        float(np.clip(np.prod(kept), LEAST_LIKENESS, MOST_LIKENESS)),
    )


def _centred(one: ReplicaSignal, other: ReplicaSignal) -> tuple[float, float] | None:
    """(sum pq - 1/2^n) / sqrt(excess excess'): what depolarizing noise leaves as it is.

    Two unrelated random circuits have an overlap of 1/2 without noise and up to 0.9 with it, for
    they share the uniform part; this is 0 for them, and 1 for two of one distribution.
    """
    signals = one.signal, other.signal
    if not all(signal.certain and LEAST_CONTRAST < signal.contrast < MOST_CONTRAST for signal in signals):
        return None
    scale = float(np.sqrt(one.signal.excess * other.signal.excess))
    cross = cross_collision_probability(one.counts, other.counts)
    uniform = one.signal.excess / one.signal.contrast
    shots = float(one.counts.sum() * other.counts.sum())
    return (cross - uniform) / scale, float(np.sqrt(max(cross, uniform) / shots)) / scale


def _flatness(one: ReplicaSignal, other: ReplicaSignal) -> Relation:
    """`different` where one shows a distribution and the other next to none, `unclear` where it might."""
    flat, sharp = sorted((one.signal, other.signal), key=lambda signal: signal.excess)
    if not sharp.certain or sharp.contrast < LEAST_CONTRAST:
        return "same"
    if flat.excess < SIGNAL_SHARE * sharp.excess:
        return "different"
    return "same" if flat.certain or flat.excess > sharp.excess / 2 else "unclear"


def _compare(one: ReplicaSignal, other: ReplicaSignal, confidence: float) -> Pair:
    noiseless = not (one.replica.noisy or other.replica.noisy)
    needed_overlap, needed_likeness = _needed(one.replica, other.replica)
    apart, alike = distance(one.counts, other.counts), overlap(one.counts, other.counts)
    centred = _centred(one, other)
    sigmas = inhomogeneity(one.counts, other.counts) if noiseless else -np.inf
    sure = 0.0 if alike is None else float(np.exp(alike.log_confidence(needed_overlap)))
    flatness = _flatness(one, other)
    missing = needed_likeness - apart.likeness
    short = -np.inf if centred is None else (LEAST_CENTRED - centred[0]) / centred[1]
    if (
        sigmas > SIGMAS
        or missing > 3 * apart.likeness_deviation
        or (alike is not None and alike.sigmas_below(needed_overlap) > CONTRADICTION)
        or short > CONTRADICTION
        or flatness == "different"
    ):
        relation: Relation = "different"
    elif sure >= confidence and missing <= 0 and short <= 1 and flatness == "same":
        relation = "same"
    else:
        relation = "unclear"
    return Pair(alike, centred, apart, sigmas, needed_overlap, needed_likeness, sure, relation)


class Evidence:
    """All that a verdict rests on.

    Args:
        replicas: as given.
        counts: counts[replica, outcome], from `overlap.align`.
        num_bits: width of the outcomes.
        confidence: from which a pair counts as alike.
    """

    def __init__(self, replicas: Sequence[Replica], counts: Vector, num_bits: int, confidence: float) -> None:
        self.replicas = tuple(replicas)
        self.counts = counts
        self.noiseless = frozenset(i for i, replica in enumerate(replicas) if not replica.noisy)
        self.purities = [collision_probability(row) for row in counts]
        answers = [
            ReplicaSignal(replica, row, _signal(row, purity, num_bits))
            for replica, row, purity in zip(replicas, counts, self.purities, strict=True)
        ]
        self.signals = [answer.signal for answer in answers]
        self.pairs = {
            (i, j): _compare(answers[i], answers[j], confidence)
            for i, j in combinations(range(len(replicas)), 2)
        }

    def __len__(self) -> int:
        return len(self.replicas)

    def pair(self, i: int, j: int) -> Pair:
        """The pair of replicas i and j, in either order."""
        return self.pairs[min(i, j), max(i, j)]

    def relation(self, i: int, j: int) -> Relation:
        """Of replicas i and j; one without signal is unlike every other."""
        if i in self.silent or j in self.silent:
            return "different"
        return self.pair(i, j).relation

    @cached_property
    def silent(self) -> dict[int, float]:
        """Replicas drowned in noise, with the excess that the others lead one to expect.

        Noise drives a distribution towards uniform, so that two drowned replicas look alike and like
        nobody's answer. A noiseless engine that shows uniform means it. The *lower* median of the
        others lets two honest ones of a uniform distribution stand against one that shows a peak.
        """
        silent: dict[int, float] = {}
        for i, own in enumerate(self.signals):
            others = sorted(
                (s for j, s in enumerate(self.signals) if j != i), key=lambda signal: signal.excess
            )
            if not others or i in self.noiseless:
                continue
            median = others[(len(others) - 1) // 2]
            if median.certain and own.excess < SIGNAL_SHARE * median.excess:
                silent[i] = median.excess
        return silent

    def sigmas_apart(self, i: int, group: Sequence[int]) -> float:
        """How far noiseless replica i is from all noiseless ones of `group` pooled.

        The pool has several times the shots of one replica: an error that no pair shows, it may.
        """
        pool = [j for j in group if j != i and j in self.noiseless]
        if i not in self.noiseless or not pool:
            return -np.inf
        return inhomogeneity(self.counts[i], self.counts[pool].sum(axis=0))
