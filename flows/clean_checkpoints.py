"""Old checkpoints are removed; what a training needs to go on is kept."""

from __future__ import annotations

from prefect import flow

from blocks.object_store import open_store
from blocks.trainings import CleaningReport
from flows.requests import CleanRequest, takes
from qorum.findings import Findings
from tasks.clean import clean_old


@flow(name="clean-checkpoints", validate_parameters=True)
@takes(CleanRequest)
async def clean_checkpoints(older_than: str, dry_run: bool) -> Findings[CleaningReport]:
    """Remove old checkpoints.

    The newest good checkpoint of every training stays, with all that it refers to; so do definitions,
    moves and results.

    Returns:
        `trainings`: for each its id, how many objects were removed and kept, and why.
    """
    done = await clean_old(open_store(), older_than, dry_run)
    return Findings(CleaningReport(trainings=tuple(done)))


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("clean_checkpoints"))
