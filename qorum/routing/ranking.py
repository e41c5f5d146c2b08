"""Which backends run which circuit: hard filters, then rank, then as unlike ones as there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from qorum.backends import BackendProfile, Billed
from qorum.ledger.budget import Purse
from qorum.ledger.charges import Tab
from qorum.routing.assignments import Assignment, RouteRequest, Score
from qorum.routing.foresight import foresee
from qorum.routing.freshness import Freshness
from qorum.routing.runtimes import BatchLoad, Prediction, RuntimeModel

Objective = Literal["fidelity", "time", "cost"]

SLOW_SECONDS = 3.0
SLOW_RATIO = 5.0
"""Once two engines are chosen, what takes longer than this, and so much longer than they, stands by."""

__all__ = ["Assignment", "Objective", "RouteRequest", "Score", "route"]


def route(
    requests: Sequence[RouteRequest],
    profiles: Sequence[BackendProfile],
    *,
    replicas: int,
    shots: int,
    objective: Objective,
    max_cost_usd: float,
    requested: Sequence[str],
    offline: Mapping[str, str],
    runtimes: RuntimeModel,
    freshness: Freshness | None = None,
) -> list[Assignment]:
    """Assign backends to every circuit of a run.

    What cannot run a circuit, or may not, is left out with its reason. The rest is ranked by the
    objective; ties fall to fidelity, then time, then cost, then the name. Time is what is foreseen, the
    same in every run; only the objective `time` goes by learned times. Of the ranked, each replica takes
    the best of a provider that has none yet, else of an engine that has none yet, else the best; never a
    device twice, and none that is very slow once two engines are there. The budget is one for the whole
    run: each chosen backend's cost is taken from it, in the order of the circuits.

    Args:
        requests: the circuits.
        profiles: the backends that are at hand.
        replicas: backends wanted for each circuit, at least 1.
        shots: samples of each circuit on each backend.
        objective: what to rank by.
        max_cost_usd: the most that the run may cost in USD; 0 leaves paid backends out.
        requested: names of the backends that may be used; empty for all but noisy simulators.
        offline: why backends cannot be had, by name.
        runtimes: predicts run times.
        freshness: how old calibrations may be; None: as old as they are.

    Returns:
        One assignment for each request, in order. One with nothing chosen tells in `excluded` why.
    """
    barred = _barred(profiles, requested, offline, shots, freshness)
    usable = [
        _Candidate(profile, shots, runtimes, objective, profile.name in set(requested))
        for profile in profiles
        if profile.name not in barred
    ]
    purse, tab = Purse(max_cost_usd), Tab()
    return [_assign(request, usable, barred, purse, tab, replicas, objective) for request in requests]


def _too_dear(cost: float, purse: Purse) -> str | None:
    if purse.can_reserve(cost):
        return None
    return (
        f"costs up to {cost:.4f} USD, {purse.left_usd:.4f} of the budget's "
        f"{purse.limit_usd:.4f} USD are left; raise max_cost_usd"
    )


@dataclass(frozen=True)
class _Candidate:
    """A backend that no circuit of the run is barred from beforehand."""

    profile: BackendProfile
    shots: int
    runtimes: RuntimeModel
    objective: Objective
    named: bool

    def refusal(self, request: RouteRequest) -> str | None:
        profile = self.profile
        if profile.specialized and not (self.named or request.demanding):
            return "suits some circuits only: considered by name, or where others take long"
        if request.num_qubits > profile.num_qubits:
            return f"takes {profile.num_qubits} qubits, the circuit has {request.num_qubits}"
        if request.dynamic and not profile.dynamic:
            return "runs no mid-circuit measurement, reset or branch, the circuit has one"
        if profile.clifford_only and not request.clifford:
            return "takes only Clifford circuits, the circuit has other gates"
        if self.named:
            return None
        most, bond = profile.largest_bond, request.bond
        if most is not None and bond is not None and bond > most:
            return f"keeps up to {most} bits of entanglement across a cut, the circuit may have {bond}"
        return None

    def score(self, request: RouteRequest, tab: Tab) -> Score:
        profile = self.profile
        cost = 0.0 if profile.price.is_free else tab.adds(profile.name, profile, self.billed(request))
        if self.objective == "time":
            seconds = profile.queue_wait + profile.load_seconds + self._run_time(request).seconds
        else:
            circuit = request.num_qubits, request.size
            seconds = foresee(profile, *circuit, self.shots, forks=request.forks, bond=request.bond)
        return Score(_fidelity(profile, request), seconds, cost)

    def billed(self, request: RouteRequest) -> Billed:
        """The circuit as a vendor counts it at most."""
        if self.profile.price.is_free:
            return Billed(self.shots)
        gates = request.one_qubit_gates, request.two_qubit_gates
        bound = self.profile.time_bound
        if bound is None:
            return Billed(self.shots, self._run_time(request).high, *gates)
        return Billed(self.shots, bound.seconds(request.num_qubits, request.size.gates), *gates)

    def _run_time(self, request: RouteRequest) -> Prediction:
        workload = BatchLoad.of(self.profile, [(request.num_qubits, request.size)], self.shots)
        return self.runtimes.predict(workload)


def _fidelity(profile: BackendProfile, request: RouteRequest) -> float:
    """The estimated success; a noisy device that states no errors is unrated, not perfect."""
    if not profile.noisy:
        return 1.0
    stated = request.success.get(profile.name, 0.0)
    return stated if stated < 1.0 else 0.0


def _barred(
    profiles: Sequence[BackendProfile],
    requested: Sequence[str],
    offline: Mapping[str, str],
    shots: int,
    freshness: Freshness | None,
) -> dict[str, str]:
    """Backends that no circuit of the run may use, with the reason."""
    barred = dict(offline)
    allowed = set(requested)
    for profile in profiles:
        if profile.name in barred:
            continue
        if allowed and profile.name not in allowed:
            barred[profile.name] = "not among the backends asked for"
        elif not allowed and profile.noisy and profile.pool != "qpu":
            barred[profile.name] = "a noisy simulator runs only where it is asked for by name"
        elif shots > profile.max_shots:
            barred[profile.name] = f"takes {profile.max_shots} shots of a circuit, {shots} are asked"
        elif freshness and (stale := freshness.refusal(profile)):
            barred[profile.name] = stale
    known = {profile.name for profile in profiles}
    for name in requested:
        if name not in known:
            barred.setdefault(name, "asked for, but there is no such backend")
    return barred


def _assign(
    request: RouteRequest,
    usable: Sequence[_Candidate],
    barred: Mapping[str, str],
    purse: Purse,
    tab: Tab,
    replicas: int,
    objective: Objective,
) -> Assignment:
    named = {candidate.profile.name: candidate for candidate in usable}
    excluded = dict(barred)
    scores: dict[str, Score] = {}
    able: list[BackendProfile] = []
    for candidate in usable:
        refusal = candidate.refusal(request)
        if refusal:
            excluded[candidate.profile.name] = refusal
        else:
            scores[candidate.profile.name] = candidate.score(request, tab)
            able.append(candidate.profile)
    able.sort(key=lambda profile: _rank(profile.name, scores[profile.name], objective))
    chosen: list[BackendProfile] = []
    reserve: list[BackendProfile] = []
    while able:
        best = _most_unlike(able, [*chosen, *reserve])
        able.remove(best)
        cost = scores[best.name].cost_usd
        refusal = _same_device(best, [*chosen, *reserve]) or _too_dear(cost, purse)
        if refusal:
            excluded[best.name] = refusal
            del scores[best.name]
        elif len(chosen) < replicas and not _is_slow(best, chosen, scores):
            chosen.append(best)
            purse.reserve(f"{request.digest}/{best.name}", cost)
            tab.put(best.name, best, named[best.name].billed(request))
        else:
            reserve.append(best)
    return Assignment(
        digest=request.digest,
        objective=objective,
        chosen=tuple(profile.name for profile in chosen),
        reserve=tuple(profile.name for profile in reserve),
        scores=scores,
        excluded=excluded,
        note=_note(chosen, reserve, replicas),
    )


def _is_slow(profile: BackendProfile, chosen: Sequence[BackendProfile], scores: Mapping[str, Score]) -> bool:
    """Whether a simulator adds little but a long wait: two other engines are done long before."""
    if profile.pool == "qpu" or len({other.engine for other in chosen}) < 2:
        return False
    longest = max(scores[other.name].seconds for other in chosen)
    return scores[profile.name].seconds > max(SLOW_SECONDS, SLOW_RATIO * longest)


def _rank(name: str, score: Score, objective: Objective) -> tuple[float, float, float, float, str]:
    by: dict[Objective, float] = {
        "fidelity": -score.fidelity,
        "time": score.seconds,
        "cost": score.cost_usd,
    }
    return by[objective], by["fidelity"], by["time"], by["cost"], name


def _most_unlike(ranked: Sequence[BackendProfile], taken: Iterable[BackendProfile]) -> BackendProfile:
    """The first of `ranked` from a provider not in `taken`, else of an engine not in it, else the first."""
    providers = {profile.provider for profile in taken}
    engines = {profile.engine for profile in taken}
    return min(ranked, key=lambda profile: (profile.provider in providers, profile.engine in engines))


def _same_device(profile: BackendProfile, taken: Iterable[BackendProfile]) -> str | None:
    for other in taken:
        if (profile.engine, profile.device) == (other.engine, other.device):
            return f"the same device as {other.name}"
    return None


def _note(chosen: Sequence[BackendProfile], reserve: Sequence[BackendProfile], replicas: int) -> str:
    engines = {profile.engine for profile in chosen}
    if not chosen:
        return "no backend can run it"
    if replicas > 1 and len(chosen) == 1:
        return f"{replicas} replicas asked, 1 backend eligible: the result cannot be verified"
    if len(chosen) > 1 and len(engines) == 1:
        return f"all replicas share the engine {engines.pop()} and its bugs"
    if len(chosen) < replicas:
        slow = "; others would take much longer and stand by" if reserve else ""
        return f"{replicas} replicas asked, {len(chosen)} backends eligible{slow}"
    return ""
