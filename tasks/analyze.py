"""The report: one entry for each circuit, a page for people, plots and figures."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.interruption import in_thread, stop_sandbox
from qorum.circuits.sandbox import shared
from qorum.errors import QorumError
from qorum.results.analysis import distance_matrix, entropy, top_outcomes
from qorum.runs.assembly import assemble
from qorum.runs.circuit_progress import CircuitProgress
from qorum.runs.drawing import Drawing, draw_all
from qorum.runs.markdown import headline, markdown
from qorum.runs.report import CircuitReport, ExperimentReport
from qorum.runs.stages import Intake, Routing

MAX_OUTCOMES = 8
"""Outcomes whose probabilities `analysis.json` gives with intervals."""

MAX_PLOTTED = 12
"""Circuits whose histograms are drawn; those that are not agreed come first."""

FEW_PLOTTED = 4
"""Circuits that are drawn of a larger number that are all agreed."""

MAX_LINES = 20
"""Circuits that the log tells of."""

MAX_SHOWN = 3
"""Histograms that the page in the UI contains."""


@task(cache_policy=NO_CACHE, task_run_name="analyze {experiment_id}")
async def analyze(
    experiment_id: str, intake: Intake, routing: Routing, progress: Mapping[str, CircuitProgress]
) -> tuple[ExperimentReport, dict[str, bytes]]:
    """Assemble the report, draw its plots, and show it in the UI.

    Returns:
        The report, and files for its place in the store by name: `analysis.json`, `report.md`,
        `plots/*.png`.
    """
    report = assemble(experiment_id, intake, routing, progress)
    plots, analysis = await asyncio.gather(
        in_thread(stop_sandbox, _plots, report, routing, progress),
        asyncio.to_thread(_analysis, report, progress),
    )
    page = markdown(report, _histograms(report, plots))
    files = {"analysis.json": analysis, "report.md": page.encode(), **plots}
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


def _plots(
    report: ExperimentReport, routing: Routing, progress: Mapping[str, CircuitProgress]
) -> dict[str, bytes]:
    drawings: dict[str, Drawing] = {}
    judged = _judged(report)
    unsettled = sum(circuit.status != "agreed" for circuit in judged)
    most = MAX_PLOTTED if len(judged) <= MAX_PLOTTED else min(MAX_PLOTTED, max(FEW_PLOTTED, unsettled))
    for circuit in judged[:most]:
        reached = progress[circuit.digest or ""]
        if reached.verdict is not None:
            replicas = tuple(reached.replicas(routing.profiles))
            drawings[reached.digest] = Drawing(circuit.name, reached.verdict, replicas)
    files: dict[str, bytes] = {}
    for digest, plots in draw_all(drawings, shared()).items():
        if isinstance(plots, QorumError):
            get_run_logger().warning("%s: no plot: %s", drawings[digest].title, plots)
        else:
            files |= {_place(digest, plot): image for plot, image in plots.items()}
    return files


def _analysis(report: ExperimentReport, progress: Mapping[str, CircuitProgress]) -> bytes:
    figures = {
        circuit.digest: _figures(circuit, progress[circuit.digest or ""]) for circuit in _judged(report)
    }
    return json.dumps(figures).encode()


def _judged(report: ExperimentReport) -> list[CircuitReport]:
    judged = [circuit for circuit in report.circuits if circuit.digest and circuit.replicas]
    return sorted(judged, key=lambda circuit: ("disputed", "unverified", "agreed").index(circuit.status))


def _histograms(report: ExperimentReport, files: Mapping[str, bytes]) -> dict[str, str]:
    """File names by digest, circuits that are not agreed first."""
    digests = [circuit.digest or "" for circuit in _judged(report)]
    names = {digest: _place(digest, "histogram") for digest in digests}
    return {digest: name for digest, name in names.items() if name in files}


def _place(digest: str, plot: str) -> str:
    return f"plots/{digest[:12]}-{plot}.png"


def _figures(circuit: CircuitReport, reached: CircuitProgress) -> dict[str, Any]:
    counts = {backend: share.counts for backend, share in reached.shares.items()}
    distances = distance_matrix(list(counts.values()))
    return {
        "name": circuit.name,
        "status": circuit.status,
        "entropy_bits": entropy(circuit.distribution),
        "overlap": reached.verdict.agreement if reached.verdict else (),
        "backends": list(counts),
        "top_outcomes": {
            backend: [
                {**vars(outcome), "probability": vars(outcome.probability)}
                for outcome in top_outcomes(found, MAX_OUTCOMES)
            ]
            for backend, found in counts.items()
        },
        "total_variation_distance": {
            f"{one} - {other}": distances[i][j] for (i, one), (j, other) in combinations(enumerate(counts), 2)
        },
    }
