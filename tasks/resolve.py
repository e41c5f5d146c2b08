"""Jobs of which nobody can tell whether a vendor took them: listed, and decided by a person."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.object_store import ObjectStore
from blocks.submissions import Records, all_standings
from qorum.errors import QorumError
from qorum.ledger.held_report import HeldJob, HeldReport
from qorum.ledger.standing import Standing


@task(cache_policy=NO_CACHE, task_run_name="resolve held jobs of {experiment_id}")
async def resolve(
    store: ObjectStore, experiment_id: str, token: str, job_id: str, *, is_none: bool
) -> HeldReport:
    """List the held jobs whose tokens begin so; with a decision, put that on record for the one there is.

    Args:
        store: where the ledger is.
        experiment_id: the experiment or training.
        token: the first digits of the job's token; empty: all.
        job_id: the vendor's job that it is; empty: not known.
        is_none: whether a person looked and the vendor has no such job: it may be submitted again.

    Raises:
        QorumError: a decision for no job, for several, or two of them; or it was decided or found meanwhile.
    """
    if job_id and is_none:
        raise QorumError("either the vendor's job id or that there is none expected, found both")
    jobs = [
        job
        for standing in await asyncio.to_thread(all_standings, store, experiment_id)
        if (job := _held(standing)) is not None and job.token.startswith(token)
    ]
    if job_id or is_none:
        if len(jobs) != 1:
            raise QorumError(
                f"one held job of {experiment_id} expected, found {len(jobs)} whose token begins with"
                f" {token!r}: name the one that is decided by the first digits of its token"
            )
        records = Records(store, experiment_id, jobs[0].token)
        now = datetime.now(UTC)
        if job_id:
            await asyncio.to_thread(records.adopt, job_id, now)
        else:
            await asyncio.to_thread(records.free, now, again=True)
        decision = f"it is the vendor's {job_id}" if job_id else "there is none: it may be submitted again"
        jobs = [jobs[0].model_copy(update={"decision": decision})]
    for job in jobs:
        get_run_logger().info("%s, job %s: %s", job.backend, job.token[:12], job.decision or job.reason)
    await acreate_table_artifact(
        [job.model_dump(mode="json") for job in jobs],
        key="held",
        description=f"jobs of {experiment_id} of which nobody can tell whether their vendor took them",
    )
    return HeldReport(experiment_id=experiment_id, jobs=tuple(jobs))


def _held(standing: Standing) -> HeldJob | None:
    held, intent = standing.held, standing.intent
    if held is None or intent is None:
        return None
    return HeldJob(
        token=intent.token,
        backend=intent.backend,
        place=intent.place,
        since=held.since,
        most_usd=sum(standing.owed.values()),
        reason=held.reason,
    )
