"""Results of jobs in the object store: what is there is not run again."""

from __future__ import annotations

import json

from blocks.object_store import ObjectStore
from qorum.ledger.budget import Purse
from qorum.ledger.jobs import REQUEST, Job, JobResult
from qorum.runs.experiments import Definition


def read_result(job: Job, store: ObjectStore) -> JobResult | None:
    """What the job brought when it was run before, if it was."""
    found = store.get_many([job.result_key])
    return JobResult.from_json(json.loads(found[job.result_key])) if found else None


def open_purse(definition: Definition, store: ObjectStore) -> Purse:
    """The experiment's purse: what its stored jobs were charged is spent already."""
    spent: dict[str, float] = {}
    if definition.options.max_cost_usd:
        places = store.list(f"results/{definition.experiment_id}/jobs/")
        results = [place for place in places if not place.endswith(REQUEST)]
        for stored in store.get_many(results).values():
            spent |= JobResult.from_json(json.loads(stored)).charged_usd
    return Purse(definition.options.max_cost_usd, spent)


def write_result(job: Job, result: JobResult, store: ObjectStore) -> JobResult:
    """Keep what the job brought. Of two workers that ran it the first one's result stands: returned."""
    if store.create_only(job.result_key, json.dumps(result.to_json()).encode()):
        return result
    return JobResult.from_json(json.loads(store.get(job.result_key)))
