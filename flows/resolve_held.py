"""Jobs that a vendor may have taken or not: a person looks, and says so."""

from __future__ import annotations

from prefect import flow

from blocks.object_store import open_store
from flows.requests import ResolveHeldRequest, takes
from qorum.findings import Findings
from qorum.ledger.held_report import HeldReport
from tasks.resolve import resolve


@flow(name="resolve-held", validate_parameters=True)
@takes(ResolveHeldRequest)
async def resolve_held(experiment_id: str, token: str, job_id: str, none: bool) -> Findings[HeldReport]:
    """List the held jobs of an experiment or training, or decide one.

    Look at the vendor's page of jobs for one whose tag or metadata is the token. Then run the experiment
    again under its id: what was found is fetched, what is not there is submitted.

    Returns:
        `jobs`: for each its token, backend, place, since when it is held and why, and what was decided.

    Raises:
        QorumError: a decision that fits no job, or several.
    """
    return Findings(await resolve(open_store(), experiment_id, token, job_id, is_none=none))


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("resolve_held"))
