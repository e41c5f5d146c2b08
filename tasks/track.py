"""The run in MLflow: parameters, figures, tables and plots beside those of other runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from statistics import fmean
from typing import Any

from prefect import task
from prefect.artifacts import acreate_link_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from blocks.experiment_tracker import ExperimentTracker, TrackedRun
from qorum.errors import StorageUnfit
from qorum.runs.experiments import Definition
from qorum.runs.markdown import markdown
from qorum.runs.report import CircuitReport, ExperimentReport, Links
from tasks.identity import page_of_run

MAX_TAG = 4500
"""Characters of one tag's value; MLflow refuses tags over 5,000."""


@task(cache_policy=NO_CACHE, task_run_name="track {definition.experiment_id}")
async def track(
    report: ExperimentReport,
    files: Mapping[str, bytes],
    definition: Definition,
    place: str,
    experiment: str,
    tags: list[str],
    seconds: Mapping[str, float],
    elapsed: float,
) -> Links:
    """Record the run; the same experiment id again updates the run that is there.

    Args:
        place: where the report is stored.
        seconds: wall time by stage; stages may overlap.
        elapsed: wall time of the run so far.

    A tracker that fails takes nothing from the result, which is stored already: it is warned of.

    Returns:
        Where to look further.
    """
    run = TrackedRun(
        name=definition.experiment_id,
        experiment=experiment,
        resume_key=definition.experiment_id,
        params={**definition.options.model_dump(), "circuits": len(definition.circuits)},
        metrics=_metrics(report, seconds, elapsed),
        status="FAILED" if report.nothing_settled else "FINISHED",
        tags={**_links(report), "qorum.verdict": report.verdict, **{f"qorum.tag.{tag}": tag for tag in tags}},
        tables={"circuits": [_row(circuit) for circuit in report.circuits]},
        files={name: data for name, data in files.items() if name.endswith(".png")},
        description=_description(report),
        started_at=datetime.now(UTC) - timedelta(seconds=elapsed),
    )
    tracker = ExperimentTracker()
    try:
        run_id = await asyncio.to_thread(tracker.record, run)
        link = await asyncio.to_thread(tracker.url_of, run_id)
    except StorageUnfit as error:
        again = (
            f"once MLflow answers, the same again with experiment id {definition.experiment_id} records it"
        )
        lost = f"not recorded: {error}; the report is stored in {place}; {again}"
        get_run_logger().warning("MLflow: %s", lost)
        return Links(results=place, mlflow=lost, prefect=page_of_run())
    get_run_logger().info("MLflow run %s", link or run_id)
    if link:
        await acreate_link_artifact(
            link,
            link_text=f"{definition.experiment_id} in MLflow",
            key="mlflow",
            description="The MLflow run",
        )
    where = link or f"run {definition.experiment_id} of the experiment {experiment}; `make ui` shows it"
    return Links(results=place, mlflow=where, prefect=page_of_run())


def _description(report: ExperimentReport) -> str:
    name, url = flow_run.name, page_of_run()
    return f"Prefect run [{name}]({url})\n\n{markdown(report, {})}" if url else markdown(report, {})


def _metrics(report: ExperimentReport, seconds: Mapping[str, float], elapsed: float) -> dict[str, float]:
    judged = [circuit for circuit in report.circuits if circuit.replicas]
    metrics = {f"seconds.{stage}": spent for stage, spent in seconds.items()}
    metrics |= {f"circuits.{status}": float(count) for status, count in report.totals.statuses.items()}
    metrics["backend_seconds"] = report.totals.seconds
    metrics["cost_usd"] = report.totals.cost_usd
    metrics["seconds.total"] = elapsed
    if elapsed > 0:
        metrics["circuits_per_second"] = len(report.circuits) / elapsed
    series = {
        "agreement": [float(circuit.status == "agreed") for circuit in judged],
        "confidence": [circuit.confidence for circuit in judged if circuit.confidence is not None],
        "depth_before": [
            float(circuit.depth_before) for circuit in judged if circuit.depth_before is not None
        ],
        "depth_after": [float(circuit.depth_after) for circuit in judged if circuit.depth_after is not None],
    }
    return metrics | {name: fmean(values) for name, values in series.items() if values}


def _links(report: ExperimentReport) -> dict[str, str]:
    digests = [circuit.digest[:12] for circuit in report.circuits if circuit.digest]
    calibrations = {
        replica.calibration_id
        for circuit in report.circuits
        for replica in circuit.replicas
        if replica.calibration_id
    }
    links = {
        "qorum.experiment_id": report.experiment_id,
        "qorum.digests": " ".join(digests),
        "qorum.calibrations": " ".join(sorted(calibrations)),
        "prefect.flow_run_id": flow_run.id or "",
        "prefect.flow_run_name": flow_run.name or "",
        "prefect.flow_run_url": page_of_run(),
    }
    return {name: value[:MAX_TAG] for name, value in links.items() if value}


def _row(circuit: CircuitReport) -> dict[str, Any]:
    return {
        "circuit": circuit.name,
        "digest": circuit.digest or "",
        "status": circuit.status,
        "confidence": circuit.confidence,
        "accepted": ", ".join(circuit.accepted),
        "rejected": "; ".join(f"{one.backend}: {one.reason}" for one in circuit.rejected),
        "top": " ".join(f"{outcome}:{probability:.4f}" for outcome, probability in circuit.top(4)),
        "shots": circuit.shots,
        "seconds": circuit.seconds,
        "depth_before": circuit.depth_before,
        "depth_after": circuit.depth_after,
        "error": circuit.error.reason if circuit.error else "",
    }
