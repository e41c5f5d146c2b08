"""What Prefect's UI shows of a training: one of each kind, kept up to date."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from prefect import flow, get_client
from prefect.artifacts import MarkdownArtifact, ProgressArtifact
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact
from prefect.runtime import flow_run

from blocks.object_store import open_store
from blocks.trainings import Orders
from flows.train_vqe import train_vqe
from tasks.train._artifacts import Artifacts
from tests.flows.trainings.asked import ADAM


async def artifacts(flow_run_id: str) -> dict[str | None, Artifact]:
    """Of a flow run, by their keys; more than one of a key fails."""
    async with get_client() as client:
        wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(flow_run_id)]))
        found = await client.read_artifacts(artifact_filter=wanted)
    by_key = {one.key: one for one in found}
    assert len(by_key) == len(found), [one.key for one in found]
    return by_key


async def test_a_page_and_a_bar_stay_one_each_over_changes_processes_and_deletion(home: Path):
    @flow
    async def shows() -> str:
        for _ in range(2):  # as a process does, and the one that goes on after it in the same flow run
            shown = Artifacts()
            for percent in (10.0, 20.0, 20.0, 30.0):
                page = MarkdownArtifact(key="page", markdown=f"# {percent}", description=f"at {percent}")
                await shown.show(page)
                await shown.show(ProgressArtifact(key="bar", progress=percent, description="steps"))
        found = await artifacts(flow_run.id)
        assert (found["page"].data, found["page"].description) == ("# 30.0", "at 30.0")
        assert found["bar"].data == 30
        async with get_client() as client:
            await client.delete_artifact(found["page"].id)
        await shown.show(MarkdownArtifact(key="page", markdown="again", description="deleted by somebody"))
        return flow_run.id

    found = await artifacts(await shows())
    assert found["page"].data == "again"


async def test_a_training_has_one_page_with_its_curve(home: Path):
    await train_vqe(**ADAM, training_id="one", max_steps=3)
    beat = Orders(open_store(), "one").last_beat()
    assert beat is not None
    page = (await artifacts(beat.flow_run_id))["training"]
    assert "after 3 steps" in str(page.description)
    assert "data:image/png;base64," in str(page.data)
