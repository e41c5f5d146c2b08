"""What a run leaves where others may read it."""

from __future__ import annotations

from pathlib import Path

from prefect.client.orchestration import get_client
from prefect.client.schemas.sorting import ArtifactSort, FlowRunSort, LogSort, TaskRunSort


async def newest_at_the_server() -> str:
    """The newest 200 of its logs, artifacts, flow runs and task runs each, parameters among them."""
    async with get_client() as client:
        told = [
            *await client.read_logs(sort=LogSort.TIMESTAMP_DESC),
            *await client.read_artifacts(sort=ArtifactSort.UPDATED_DESC),
            *await client.read_flow_runs(sort=FlowRunSort.START_TIME_DESC),
            *await client.read_task_runs(sort=TaskRunSort.END_TIME_DESC),
        ]
    assert told
    return "\n".join(thing.model_dump_json() for thing in told)


def stored_in(folder: Path) -> bytes:
    """All files there, one after the other."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
