"""The verdict where the referee speaks beside the consensus: a replica must pass both.

The referee is one more witness, not a judge above the others: what it computes may be wrong, too. So where
replicas that it calls unfit show one thing among themselves, they are counted against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

from qorum.results.consensus import MOST_REPLICAS, MOST_SHOTS, agree
from qorum.results.referee.findings import Refereed
from qorum.results.verdict import Rejection, Replica, Verdict

MORE = 3
"""Times the shots taken that are bought where all fit and it is not certain enough: half the error."""

REFEREE = "the referee"
"""The engine that exact values count as, where none of the backends' engines computed them."""


def rule(replicas: Sequence[Replica], refereed: Refereed | None, *, confidence: float) -> Verdict:
    """What the replicas agree on, with what is exactly known of the circuit.

    1. Replicas that are unfit are rejected; the others must agree among themselves, as always.
    2. The others are believed if at least two of them agree, and if their engines with the referee's are
       more than those of the unfit that show one distribution; else it is a dispute.
    3. Where nothing contradicts but too little coincides, as in wide flat circuits, two replicas or more
       that all fit are agreed: their evidence is the referee's and that of an engine other than its own.

    Args:
        replicas: as for `consensus.agree`.
        refereed: what the referee found of them; None or without findings where nothing exact is known.
        confidence: as for `consensus.agree`.
    """
    whole = agree(replicas, confidence=confidence)
    if refereed is None or not refereed.findings:
        return whole
    findings = refereed.findings
    unfit = [replica for replica in replicas if findings[replica.name].outcome == "unfit"]
    rest = [replica for replica in replicas if replica not in unfit]
    if not unfit:
        return _confirmed(whole, rest, refereed, confidence)
    rejections = [Rejection(replica.name, findings[replica.name].reason) for replica in unfit]
    if not rest:
        return _disputed(whole, replicas, rejections)
    verdict = _confirmed(agree(rest, confidence=confidence), rest, refereed, confidence)
    rejections += verdict.rejected
    accepted = [replica for replica in rest if replica.name in verdict.accepted]
    if verdict.status != "agreed" or len(accepted) < 2:
        return _disputed(whole, replicas, rejections)
    if any(findings[replica.name].outcome == "fits" for replica in accepted):
        believed, against = _witnesses(accepted, refereed), _largest_side(unfit, confidence)
        if len(believed) <= against:
            return _disputed(whole, replicas, rejections)
    return replace(verdict, rejected=tuple(_in_order(replicas, rejections)), agreement=whole.agreement)


def _confirmed(
    verdict: Verdict, replicas: Sequence[Replica], refereed: Refereed, confidence: float
) -> Verdict:
    """The verdict of replicas none of which is unfit; open ones that all fit are agreed."""
    findings = refereed.findings or {}
    if verdict.status != "unverified" or len(replicas) < 2 or len(_witnesses(replicas, refereed)) < 2:
        return verdict
    found = [findings[replica.name] for replica in replicas]
    sure = min(finding.confidence for finding in found)
    if any(finding.outcome != "fits" for finding in found):
        return verdict
    if sure < confidence:
        taken = max(replica.counts.shots for replica in replicas)
        more = MORE * taken if (1 + MORE) * taken <= MOST_SHOTS else 0
        return replace(verdict, advice="more_shots", suggested_shots=more) if more else verdict
    return replace(verdict, status="agreed", confidence=sure, advice="none", suggested_shots=0)


def _witnesses(replicas: Sequence[Replica], refereed: Refereed) -> set[str]:
    """Engines whose evidence is for one thing: the replicas', and what computed the ideal."""
    engines = {replica.engine or replica.name for replica in replicas}
    return engines | {refereed.engine or REFEREE}


def _largest_side(unfit: Sequence[Replica], confidence: float) -> int:
    """Engines of the most of the unfit that agree with one another."""
    for size in range(len(unfit), 1, -1):
        for side in combinations(unfit, size):
            found = agree(side, confidence=confidence)
            if found.status != "disputed" and len(found.accepted) == size:
                return len({replica.engine or replica.name for replica in side})
    return min(1, len(unfit))


def _disputed(whole: Verdict, replicas: Sequence[Replica], rejections: Sequence[Rejection]) -> Verdict:
    named = {rejection.backend for rejection in rejections}
    others = [
        Rejection(replica.name, "fits what is exactly known, with too few others")
        for replica in replicas
        if replica.name not in named
    ]
    return replace(
        whole,
        status="disputed",
        confidence=0.0,
        merged={},
        accepted=(),
        rejected=tuple(_in_order(replicas, [*rejections, *others])),
        contested=False,
        advice="another_backend" if len(replicas) < MOST_REPLICAS else "none",
        suggested_shots=0,
    )


def _in_order(replicas: Sequence[Replica], rejections: Sequence[Rejection]) -> list[Rejection]:
    named = {rejection.backend: rejection for rejection in rejections}
    return [named[replica.name] for replica in replicas if replica.name in named]
