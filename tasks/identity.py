"""How a flow run and what it stores are called, so that no two share a name and what a user typed is kept."""

from __future__ import annotations

from prefect.runtime import deployment, flow_run
from prefect.settings import get_current_settings

SCHEDULED = "auto-scheduled"
"""The tag that Prefect gives to the runs of a schedule."""


def new_id(kind: str) -> str:
    """An id in the store for a flow run that was given none.

    It holds the flow run's whole id: those of scheduled runs are ordered by time, so their beginnings are
    shared by all runs that a scheduler makes in one millisecond.
    """
    return f"{kind}-{flow_run.id}"


def name_of_run(asked_id: str, group: str) -> str:
    """What the flow run is to be called.

    Args:
        asked_id: of the experiment or training, if the user gave one.
        group: what it belongs to, e.g. the experiment in MLflow.

    Returns:
        The name it has where somebody started a deployment and could type one; else the id asked for; else
        the group and the flow run's id.
    """
    if deployment.id and SCHEDULED not in flow_run.tags:
        return str(flow_run.name)
    return asked_id or new_id(group)


def page_of_run() -> str:
    """The flow run's page in the Prefect UI; empty where no server stays to show it."""
    return str(flow_run.ui_url) if get_current_settings().ui_url else ""
