"""Circuits into each backend's native gates, from the cache where it has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from qiskit.transpiler import Target

from blocks.interruption import in_thread, stop_sandbox
from blocks.object_store import ObjectStore
from qorum.backends import BackendProfile
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.compilation import CompileItem, cache_key, compile_batch
from qorum.circuits.compiled import CompiledCircuit, decode, encode
from qorum.circuits.sandbox import shared
from qorum.circuits.targets import for_static, target_fingerprint
from qorum.errors import CircuitRejected, QorumError
from qorum.ledger.jobs import Order
from qorum.runs.experiments import Definition, RunOptions
from qorum.runs.stages import Compilation
from tasks.progress import Progress

SECONDS_EACH = 10.0
"""A circuit that takes longer to compile is given up."""


@task(cache_policy=NO_CACHE, task_run_name="compile {definition.experiment_id}")
async def compile_orders(
    orders: Sequence[Order],
    accepted: Mapping[str, AcceptedCircuit],
    profiles: Mapping[str, BackendProfile],
    definition: Definition,
    store: ObjectStore,
) -> Compilation:
    """Compile each ordered circuit once for each target; backends of one target share the result."""
    found: dict[tuple[str, str], CompiledCircuit | CircuitRejected] = {}
    for group in _by_target(orders, accepted, profiles):
        circuits = {digest: accepted[digest] for digest, _ in group.pairs}
        async with Progress("compile", len(circuits)) as advance:
            compiled = await in_thread(
                stop_sandbox, _compile, circuits, group, definition.options, store, advance
            )
        found |= {pair: compiled[pair[0]] for pair in group.pairs}
    return Compilation(found)


@dataclass(frozen=True)
class _Group:
    """What is compiled for one target, as (digest, backend)."""

    target: Target
    calibration_id: str | None
    pairs: list[tuple[str, str]]


def _by_target(
    orders: Sequence[Order], accepted: Mapping[str, AcceptedCircuit], profiles: Mapping[str, BackendProfile]
) -> list[_Group]:
    groups: dict[tuple[str, str | None], _Group] = {}
    targets = {
        (backend, dynamic): profiles[backend].target if dynamic else for_static(profiles[backend].target)
        for backend in {order.backend for order in orders}
        for dynamic in (False, True)
    }
    for order in orders:
        target = targets[order.backend, accepted[order.digest].spec.dynamic]
        calibration_id = profiles[order.backend].calibration_id
        key = target_fingerprint(target), calibration_id
        group = groups.setdefault(key, _Group(target, calibration_id, []))
        group.pairs.append((order.digest, order.backend))
    return list(groups.values())


def _compile(
    circuits: Mapping[str, AcceptedCircuit],
    group: _Group,
    options: RunOptions,
    store: ObjectStore,
    advance: Callable[[int], None],
) -> dict[str, CompiledCircuit | CircuitRejected]:
    level, seed = options.optimization_level, options.seed
    keys = {digest: cache_key(digest, group.target, group.calibration_id, level, seed) for digest in circuits}
    known = _cached(keys, store)
    fresh = [
        CompileItem(accepted.spec.name, digest, accepted.qpy)
        for digest, accepted in circuits.items()
        if digest not in known
    ]
    outcomes = compile_batch(
        fresh,
        group.target,
        level,
        shared(),
        advance,
        seed=seed,
        calibration_id=group.calibration_id,
        seconds=SECONDS_EACH,
    )
    compiled = dict(zip((item.digest for item in fresh), outcomes, strict=True))
    store.put_cache(
        {
            f"compiled/{keys[digest]}": encode(outcome)
            for digest, outcome in compiled.items()
            if isinstance(outcome, CompiledCircuit)
        }
    )
    return {**known, **compiled}


def _cached(keys: Mapping[str, str], store: ObjectStore) -> dict[str, CompiledCircuit]:
    """What the cache has, by digest. What is damaged, another's or of another release is compiled again."""
    stored = store.get_many([f"compiled/{key}" for key in keys.values()])
    known: dict[str, CompiledCircuit] = {}
    for digest, key in keys.items():
        if found := stored.get(f"compiled/{key}"):
            try:
                known[digest] = decode(found, key)
            except QorumError as error:
                get_run_logger().warning("%s is compiled again: %s", digest[:12], error)
    return known
