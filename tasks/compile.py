"""Circuits into each backend's native gates, from the cache where it has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from prefect import task

from blocks.object_store import ObjectStore
from qorum.backends import BackendProfile
from qorum.circuits.compilation import CompileItem, cache_key, compile_batch
from qorum.circuits.compiled import CompiledCircuit, decode, encode
from qorum.circuits.sandbox import shared
from qorum.circuits.spec import AcceptedCircuit
from qorum.circuits.targets import target_fingerprint
from qorum.errors import CircuitRejected
from qorum.experiments import Definition, RunOptions
from qorum.ledger.jobs import Order
from qorum.stages import Compilation
from tasks.progress import Progress

SECONDS_EACH = 10.0
"""A circuit that takes longer to compile is given up."""


@task(task_run_name="compile {definition.experiment_id}")
async def compile_orders(
    orders: Sequence[Order],
    accepted: Mapping[str, AcceptedCircuit],
    profiles: Mapping[str, BackendProfile],
    definition: Definition,
    store: ObjectStore,
) -> Compilation:
    """Compile each ordered circuit once for each target; backends of one target share the result."""
    found: dict[tuple[str, str], CompiledCircuit | CircuitRejected] = {}
    for sharing in _by_target(orders, profiles):
        digests = list(dict.fromkeys(order.digest for order in orders if order.backend in sharing))
        circuits = {digest: accepted[digest] for digest in digests}
        async with Progress("compile", len(digests)) as advance:
            compiled = await asyncio.to_thread(
                _compile, circuits, profiles[sharing[0]], definition.options, store, advance
            )
        found |= {(digest, backend): compiled[digest] for backend in sharing for digest in digests}
    return Compilation(found)


def _by_target(orders: Sequence[Order], profiles: Mapping[str, BackendProfile]) -> list[list[str]]:
    groups: dict[tuple[str, str | None], list[str]] = {}
    for backend in dict.fromkeys(order.backend for order in orders):
        profile = profiles[backend]
        key = (target_fingerprint(profile.target), profile.calibration_id)
        groups.setdefault(key, []).append(backend)
    return list(groups.values())


def _compile(
    circuits: Mapping[str, AcceptedCircuit],
    profile: BackendProfile,
    options: RunOptions,
    store: ObjectStore,
    advance: Callable[[int], None],
) -> dict[str, CompiledCircuit | CircuitRejected]:
    level, seed = options.optimization_level, options.seed
    places = {
        digest: f"compiled/{cache_key(digest, profile.target, profile.calibration_id, level, seed)}"
        for digest in circuits
    }
    stored = store.get_many(places.values())
    known = {digest: decode(stored[place]) for digest, place in places.items() if place in stored}
    fresh = [
        CompileItem(accepted.spec.name, digest, accepted.circuit)
        for digest, accepted in circuits.items()
        if digest not in known
    ]
    outcomes = compile_batch(
        fresh,
        profile.target,
        level,
        shared(),
        advance,
        seed=seed,
        calibration_id=profile.calibration_id,
        seconds=SECONDS_EACH,
    )
    compiled = dict(zip((item.digest for item in fresh), outcomes, strict=True))
    store.put_many(
        {
            places[digest]: encode(outcome)
            for digest, outcome in compiled.items()
            if isinstance(outcome, CompiledCircuit)
        }
    )
    return {**known, **compiled}
