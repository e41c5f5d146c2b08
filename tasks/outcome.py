"""How a run ends in Prefect: its verdict in the state's name and message."""

from __future__ import annotations

from typing import cast

from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext

from qorum.findings import Findings, Told
from qorum.routing.calibration_report import RefreshReport
from qorum.routing.connections import ConnectionsReport
from qorum.runs.canary_report import CanaryReport
from qorum.runs.markdown import MAX_NAMED, outcome
from qorum.runs.report import RunReport


def conclude(findings: Findings[RunReport]) -> Findings[RunReport]:
    """The state that a run ends in, which Prefect hands to the caller as its findings.

    Named after the worst verdict, so that automations can wait for `prefect.flow-run.Disputed`. Where nothing
    is agreed or unverified, the run of a deployment is Failed, and `prefect deployment run --watch` with it;
    a caller in Python gets the report in any case, so there it is Completed (docs/adr/023).
    """
    report = findings.report
    return _ended(report.verdict, outcome(report), findings, failed=report.nothing_settled)


def conclude_answers(findings: Findings[CanaryReport]) -> Findings[CanaryReport]:
    """The same for a canary: `Right`, or else `Wrong`, with what is wrong, and then Failed."""
    bad = [row for row in findings.report.answers if not row.is_right]
    told = "; ".join(f"{row.backend} on {row.circuit} {row.answer}" for row in bad[:MAX_NAMED])
    asked = len(findings.report.answers)
    message = f"{len(bad)} of {asked} answers: {told}" if bad else f"all {asked} answers are as known"
    return _ended("wrong" if bad or not asked else "right", message, findings, failed=bool(bad) or not asked)


def conclude_connections(findings: Findings[ConnectionsReport]) -> Findings[ConnectionsReport]:
    """The same for backends that were asked: `Reachable`, or else `Unreachable`, and then Failed."""
    report = findings.report
    bad, asked = report.unreachable, len(report.connections)
    message = f"{len(bad)} of {asked} cannot be reached: {', '.join(bad[:MAX_NAMED])}"
    if not bad:
        message = f"all {asked} can be reached" if asked else "nobody was asked: no credentials are given"
    name = "reachable" if report.is_good else "unreachable"
    return _ended(name, message, findings, failed=not report.is_good)


def conclude_refresh(findings: Findings[RefreshReport]) -> Findings[RefreshReport]:
    """The same for calibrations that were asked for: `Refreshed`, or else `Incomplete`, and then Failed."""
    report = findings.report
    named = f": {', '.join(report.failed[:MAX_NAMED])}" if report.failed else ""
    name = "refreshed" if report.is_good else "incomplete"
    return _ended(name, report.headline + named, findings, failed=not report.is_good)


def _ended(name: str, message: str, findings: Findings[Told], *, failed: bool) -> Findings[Told]:
    context = FlowRunContext.get()
    run = context.flow_run if context else None
    deployed = run is not None and run.deployment_id is not None  # not so of a flow that another one calls
    kind = StateType.FAILED if failed and deployed else StateType.COMPLETED
    return cast("Findings[Told]", State(type=kind, name=name.capitalize(), message=message, data=findings))
