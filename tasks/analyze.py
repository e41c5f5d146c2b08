"""The report: one entry for each circuit, a page for people, plots and figures."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import asdict
from itertools import combinations
from typing import Any

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from qorum.results.analysis import entropy, top_outcomes, total_variation_distance
from qorum.results.assembly import assemble
from qorum.results.plots import agreement_png, histogram_png
from qorum.results.prose import headline, markdown
from qorum.results.report import CircuitReport, ExperimentReport
from qorum.results.standing import Standing
from qorum.results.verdict import Replica
from qorum.stages import Intake, Routing

MAX_OUTCOMES = 8
"""Outcomes whose probabilities `analysis.json` gives with intervals."""

MAX_PLOTTED = 12
"""Circuits whose histograms are drawn; disputed ones come first."""

MAX_LINES = 20
"""Circuits that the log tells of."""

MAX_SHOWN = 3
"""Histograms that the page in the UI contains."""


@task(cache_policy=NO_CACHE, task_run_name="analyze {experiment_id}")
async def analyze(
    experiment_id: str, intake: Intake, routing: Routing, standings: Mapping[str, Standing]
) -> tuple[ExperimentReport, dict[str, bytes]]:
    """Assemble the report, draw its plots, and show it in the UI.

    Returns:
        The report, and files for its place in the store by name: `analysis.json`, `report.md`,
        `plots/*.png`.
    """
    report = assemble(experiment_id, intake, routing, standings)
    files = await asyncio.to_thread(_files, report, routing, standings)
    shown = {
        digest: f"data:image/png;base64,{b64encode(files[name]).decode()}"
        for digest, name in list(_histograms(report, files).items())[:MAX_SHOWN]
    }
    await acreate_markdown_artifact(markdown(report, shown), key="consensus", description=headline(report))
    for circuit in report.circuits[:MAX_LINES]:
        top = ", ".join(f"{outcome} {probability:.3f}" for outcome, probability in circuit.top(3))
        reason = circuit.error.reason if circuit.error else ""
        get_run_logger().info("%s: %s, %s", circuit.name, circuit.status, top or reason)
    get_run_logger().info(headline(report))
    return report, files


def _files(report: ExperimentReport, routing: Routing, standings: Mapping[str, Standing]) -> dict[str, bytes]:
    judged = _judged(report)
    plots: dict[str, bytes] = {}
    for circuit in judged[:MAX_PLOTTED]:
        standing = standings[circuit.digest or ""]
        plots |= _plots(circuit.name, standing, standing.replicas(routing.profiles))
    figures = {circuit.digest: _figures(circuit, standings[circuit.digest or ""]) for circuit in judged}
    return {
        "analysis.json": json.dumps(figures).encode(),
        "report.md": markdown(report, _histograms(report, plots)).encode(),
        **plots,
    }


def _judged(report: ExperimentReport) -> list[CircuitReport]:
    judged = [circuit for circuit in report.circuits if circuit.digest and circuit.replicas]
    return sorted(judged, key=lambda circuit: circuit.status != "disputed")


def _histograms(report: ExperimentReport, files: Mapping[str, bytes]) -> dict[str, str]:
    """File names by digest, disputed circuits first."""
    digests = [circuit.digest or "" for circuit in _judged(report)]
    names = {digest: _place(digest, "histogram") for digest in digests}
    return {digest: name for digest, name in names.items() if name in files}


def _place(digest: str, plot: str) -> str:
    return f"plots/{digest[:12]}-{plot}.png"


def _plots(name: str, standing: Standing, replicas: list[Replica]) -> dict[str, bytes]:
    verdict = standing.verdict
    if verdict is None:
        return {}
    plots = {_place(standing.digest, "histogram"): histogram_png(verdict, replicas, name)}
    if len(replicas) > 1:
        plots[_place(standing.digest, "agreement")] = agreement_png(verdict, list(standing.shares))
    return plots


def _figures(circuit: CircuitReport, standing: Standing) -> dict[str, Any]:
    counts = {backend: share.counts for backend, share in standing.shares.items()}
    return {
        "name": circuit.name,
        "status": circuit.status,
        "entropy_bits": entropy(circuit.distribution),
        "overlap": standing.verdict.agreement if standing.verdict else (),
        "backends": list(counts),
        "top_outcomes": {
            backend: [asdict(outcome) for outcome in top_outcomes(found, MAX_OUTCOMES)]
            for backend, found in counts.items()
        },
        "total_variation_distance": {
            f"{one} - {other}": total_variation_distance(
                counts[one].probabilities(), counts[other].probabilities()
            )
            for one, other in combinations(counts, 2)
        },
    }
