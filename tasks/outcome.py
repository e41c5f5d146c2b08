"""How a run ends in Prefect: its verdict in the state's name and message."""

from __future__ import annotations

from typing import cast

from prefect.client.schemas.objects import State, StateType
from prefect.runtime import deployment

from qorum.results.prose import outcome
from qorum.results.report import ExperimentReport, Findings


def conclude(report: ExperimentReport, findings: Findings) -> Findings:
    """The state that a run ends in, which Prefect hands to the caller as its findings.

    Named after the worst verdict, so that automations can wait for `prefect.flow-run.Disputed`. Where nothing
    is agreed or unverified, the run of a deployment is Failed, and `prefect deployment run --watch` with it;
    a caller in Python gets the report in any case, so there it is Completed (docs/adr/023).
    """
    failed = report.nothing_settled and bool(deployment.id)
    state = State(
        type=StateType.FAILED if failed else StateType.COMPLETED,
        name=report.verdict.capitalize(),
        message=outcome(report),
        data=findings,
    )
    return cast(Findings, state)
