"""What Prefect's UI shows of a training: one of each kind, kept up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from prefect import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import Artifact

from blocks.object_store import open_store
from blocks.trainings import Orders
from flows.train_vqe import train_vqe
from tasks.train import _showing
from tests.flows.trainings.asked import SMALL

ENDLESS = "adam?learning_rate=1e-4&value_tolerance=0&gradient_tolerance=0"


async def artifacts(training_id: str) -> dict[str | None, list[Artifact]]:
    """Of the flow run that has last given a sign of life, by their keys."""
    beat = Orders(open_store(), training_id).last_beat()
    if beat is None:
        return {}
    async with get_client() as client:
        wanted = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[beat.flow_run_id]))
        found = await client.read_artifacts(artifact_filter=wanted)
    return {key: [one for one in found if one.key == key] for key in {one.key for one in found}}


async def test_a_run_has_one_curve_and_one_bar_however_often_they_change(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_showing, "REFRESH_SECONDS", 0.1)
    monkeypatch.setattr(_showing, "CURVE_SECONDS", 0.2)
    asked = {**SMALL, "optimizer": ENDLESS, "checkpoint_every": 0}
    training = train_vqe(**asked, training_id="one", max_steps=300)
    running = asyncio.create_task(training)
    pages, bars = set[str | None](), set[float]()
    while not running.done():
        await asyncio.sleep(0.1)
        found = await artifacts("one")
        assert all(len(of_one_kind) == 1 for of_one_kind in found.values())
        pages |= {one.description for one in found.get("training", ())}
        bars |= {float(str(one.data)) for one in found.get("train", ())}
    report = await running
    found = await artifacts("one")
    [page], [bar] = found["training"], found["train"]
    assert min(len(pages), len(bars)) >= 3, "it was shown while it ran"
    assert f"after {report['steps']} steps" in str(page.description)
    assert "data:image/png;base64," in str(page.data)
    assert float(str(bar.data)) == 100
