"""One batch of compiled circuits on one backend, in this process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from prefect import task
from prefect.logging import get_run_logger
from qiskit import QuantumCircuit

from blocks.backends import load_backend
from blocks.backends._base import BackendBlock
from blocks.job_results import read_result, write_result
from blocks.object_store import ObjectStore
from qorum.circuits.compilation import decode
from qorum.errors import BackendFailed, QorumError
from qorum.ledger.jobs import Job, JobResult
from qorum.results.counts import Counts


@task(task_run_name="execute {job.backend} step {job.step}")
async def execute(job: Job, circuits: Mapping[str, QuantumCircuit], store: ObjectStore) -> JobResult:
    """Run the job and store its result, unless that is stored already.

    Args:
        job: what to run.
        circuits: compiled circuits by key, as far as they are at hand; the rest is read from `store`.
    """
    if (stored := await asyncio.to_thread(read_result, job, store)) is not None:
        get_run_logger().info("%s, step %d: stored already, not run again", job.backend, job.step)
        return stored
    brought = await asyncio.to_thread(_run, job, circuits, store)
    result = await asyncio.to_thread(write_result, job, brought, store)
    failed = sum(isinstance(outcome, str) for outcome in result.outcomes)
    get_run_logger().info(
        "%s ran %d circuits of %d shots in %.2f s%s",
        *(job.backend, len(job.digests), job.shots, result.seconds),
        f"; {failed} failed" if failed else "",
    )
    return result


def _run(job: Job, circuits: Mapping[str, QuantumCircuit], store: ObjectStore) -> JobResult:
    backend = load_backend(job.backend)
    missing = {key: f"compiled/{key}" for key in job.compiled if key not in circuits}
    objects = store.get_many(list(missing.values()))
    if lost := missing.values() - objects.keys():
        raise QorumError(
            f"{len(lost)} of {len(job.compiled)} compiled circuits are not in {store.url};"
            " workers and callers need the same QORUM_STORE"
        )
    ready = {**circuits, **{key: decode(objects[place]).circuit for key, place in missing.items()}}
    started = time.perf_counter()
    outcomes = _sample(backend, [ready[key] for key in job.compiled], job.shots, job.seeds)
    seconds = time.perf_counter() - started
    price = backend.profile().price
    return JobResult(job.token, tuple(outcomes), seconds, price.of(len(job.digests), job.shots))


def _sample(
    backend: BackendBlock, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]
) -> list[Counts | str]:
    """Counts, or the reason of a failure; a failing batch is halved until its culprit stands alone."""
    try:
        return list(backend.run(circuits, shots, seeds))
    except BackendFailed as failure:
        if len(circuits) == 1:
            return [failure.reason]
        half = len(circuits) // 2
        return [
            *_sample(backend, circuits[:half], shots, seeds[:half]),
            *_sample(backend, circuits[half:], shots, seeds[half:]),
        ]
