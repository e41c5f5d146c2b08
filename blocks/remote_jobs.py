"""A job of a backend whose jobs run at a vendor: through the ledger, for runs and trainings alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

from blocks.batches import Batch
from blocks.object_store import ObjectStore
from blocks.submissions import Around, Asked, Carried, Months, Prepared, Records, carry
from qorum.circuits.compiled import CompiledCircuit, decode
from qorum.errors import (
    BackendFailed,
    BudgetExceeded,
    JobUnfinished,
    JobWaiting,
    MonthlyLimitReached,
    QorumError,
)
from qorum.ledger.budget import Purse
from qorum.ledger.jobs import Failure, Job, JobResult, Outcome
from qorum.ledger.limits import Limit
from qorum.ledger.records import Submitted, request_hash
from qorum.remote import RemoteBackend
from qorum.results.answers import judged

_probed: set[str] = set()
"""Stores that were found in this process to create an object only once."""


def circuits_of(
    keys: Sequence[str], at_hand: Mapping[str, CompiledCircuit], store: ObjectStore
) -> list[CompiledCircuit]:
    """Compiled circuits by their keys, from the compile cache where they are not at hand.

    Raises:
        QorumError: some are missing or damaged.
    """
    missing = {key: f"compiled/{key}" for key in keys if key not in at_hand}
    objects = store.get_many(list(missing.values()))
    if lost := missing.values() - objects.keys():
        raise QorumError(
            f"{len(lost)} of {len(keys)} compiled circuits are not in {store.url};"
            " workers and callers need the same QORUM_STORE"
        )
    ready = {**at_hand, **{key: decode(objects[place], key) for key, place in missing.items()}}
    return [ready[key] for key in keys]


def run_remote(
    batch: Batch,
    job: Job,
    remote: RemoteBackend,
    store: ObjectStore | None,
    around: Around | None,
    limits: Sequence[Limit] = (),
) -> JobResult:
    """Carry a job on until it brings its results, or why there are none; see `blocks.submissions.carry`.

    What cannot be told yet is no final result: whether a job was made, or what its results say. One that was
    cancelled when this begins is another attempt, whose charge is added.

    Args:
        batch: its circuits.
        job: what is asked, with what was reserved for it.
        remote: who takes it.
        store: where the ledger is; None: nothing is sent.
        around: clock, stop and log.
        limits: of the month, that hold for the backend.

    Raises:
        StorageUnfit: the ledger cannot be reached.
        QorumError: it is damaged, or of another request.
    """
    if store is None or batch.observable is not None:
        why = "jobs at a vendor need a store" if store is None else "this backend only samples: set shots"
        return _nothing(job, Failure(why, refused=True), 0.0)
    _trusted(store)
    purse, spent_usd = Purse(sum(job.most_usd)), 0.0
    for attempt in count(job.attempt):
        token = replace(job, attempt=attempt).token
        try:
            found = carry(
                _asked(batch, job, token, store),
                remote,
                Records(store, job.experiment_id, token),
                purse,
                around,
                Months(store, limits),
            )
        except JobUnfinished as error:
            return unfinished(job, str(error), waits=isinstance(error, JobWaiting))
        except (BudgetExceeded, MonthlyLimitReached, BackendFailed) as error:
            retryable = isinstance(error, BackendFailed) and error.retryable
            return _nothing(job, Failure(str(error), retryable, refused=True), spent_usd)
        spent_usd += found.charge.usd
        if not found.was_cancelled:
            return _result(batch, job, found, spent_usd)
    raise AssertionError("attempts do not end")


def at_vendor(job: Job, store: ObjectStore) -> Submitted | None:
    """Which of a vendor's jobs it is that has not ended, by the ledger alone; None where there is none."""
    for attempt in count(job.attempt):
        standing = Records(store, job.experiment_id, replace(job, attempt=attempt).token).read()
        if standing.intent is None or standing.result:
            return None
        if standing.submitted and not standing.ended:
            return standing.submitted
    raise AssertionError("attempts do not end")


def unfinished(job: Job, reason: str, *, waits: bool) -> JobResult:
    """What is told of a job of which more will be known later."""
    failures = (Failure(reason, retryable=True),) * job.num_outcomes
    return JobResult(job.token, failures, 0.0, {}, is_final=False, waits=waits)


def _trusted(store: ObjectStore) -> None:
    """
    Raises:
        StorageUnfit: it does not create an object only once.
    """
    if store.url not in _probed:
        store.probe()
        _probed.add(store.url)


def _asked(batch: Batch, job: Job, token: str, store: ObjectStore) -> Asked:
    at_hand = {circuit.key: circuit for circuit in batch.circuits}

    def prepare(keys: tuple[str, ...]) -> Prepared:
        circuits = circuits_of(keys, at_hand, store)
        bound = [circuit.circuit for circuit in circuits]
        if batch.values:
            pairs = zip(bound, batch.values, strict=True)
            bound = [circuit.assign_parameters(row) for circuit, row in pairs]
        known = [circuit.calibration_id for circuit in circuits]
        return Prepared(bound, request_hash(circuits, batch.values, batch.shots), known)

    return Asked(token, job.backend, job.compiled, job.shots, prepare, job.reserved_usd)


def _result(batch: Batch, job: Job, found: Carried, spent_usd: float) -> JobResult:
    if not found.job_id:
        return _nothing(job, Failure(found.failure, found.retryable, refused=True), spent_usd)
    if found.failure:
        failure = Failure(found.failure, found.retryable)
        return replace(_nothing(job, failure, spent_usd), is_final=not found.is_unreadable)
    outcomes: list[Outcome] = judged(found.counts, [one.circuit for one in batch.circuits], job.shots)
    return JobResult(job.token, tuple(outcomes), 0.0, _shared(job, spent_usd))


def _nothing(job: Job, failure: Failure, spent_usd: float) -> JobResult:
    """What was refused for now is not stored: the same job may be asked for again."""
    is_final = not (failure.refused and failure.retryable)
    outcomes = (failure,) * job.num_outcomes
    return JobResult(job.token, outcomes, 0.0, _shared(job, spent_usd), is_final)


def _shared(job: Job, usd: float) -> dict[str, float]:
    """What was charged, by purchases, as what was reserved for them."""
    most, names = sum(job.most_usd), job.purchases
    weights = job.most_usd if most else (1.0,) * len(names)
    shares = [usd * weight / sum(weights) for weight in weights]
    return dict(zip(names, shares, strict=True))
