"""One process for all jobs at vendors that runs wait for."""

from __future__ import annotations

from prefect import flow

from blocks.object_store import open_store
from flows.requests import WatchJobsRequest, takes
from qorum.findings import Findings
from qorum.ledger.watch_report import WatchReport
from tasks.watch import watch


@flow(name="watch-jobs", validate_parameters=True)
@takes(WatchJobsRequest)
async def watch_jobs() -> Findings[WatchReport]:
    """Ask vendors about the jobs of all runs that wait, store what they bring, and have the runs go on.

    It is started by each run that begins to wait, and ends when none does any more. A run that was cancelled
    while it waited has its jobs cancelled at their vendors.

    Returns:
        `jobs` asked about, runs `resumed` and `cancelled`.
    """
    return Findings(await watch(open_store()))


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("watch_jobs"))
