"""Which replicas of a circuit show one distribution, and what that distribution is.

The rule and the figures behind it: docs/consensus.md, docs/adr/010 and `python -m benchmarks.consensus`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, sqrt

import numpy as np

from qorum.results.overlap import Vector, align
from qorum.results.pairwise import SIGMAS, Evidence
from qorum.results.reasons import explain
from qorum.results.verdict import Advice, Rejection, Replica, Verdict

__all__ = ["Rejection", "Replica", "Verdict", "agree"]

MOST_REPLICAS = 5
MOST_SHOTS = 1_000_000
TARGET_ERROR = 0.05

Clique = tuple[int, ...]


def agree(replicas: Sequence[Replica], *, confidence: float = 0.9) -> Verdict:
    """Settle what several backends agree on.

    A caller escalates by doing what the verdict advises until the advice is `none` or cannot be
    followed, and keeps the last verdict:

        while verdict.advice != "none" and (something was bought):
            verdict = agree(replicas)

    Args:
        replicas: answers to one circuit from distinct backends, at least one; the order has no
            influence but on the order of what is returned.
        confidence: least probability, in (0.5, 1), that a pair is alike enough, for the two to
            count as agreeing.

    Returns:
        The verdict; with a single shot in any of the replicas nothing can be compared: `unverified`.

    Raises:
        ValueError: no replica, a backend twice, histograms of different widths, no shot, a success
            probability or a confidence out of range.
    """
    _check(replicas, confidence)
    if any(replica.counts.shots < 2 for replica in replicas):
        return _incomparable(replicas)
    outcomes, counts = align([replica.counts.histogram for replica in replicas])
    evidence = Evidence(replicas, counts, replicas[0].counts.num_bits, confidence)
    ruling = _rule(evidence)
    accepted = ruling.accepted
    advice, shots = _advise(evidence, ruling)
    return Verdict(
        status="agreed" if ruling.agreed else "unverified" if accepted else "disputed",
        confidence=min((evidence.pair(i, j).confidence for i, j in combinations(accepted, 2)), default=0.0),
        merged=_merge(evidence, outcomes, accepted),
        accepted=tuple(replicas[i].name for i in accepted),
        rejected=tuple(
            Rejection(replica.name, explain(evidence, i, accepted))
            for i, replica in enumerate(replicas)
            if i not in accepted
        ),
        agreement=_agreement(evidence),
        contested=ruling.contested,
        advice=advice,
        suggested_shots=shots,
    )


def _check(replicas: Sequence[Replica], confidence: float) -> None:
    if not replicas:
        raise ValueError("at least one replica expected, found none")
    if not 0.5 < confidence < 1:
        raise ValueError(f"a confidence in (0.5, 1) expected, found {confidence}")
    names = [replica.name for replica in replicas]
    if len(set(names)) < len(names):
        raise ValueError(f"replicas of distinct backends expected, found {names}; merge counts of one with +")
    for replica in replicas:
        if replica.counts.shots < 1:
            raise ValueError(f"{replica.name}: at least 1 shot expected, found none")
        estimate = replica.success_probability
        if estimate is not None and not 0 <= estimate <= 1:
            raise ValueError(f"{replica.name}: a success probability in [0, 1] expected, found {estimate}")
    widths = {replica.name: replica.counts.num_bits for replica in replicas}
    if len(set(widths.values())) > 1:
        raise ValueError(f"histograms of one width expected, found {widths}")


def _incomparable(replicas: Sequence[Replica]) -> Verdict:
    """Everybody's shots together, believed by nobody: how often two shots of one replica agree is unknown."""
    total = sum(replica.counts.shots for replica in replicas)
    pooled: dict[str, float] = {}
    for replica in replicas:
        for key, count in replica.counts.histogram.items():
            pooled[key] = pooled.get(key, 0.0) + count / total
    return Verdict(
        status="unverified",
        confidence=0.0,
        merged=pooled,
        accepted=tuple(replica.name for replica in replicas),
        rejected=(),
        agreement=tuple((None,) * len(replicas) for _ in replicas),
    )


@dataclass(frozen=True)
class _Ruling:
    """Who is believed: nobody where disputed, all where nothing contradicts and little is known."""

    accepted: Clique
    agreed: bool
    contested: bool = False


def _rule(evidence: Evidence) -> _Ruling:
    everyone = tuple(range(len(evidence)))
    cliques = _largest_cliques(evidence)
    if cliques:
        clique = min(cliques, key=lambda c: _preference(evidence, c))
        opponents = [i for i in everyone if i not in clique]
        if not _doubtful(evidence, clique, cliques, opponents):
            return _Ruling(clique, agreed=True, contested=len(clique) == 2 and bool(opponents))
        return _Ruling((), agreed=False)
    if any(evidence.relation(i, j) == "different" for i, j in evidence.pairs):
        return _Ruling((), agreed=False)
    return _Ruling(everyone, agreed=False)


def _largest_cliques(evidence: Evidence) -> list[Clique]:
    """Largest sets of replicas that all agree, if they are a majority of at least two."""
    k = len(evidence)
    for size in range(k, max(2, k // 2 + 1) - 1, -1):
        cliques = [c for c in combinations(range(k), size) if _is_clique(evidence, c)]
        if cliques:
            return cliques
    return []


def _is_clique(evidence: Evidence, members: Clique) -> bool:
    if any(evidence.relation(i, j) != "same" for i, j in combinations(members, 2)):
        return False
    noiseless = [i for i in members if i in evidence.noiseless]
    return len(noiseless) < 3 or all(evidence.sigmas_apart(i, noiseless) <= SIGMAS for i in noiseless)


def _preference(evidence: Evidence, clique: Clique) -> tuple[float, float, float, list[str]]:
    """Smallest first: most noiseless engines, these closest to each other, largest mean overlap."""
    pairs = [evidence.pair(i, j) for i, j in combinations(clique, 2)]
    overlaps = [pair.overlap.value for pair in pairs if pair.overlap is not None]
    noiseless = len(evidence.noiseless.intersection(clique))
    apart = max(pair.sigmas for pair in pairs)
    return -noiseless, apart, -float(np.mean(overlaps)), sorted(evidence.replicas[i].name for i in clique)


def _doubtful(evidence: Evidence, clique: Clique, rivals: Sequence[Clique], opponents: Sequence[int]) -> bool:
    """Whether a majority must not be believed yet. See docs/adr/010 for each of the four."""
    believed = len(evidence.noiseless.intersection(clique))
    outvoted = len(evidence.noiseless.intersection(opponents))
    one_engine = bool(opponents) and _votes(evidence, clique) <= _votes(evidence, opponents)
    noise_over_exact = outvoted > believed and (len(clique) == 2 or outvoted >= 2)
    interchangeable = believed == 1 and any(
        evidence.noiseless.intersection(rival) - set(clique) for rival in rivals
    )
    drowned = (
        believed == 0
        and not any(evidence.signals[j].certain for j in clique)
        and any(evidence.signals[i].certain for i in opponents)
    )
    return one_engine or noise_over_exact or interchangeable or drowned


def _votes(evidence: Evidence, members: Sequence[int]) -> int:
    return len({evidence.replicas[i].engine or ("independent", i) for i in members})


def _merge(evidence: Evidence, outcomes: Sequence[str], accepted: Clique) -> dict[str, float]:
    if not accepted:
        return {}
    rows = evidence.counts[list(accepted)]
    shots = rows.sum(axis=1)
    excess = np.maximum([evidence.signals[i].excess for i in accepted], 0)
    merged = _weights(shots, excess) @ (rows / shots[:, None])
    merged /= merged.sum()
    return {key: p for key, p in zip(outcomes, merged.tolist(), strict=True) if p > 0}


def _weights(shots: Vector, excess: Vector) -> Vector:
    """By shots and signal, none above a half where there are three or more."""
    weights = shots * np.sqrt(excess / excess.max()) if excess.max() > 0 else shots.copy()
    weights /= weights.sum()
    largest = int(np.argmax(weights))
    if len(weights) > 2 and weights[largest] > 0.5:
        rest = np.delete(weights, largest).sum()
        weights *= 0.5 / rest if rest > 0 else 1
        weights[largest] = 0.5 if rest > 0 else 1
    return weights


def _agreement(evidence: Evidence) -> tuple[tuple[float | None, ...], ...]:
    def value(i: int, j: int) -> float | None:
        if i == j:
            return 1.0 if evidence.purities[i] > 0 else None
        found = evidence.pair(i, j).overlap
        return None if found is None else found.value

    k = range(len(evidence))
    return tuple(tuple(value(i, j) for j in k) for i in k)


def _advise(evidence: Evidence, ruling: _Ruling) -> tuple[Advice, int]:
    further: Advice = "another_backend" if len(evidence) < MOST_REPLICAS else "none"
    if ruling.agreed and not ruling.contested:
        return "none", 0
    open_pairs = [
        (i, j)
        for (i, j), pair in evidence.pairs.items()
        if evidence.relation(i, j) == "unclear" and pair.resolvable
    ]
    shots = _shots_to_add(evidence, {i for pair in open_pairs for i in pair})
    if shots:
        return "more_shots", shots
    return further, 0


def _shots_to_add(evidence: Evidence, replicas: set[int]) -> int:
    """Shots that bring the error of an overlap, about sqrt(2/P)/N, down to the target; 0 if too many."""
    if not replicas:
        return 0
    taken = [evidence.replicas[i].counts.shots for i in replicas]
    least = max(min(evidence.purities[i] for i in replicas), 2 / min(taken) ** 2)
    needed = ceil(sqrt(2 / least) / TARGET_ERROR)
    added = max(needed - min(taken), min(taken) // 2)
    return added if max(taken) + added <= MOST_SHOTS else 0
