"""Results of jobs in the object store: what is there is not run again."""

from __future__ import annotations

import json

from blocks.object_store import ObjectStore
from blocks.submissions import all_standings
from qorum.errors import QorumError
from qorum.ledger.budget import Purse
from qorum.ledger.jobs import REQUEST, Job, JobResult


def read_result(job: Job, store: ObjectStore) -> JobResult | None:
    """What the job brought when it was run before, if it was."""
    found = store.get_many([job.result_key])
    return _result_of(job, found[job.result_key], store) if found else None


def stored_keys(experiment_id: str, store: ObjectStore) -> set[str]:
    """Where results of an experiment's jobs are, or of a training's."""
    places = store.list(f"results/{experiment_id}/jobs/")
    return {place for place in places if not place.endswith(REQUEST)}


def open_purse(experiment_id: str, max_cost_usd: float, store: ObjectStore) -> Purse:
    """The purse of an experiment or training: what its stored jobs were charged is spent already.

    What vendors were asked for and has no stored result yet is set aside, or spent.
    """
    spent: dict[str, float] = {}
    if not max_cost_usd:
        return Purse(0.0)
    for place, stored in store.get_many(sorted(stored_keys(experiment_id, store))).items():
        spent |= _result(stored, f"{store.url}/{place}").charged_usd
    standings = all_standings(store, experiment_id)
    for standing in standings:
        spent = {**standing.spent, **spent}
    purse = Purse(max_cost_usd, spent)
    for standing in standings:
        for purchase, usd in standing.owed.items():
            purse.owe(purchase, usd)
    return purse


def write_result(job: Job, result: JobResult, store: ObjectStore) -> JobResult:
    """Keep what the job brought, if it is final. Of two workers that ran it the first one's result stands:
    returned."""
    if not result.is_final or store.create_only(job.result_key, json.dumps(result.to_json()).encode()):
        return result
    return _result_of(job, store.get(job.result_key), store)


def _result_of(job: Job, stored: bytes, store: ObjectStore) -> JobResult:
    place = f"{store.url}/{job.result_key}"
    result = _result(stored, place)
    if result.token != job.token or len(result.outcomes) != job.num_outcomes:
        raise QorumError(f"the result of job {job.token} expected in {place}, found another's; delete it")
    return result


def _result(stored: bytes, place: str) -> JobResult:
    try:
        return JobResult.from_json(json.loads(stored))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise QorumError(
            f"a result of a job, of this release, expected in {place}, found something else ({error!r}); "
            "delete it, or choose another experiment id"
        ) from error
