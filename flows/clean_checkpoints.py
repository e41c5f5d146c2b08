"""Old checkpoints are removed; what a training needs to go on is kept."""

from __future__ import annotations

from typing import Annotated

from prefect import flow

from blocks.object_store import open_store
from qorum.parameters import form_field
from qorum.runs.report import Findings
from tasks.clean import clean_old

Age = Annotated[
    str,
    form_field(
        "Older than",
        "Trainings last heard of so long ago: a number and m, h, d or w, e.g. 7d.",
        pattern=r"^\d{1,6}[mhdw]$",
    ),
]
DryRun = Annotated[bool, form_field("Dry run", "Only tell what would be removed.")]


@flow(name="clean-checkpoints", validate_parameters=True)
async def clean_checkpoints(older_than: Age = "7d", dry_run: DryRun = False) -> Findings:
    """Remove old checkpoints.

    The newest good checkpoint of every training stays, with all that it refers to; so do definitions,
    moves and results.

    Returns:
        `trainings`: for each its id, how many objects were removed and kept, and why.
    """
    done = await clean_old(open_store(), older_than, dry_run)
    return Findings({"trainings": [vars(one) for one in done]})


if __name__ == "__main__":
    from flows.training_command_line import clean

    raise SystemExit(clean())
