"""Which backends run which circuit, and why: decided once, stored, and shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from prefect import task
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.backends import SAVED, backend_types, load_backend
from blocks.object_store import ObjectStore
from blocks.referee import prepare
from blocks.run_times import add_run_times, read_run_times
from qorum.backends import BackendProfile
from qorum.circuits.accepted import AcceptedCircuit
from qorum.errors import NoEligibleBackend, QorumError
from qorum.routing.assignments import Assignment, RouteRequest, is_clifford
from qorum.routing.estimate import Estimate, estimate, lines, markdown
from qorum.routing.fidelity import estimate_success
from qorum.routing.foresight import bond_of, forks_of, is_demanding
from qorum.routing.freshness import Freshness
from qorum.routing.ranking import Objective
from qorum.routing.ranking import route as assign
from qorum.routing.runtimes import Observation
from qorum.runs.experiments import Definition, RunOptions
from qorum.runs.stages import Routing

OBJECTIVES: tuple[Objective, ...] = ("cost", "time", "fidelity")
"""What the estimate sets side by side."""

MAX_ROWS = 200
"""Candidates in the UI's table; the store keeps all of them."""

MAX_LINES = 20
"""Circuits whose decision the log tells."""


@task(cache_policy=NO_CACHE, task_run_name="route {definition.experiment_id}")
async def route(
    accepted: Mapping[str, AcceptedCircuit],
    definition: Definition,
    online: frozenset[str],
    store: ObjectStore,
) -> Routing:
    """Assign backends to every circuit. What was assigned to an experiment before, stays.

    Args:
        accepted: by digest.
        definition: what was asked for.
        online: pools whose jobs can be carried out.
        store: keeps the decision and the learned run times.
    """
    routing = await asyncio.to_thread(_route, accepted, definition, online, store)
    rows = [
        row
        for digest, assignment in routing.assignments.items()
        for row in _rows(accepted[digest].spec.name, assignment)
    ][:MAX_ROWS]
    await acreate_table_artifact(rows, key="routing", description=_headline(routing, definition))
    if routing.estimate is not None:
        page = markdown(routing.estimate)
        await acreate_markdown_artifact(page, key="estimate", description="what this run costs")
        for line in lines(routing.estimate):
            get_run_logger().info(line)
    for digest, assignment in list(routing.assignments.items())[:MAX_LINES]:
        get_run_logger().info("%s: %s", accepted[digest].spec.name, assignment.explain())
    return routing


@task(cache_policy=NO_CACHE, task_run_name="learn run times")
async def learn(observations: Sequence[Observation], store: ObjectStore) -> None:
    """Add the seconds that the batches took to what routing knows of this installation's backends."""

    await asyncio.to_thread(add_run_times, observations, store)


def _route(
    accepted: Mapping[str, AcceptedCircuit],
    definition: Definition,
    online: frozenset[str],
    store: ObjectStore,
) -> Routing:
    prepare(accepted.values())
    options = definition.options
    hints = {digest: _hints(circuit, options.shots) for digest, circuit in accepted.items()}
    demanding = any(found["demanding"] for found in hints.values())
    profiles, missing = _profiles(options.backends or _candidates(demanding))
    requested = tuple(profiles) if options.backends else ()
    offline = missing | {
        name: f"no worker of the pool {profile.pool} is online"
        for name, profile in profiles.items()
        if profile.pool not in online
    }
    key, runtimes = f"results/{definition.experiment_id}/routing.json", read_run_times(store)
    if stored := store.get_many([key]):
        _refuse_foreign(stored[key], accepted, f"{store.url}/{key}")
        place = f"results/{definition.experiment_id}/estimate.json"
        found = store.get_many([place])
        foreseen = Estimate.model_validate_json(found[place]) if found else None
        return Routing(profiles, _read(stored[key]), missing, requested, runtimes, foreseen)
    requests = [_request(circuit, profiles, hints[digest], options) for digest, circuit in accepted.items()]
    decide = partial(
        assign,
        requests,
        list(profiles.values()),
        replicas=options.replicas,
        shots=options.shots,
        max_cost_usd=options.max_cost_usd,
        requested=requested,
        offline=offline,
        runtimes=runtimes,
        freshness=_freshness(options),
    )
    assignments = decide(objective=options.objective)
    decided = {assignment.digest: assignment.to_json() for assignment in assignments}
    store.create_only(key, json.dumps(decided).encode())
    routing = Routing(profiles, _read(store.get(key)), missing, requested, runtimes)
    if not any(not profiles[name].price.is_free for one in assignments for name in one.scores):
        return routing
    choices = {one: assignments if one == options.objective else decide(objective=one) for one in OBJECTIVES}
    foreseen = estimate(requests, profiles, choices, options.objective, options.shots, runtimes)
    store.create_only(f"results/{definition.experiment_id}/estimate.json", foreseen.as_json().encode())
    return replace(routing, estimate=foreseen)


def _freshness(options: RunOptions) -> Freshness | None:
    hours = options.max_calibration_age_hours
    return None if hours is None else Freshness(hours, datetime.now(UTC))


def _refuse_foreign(stored: bytes, accepted: Mapping[str, AcceptedCircuit], place: str) -> None:
    """Raises `QorumError` if what is stored is no decision on these circuits."""
    decided = _read(stored)
    if (
        any(digest != assignment.digest for digest, assignment in decided.items())
        or accepted.keys() - decided
    ):
        raise QorumError(
            f"a decision on this experiment's circuits expected in {place}, found another; delete it"
        )


def _profiles(names: Iterable[str]) -> tuple[dict[str, BackendProfile], dict[str, str]]:
    """Profiles by name, and why others cannot be had.

    Two spellings of one backend, such as `aer` and `aer?method=statevector`, give one profile; a saved
    one keeps the name under which it is found again.
    """
    profiles: dict[str, BackendProfile] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            profile = load_backend(name).profile()
            if name.startswith(SAVED):
                profile = replace(profile, name=name)
            profiles[profile.name] = profile
        except NoEligibleBackend as error:
            missing |= error.reasons
        except Exception as error:  # noqa: BLE001 - a faulty backend is left out with its reason
            missing[name] = f"its profile cannot be read: {type(error).__name__}: {error}"
    return profiles, missing


def _candidates(demanding: bool) -> list[str]:
    """All local backends as they are; for demanding circuits also methods that suit some of them.

    A vendor is asked only by name: what a device is costs requests and tells the vendor of the run.
    """
    kinds = {
        name: kind
        for name, kind in backend_types().items()
        if not kind.not_installed() and not kind.is_remote
    }
    variants = [f"{name}?{options}" for name, kind in kinds.items() for options in kind.wide_variants]
    return [*kinds, *variants] if demanding else list(kinds)


def _hints(circuit: AcceptedCircuit, shots: int) -> dict[str, Any]:
    """What tells how hard a circuit is for the methods that there are; the bond only where it matters."""
    forks = forks_of(circuit.circuit) if circuit.spec.dynamic else 0
    demanding = is_demanding(circuit.spec.num_qubits, circuit.size, shots, forks)
    bond = bond_of(circuit.circuit) if demanding else None
    return {"demanding": demanding, "forks": forks, "bond": bond}


def _request(
    circuit: AcceptedCircuit,
    profiles: Mapping[str, BackendProfile],
    hints: Mapping[str, Any],
    options: RunOptions,
) -> RouteRequest:
    success = {
        name: estimate_success(circuit.circuit, profile.target)
        for name, profile in profiles.items()
        if profile.noisy
    }
    clifford_matters = any(
        profile.clifford_only and (hints["demanding"] or bool(options.backends))
        for profile in profiles.values()
    )
    return RouteRequest.of(
        circuit.spec,
        circuit.gates,
        circuit.size,
        success=success,
        clifford=clifford_matters and is_clifford(circuit.circuit),
        **hints,
    )


def _read(stored: bytes) -> dict[str, Assignment]:
    return {digest: Assignment.from_json(assignment) for digest, assignment in json.loads(stored).items()}


def _rows(circuit: str, assignment: Assignment) -> list[dict[str, str | float]]:
    """One circuit's candidates as the UI shows them: best first, then those left out."""
    chosen = assignment.chosen
    eligible = [
        (
            backend,
            f"{place}: {'chosen' if backend in chosen else 'in reserve'}",
            "",
            assignment.scores[backend],
        )
        for place, backend in enumerate((*chosen, *assignment.reserve), start=1)
    ]
    excluded = [(backend, "left out", reason, None) for backend, reason in assignment.excluded.items()]
    return [
        {
            "circuit": circuit,
            "backend": backend,
            "decision": decision,
            "fidelity": round(score.fidelity, 4) if score else "",
            "seconds": float(f"{score.seconds:.2g}") if score else "",
            "cost USD": round(score.cost_usd, 4) if score else "",
            "reason": reason,
            "digest": assignment.digest[:12],
        }
        for backend, decision, reason, score in [*eligible, *excluded]
    ]


def _headline(routing: Routing, definition: Definition) -> str:
    backends = dict.fromkeys(
        name for assignment in routing.assignments.values() for name in assignment.chosen
    )
    return (
        f"Candidates of {len(routing.assignments)} circuits ranked by {definition.options.objective};"
        f" chosen: {', '.join(backends) or 'none'}"
    )
