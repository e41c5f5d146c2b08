"""Why a replica is not accepted, in words with the numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qorum.results.overlap import distance
from qorum.results.pairwise import LEAST_CENTRED, SIGMAS, Evidence, Pair


def explain(evidence: Evidence, i: int, accepted: Sequence[int]) -> str:
    """Why replica i is not among the accepted; where nobody is, why it agrees with no majority."""
    if i in evidence.silent:
        return (
            f"no signal: its chance that two shots coincide is {evidence.signals[i].excess:.2g} above "
            f"uniform where the others show {evidence.silent[i]:.2g}"
        )
    others = [j for j in accepted or range(len(evidence)) if j != i and j not in evidence.silent]
    unlike = [j for j in others if evidence.relation(i, j) == "different"]
    unclear = [j for j in others if evidence.relation(i, j) == "unclear"]
    if unlike:
        return _differs(evidence, i, unlike)
    if accepted and (sigmas := evidence.sigmas_apart(i, accepted)) > SIGMAS:
        exact = [j for j in accepted if j in evidence.noiseless]
        tvd = distance(evidence.counts[i], evidence.counts[exact].sum(axis=0)).tvd
        return _inexact(tvd, _names(evidence, exact) + " together", sigmas)
    if unclear:
        return f"cannot be told from {_names(evidence, unclear)}: {_measured(evidence.pair(i, unclear[0]))}"
    if others:
        return f"agrees with {_names(evidence, others)}, which is no majority of independent engines"
    return "the others show no signal: nothing to agree with"


def _differs(evidence: Evidence, i: int, unlike: Sequence[int]) -> str:
    pairs = {j: evidence.pair(i, j) for j in unlike}
    worst = min(pairs.values(), key=_alikeness)
    names = _names(evidence, unlike)
    if np.isfinite(worst.sigmas) and worst.overlap and worst.overlap.value >= worst.needed_overlap:
        return _inexact(worst.distance.tvd, names, max(pair.sigmas for pair in pairs.values()))
    return f"differs from {names}: {_measured(worst)}"


def _alikeness(pair: Pair) -> tuple[float, float]:
    return (pair.overlap.value if pair.overlap else 0.0), -pair.sigmas


def _measured(pair: Pair) -> str:
    """The figure by which a pair falls short."""
    if pair.overlap is None:
        return "too few shots coincide to measure an overlap"
    found = f"overlap {pair.overlap.value:.2f} ± {pair.overlap.error:.2f}"
    if pair.distance.likeness < pair.needed_likeness and pair.overlap.value >= pair.needed_overlap:
        return (
            f"TVD {pair.distance.tvd:.2f} where sampling explains {pair.distance.expected:.2f}, so that they "
            f"share {pair.distance.likeness:.2f} where at least {pair.needed_likeness:.2f} is needed"
        )
    if pair.centred is not None and pair.centred[0] < LEAST_CENTRED and pair.overlap.value >= 0.8:
        return (
            f"{found}, but {pair.centred[0]:.2f} ± {pair.centred[1]:.2f} once the uniform part of both is "
            f"taken out, where at least {LEAST_CENTRED:.2f} is needed"
        )
    return f"{found} where at least {pair.needed_overlap:.2f} is needed"


def _inexact(tvd: float, names: str, sigmas: float) -> str:
    return (
        f"noiseless engine, yet TVD {tvd:.2f} from {names} is {sigmas:.1f} sigma above what sampling explains"
    )


def _names(evidence: Evidence, members: Sequence[int]) -> str:
    names = [evidence.replicas[j].name for j in members]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
