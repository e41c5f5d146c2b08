"""What users changed of schedules and pauses, kept while the deployments are brought up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.responses import DeploymentResponse

PAGE = 200
"""Deployments that the server tells in one answer, at most."""


@dataclass(frozen=True)
class Timing:
    """When a deployment runs by itself, as the server has it."""

    paused: bool
    schedules: tuple[DeploymentScheduleCreate, ...]

    @classmethod
    def of(cls, deployment: DeploymentResponse) -> Timing:
        """What stands on the server."""
        return cls(deployment.paused, tuple(_copy(schedule) for schedule in deployment.schedules))


async def read_timings(client: PrefectClient) -> dict[UUID, Timing]:
    """The timing of every deployment, by its id."""
    found = list[DeploymentResponse]()
    while page := await client.read_deployments(limit=PAGE, offset=len(found)):
        found += page
    return {deployment.id: Timing.of(deployment) for deployment in found}


async def restore_timings(client: PrefectClient, before: Mapping[UUID, Timing]) -> None:
    """Give the deployments that were there before their timing back; new ones keep that of prefect.yaml."""
    after = await read_timings(client)
    for deployment_id in before.keys() & after.keys():
        wanted, found = before[deployment_id], after[deployment_id]
        if wanted.schedules != found.schedules:
            for schedule in await client.read_deployment_schedules(deployment_id):
                await client.delete_deployment_schedule(deployment_id, schedule.id)
            if wanted.schedules:
                await client.create_deployment_schedules(deployment_id, list(wanted.schedules))
        if wanted.paused != found.paused:
            change = client.pause_deployment if wanted.paused else client.resume_deployment
            await change(deployment_id)


def _copy(schedule: DeploymentSchedule) -> DeploymentScheduleCreate:
    return DeploymentScheduleCreate(
        schedule=schedule.schedule,
        active=schedule.active,
        max_scheduled_runs=schedule.max_scheduled_runs,
        parameters=schedule.parameters,
        slug=schedule.slug,
    )
