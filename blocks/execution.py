"""The one way to execute a job, here or at a vendor: under all guards, and saying what was charged."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from blocks.backends import load_backend
from blocks.batches import Batch, run_batch
from blocks.object_store import ObjectStore
from blocks.remote_jobs import circuits_of, run_remote
from blocks.settings import settings
from blocks.submissions import Around
from qorum.circuits.compiled import CompiledCircuit
from qorum.ledger.charges import charged
from qorum.ledger.jobs import Job, JobResult
from qorum.ledger.limits import limits_of


def execute(
    job: Job,
    circuits: Mapping[str, CompiledCircuit],
    store: ObjectStore,
    on_progress: Callable[[int], None] | None = None,
    around: Around | None = None,
) -> JobResult:
    """Run a run's job on its backend; what it brought says what was charged, and is not stored yet.

    Args:
        job: what to run.
        circuits: compiled circuits by key, as far as they are at hand; the rest is read from `store`.
        store: where the compile cache is.
        on_progress: see `run_batch`.
        around: how a job at a vendor is waited for, and stopped.

    Raises:
        QorumError: compiled circuits are missing, or the ledger cannot be trusted.
    """
    ready = circuits_of(job.compiled, circuits, store)
    batch = Batch(job.backend, ready, job.seeds, job.shots)
    return run_job(batch, on_progress, job, store, around)


def run_job(
    batch: Batch,
    on_progress: Callable[[int], None] | None,
    job: Job,
    store: ObjectStore | None = None,
    around: Around | None = None,
) -> JobResult:
    """Run the batch that a job asks for; nothing is reserved or stored here, but what the ledger keeps.

    Args:
        batch: its circuits.
        on_progress: see `run_batch`.
        job: what is asked.
        store: where the ledger is; a vendor gets nothing without one.
        around: how a job at a vendor is waited for, and stopped.
    """
    backend = load_backend(job.backend)
    if backend.remote is not None:
        limits = limits_of(settings().monthly_limits, job.backend, backend.short_name)
        return run_remote(batch, job, backend.remote, store, around, limits)
    found = run_batch(batch, on_progress)
    result = JobResult(job.token, found.outcomes, found.seconds, {})
    return charged(job, result, batch.circuits, backend.profile().price)
