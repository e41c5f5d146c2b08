"""Results of jobs in the object store: what is there is not run again."""

from __future__ import annotations

import json

from blocks.object_store import ObjectStore
from qorum.errors import QorumError
from qorum.ledger.budget import Purse
from qorum.ledger.jobs import REQUEST, Job, JobResult
from qorum.runs.experiments import Definition


def read_result(job: Job, store: ObjectStore) -> JobResult | None:
    """What the job brought when it was run before, if it was."""
    found = store.get_many([job.result_key])
    return _result_of(job, found[job.result_key], store) if found else None


def open_purse(definition: Definition, store: ObjectStore) -> Purse:
    """The experiment's purse: what its stored jobs were charged is spent already."""
    spent: dict[str, float] = {}
    if definition.options.max_cost_usd:
        places = store.list(f"results/{definition.experiment_id}/jobs/")
        results = [place for place in places if not place.endswith(REQUEST)]
        for place, stored in store.get_many(results).items():
            spent |= _result(stored, f"{store.url}/{place}").charged_usd
    return Purse(definition.options.max_cost_usd, spent)


def write_result(job: Job, result: JobResult, store: ObjectStore) -> JobResult:
    """Keep what the job brought. Of two workers that ran it the first one's result stands: returned."""
    if store.create_only(job.result_key, json.dumps(result.to_json()).encode()):
        return result
    return _result_of(job, store.get(job.result_key), store)


def _result_of(job: Job, stored: bytes, store: ObjectStore) -> JobResult:
    place = f"{store.url}/{job.result_key}"
    result = _result(stored, place)
    if result.token != job.token or len(result.outcomes) != len(job.digests):
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
