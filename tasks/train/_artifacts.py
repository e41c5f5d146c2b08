"""Artifacts of a training's flow run: one of each kind, however long it lasts."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from prefect import get_client
from prefect.artifacts import Artifact
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey
from prefect.exceptions import PrefectHTTPStatusError
from prefect.runtime import flow_run


class Artifacts:
    """Shows values in the Prefect UI, each under its key in the one place that this flow run has for it."""

    def __init__(self) -> None:
        self._ids: dict[str, UUID] = {}
        self._shown: dict[str, tuple[Any, str]] = {}

    async def show(self, artifact: Artifact) -> None:
        """Put a value, which has a key, into the place of that key; what is there is not sent again."""
        key, description = str(artifact.key), str(artifact.description)
        value = await artifact.aformat()
        if self._shown.get(key) == (value, description):
            return
        known = self._ids.get(key) or await _find(key)
        async with get_client() as client:
            try:
                if known is not None:
                    await client.update_artifact(known, ArtifactUpdate(data=value, description=description))
            except PrefectHTTPStatusError as error:
                if error.response.status_code != HTTPStatus.NOT_FOUND:
                    raise
                known = None  # deleted in the UI
        self._ids[key] = known or (await artifact.acreate()).id
        self._shown[key] = (value, description)


async def _find(key: str) -> UUID | None:
    """Of an earlier process of this flow run, which was suspended and resumed, or retried."""
    if not flow_run.id:
        return None
    wanted = ArtifactFilter(
        flow_run_id=ArtifactFilterFlowRunId(any_=[UUID(flow_run.id)]), key=ArtifactFilterKey(any_=[key])
    )
    async with get_client() as client:
        found = await client.read_artifacts(artifact_filter=wanted)
    return found[0].id if found else None
