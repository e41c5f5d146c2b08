"""Circuits into each backend's native gates, from the cache where it has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from qiskit.transpiler import Target

from blocks.compiling import compile_cached
from blocks.interruption import in_thread, stop_sandbox
from blocks.object_store import ObjectStore
from qorum.backends import BackendProfile
from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.compilation import CompileItem
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.targets import for_static, target_fingerprint
from qorum.errors import InputRejected
from qorum.ledger.jobs import Order
from qorum.runs.experiments import Definition, RunOptions
from qorum.runs.stages import Compilation
from tasks.progress import Progress


@task(cache_policy=NO_CACHE, task_run_name="compile {definition.experiment_id}")
async def compile_orders(
    orders: Sequence[Order],
    accepted: Mapping[str, AcceptedCircuit],
    profiles: Mapping[str, BackendProfile],
    definition: Definition,
    store: ObjectStore,
) -> Compilation:
    """Compile each ordered circuit once for each target; backends of one target share the result."""
    found: dict[tuple[str, str], CompiledCircuit | InputRejected] = {}
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
) -> dict[str, CompiledCircuit | InputRejected]:
    items = {
        digest: CompileItem(accepted.spec.name, digest, accepted.qpy) for digest, accepted in circuits.items()
    }
    return compile_cached(
        *(items, group.target, group.calibration_id),
        level=options.optimization_level,
        seed=options.seed,
        store=store,
        warn=get_run_logger().warning,
        on_progress=advance,
    )
