"""Which backends run which circuit, and why: decided once, stored, and shown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.logging import get_run_logger

from blocks.backends import backend_types, load_backend
from blocks.object_store import ObjectStore
from qorum.backends import BackendProfile
from qorum.circuits.spec import AcceptedCircuit
from qorum.errors import NoEligibleBackend
from qorum.experiments import Definition
from qorum.routing.ranking import Assignment, RouteRequest, request_for, route as rank
from qorum.routing.runtimes import RuntimeModel

MAX_ROWS = 200
"""Rows of the decision table in the UI; the store keeps all of them."""


@dataclass(frozen=True)
class Routing:
    """The backends that may be used, and each circuit's assignment, by digest."""

    profiles: Mapping[str, BackendProfile]
    assignments: Mapping[str, Assignment]


@task(task_run_name="route {definition.experiment_id}")
async def route(
    accepted: Mapping[str, AcceptedCircuit],
    definition: Definition,
    offline: Mapping[str, str],
    store: ObjectStore,
) -> Routing:
    """Assign backends to every circuit; an experiment that was routed before keeps its assignment."""
    routing = await asyncio.to_thread(_route, accepted, definition, offline, store)
    rows = [
        {"circuit": accepted[digest].spec.name, "digest": digest[:12], **_row(assignment)}
        for digest, assignment in list(routing.assignments.items())[:MAX_ROWS]
    ]
    await acreate_table_artifact(rows, key="routing", description=_headline(routing, definition))
    for digest, assignment in routing.assignments.items():
        get_run_logger().info("%s: %s", accepted[digest].spec.name, assignment.explain())
    return routing
