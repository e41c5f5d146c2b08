"""Circuits into each backend's native gates, from the cache where it has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from prefect import task

from blocks.object_store import ObjectStore
from qorum.backends import BackendProfile
from qorum.circuits.compilation import (
    CompiledCircuit,
    CompileItem,
    cache_key,
    compile_batch,
    decode,
    encode,
    target_fingerprint,
)
from qorum.circuits.sandbox import shared
from qorum.circuits.spec import AcceptedCircuit
from qorum.errors import CircuitRejected
from qorum.experiments import Definition, RunOptions
from qorum.ledger.jobs import Order
from qorum.stages import Compilation
from tasks.progress import Progress


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
    keys = {
        digest: cache_key(digest, profile.target, profile.calibration_id, level, seed) for digest in circuits
    }
    cached = store.get_many([f"compiled/{key}" for key in keys.values()])
    done = {digest: decode(cached[place]) for digest, key in keys.items() if (place := f"compiled/{key}") in cached}
    fresh = [CompileItem(keys[digest], circuits[digest].circuit) for digest in circuits if digest not in done]
    compiled = compile_batch(fresh, profile.target, optimization_level=level, seed=seed, on_progress=advance)
    by_key = dict(zip((item.key for item in fresh), compiled, strict=True))
    store.put_many({
        f"compiled/{key}": encode(result) for key, result in by_key.items() if isinstance(result, CompiledCircuit)
    })
    return {digest: done.get(digest) or by_key[key] for digest, key in keys.items()}
