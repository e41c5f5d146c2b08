"""What is seen of a training while it lasts: a bar, lines in the log, the energy curve, MLflow."""

from __future__ import annotations

import asyncio
import math
import time
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from prefect.artifacts import LinkArtifact, MarkdownArtifact, ProgressArtifact
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from blocks.experiment_tracker import ExperimentTracker, TrackedRun
from blocks.training_loop import Loop
from blocks.workloads import Workload
from qorum.errors import StorageUnfit
from qorum.results.energy_plot import energy_png
from qorum.training.definitions import TrainingDefinition
from qorum.training.entanglement import half_chain_entropy
from qorum.training.markdown import markdown
from qorum.training.report import TrainingReport
from tasks.identity import page_of_run
from tasks.train._artifacts import Artifacts

REPORT = "report.json"
REFRESH_SECONDS = 2.0
CURVE_SECONDS = 10.0
CURVE_SHARE = 0.05
"""A curve is drawn anew after ten seconds, or that share of the time: each is kept among Prefect's events."""

MOST_ROWS = 250
"""Evaluations that MLflow gets in one refresh: of more, evenly spaced ones; the store has all of them."""
SERIES = {
    "gradient norm": "gradient_norm",
    "parameters norm": "parameters_norm",
    "shots": "shots",
    "cost usd": "cost_usd",
    "seconds quantum": "seconds_quantum",
    "seconds classical": "seconds_classical",
}
"""Metrics in MLflow beside what is minimized, and the columns of the history that they are."""


class Showing:
    """Keeps the Prefect UI, the log and MLflow up to date with a loop that runs in another thread."""

    def __init__(
        self,
        definition: TrainingDefinition,
        workload: Workload,
        loop: Loop,
    ) -> None:
        self._definition, self._workload, self._loop = definition, workload, loop
        self._minimized = definition.minimized
        self._tracker = ExperimentTracker()
        self._artifacts = Artifacts()
        self._is_barred = False
        """Whether it lasted long enough for a bar."""
        self._sent = 0
        self._shown = loop.resumed_at
        self._begun = self._curved = self._waiting_since = time.monotonic()
        self.run_id = ""

    async def begin(self) -> None:
        """Open the MLflow run, or the one that an earlier process has opened."""
        self.run_id = await asyncio.to_thread(self._tracker.record, self._tracked("RUNNING", {}, {}))
        self._sent = 1 + await asyncio.to_thread(self._tracker.last_step, self.run_id, self._minimized)
        if link := await asyncio.to_thread(self._tracker.url_of, self.run_id):
            text = f"{self._definition.training_id} in MLflow"
            told = "The MLflow run"
            await self._artifacts.show(
                LinkArtifact(link=link, link_text=text, key="mlflow", description=told)
            )

    async def keep_showing(self) -> None:
        """Refresh until cancelled; what cannot be shown does not end what it is about."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            try:
                await self._refresh()
            except Exception as error:  # noqa: BLE001 - of Prefect's API or MLflow's database, whatever they raise
                get_run_logger().warning("the training goes on, but cannot be shown: %s", error)

    async def end(self, report: TrainingReport, files: Mapping[str, bytes], place: str, status: Any) -> None:
        """Show all that is left; a tracker that fails takes nothing from what is stored.

        Args:
            report: what came of it.
            files: of `files_of`; already stored.
            place: where they are.
            status: how it ended, as of `TrackedRun`.
        """
        try:
            await self._send_metrics()
            shown = {name: data for name, data in files.items() if name != REPORT}
            run = self._tracked(status, shown, _figures(report))
            await asyncio.to_thread(self._tracker.record, run)
        except StorageUnfit as error:
            again = "once MLflow answers, the same training id again records it"
            get_run_logger().error("MLflow: not recorded: %s; all is stored in %s; %s", error, place, again)
        if self._is_barred:
            await self._show_bar()
        await self._show_page(report, files.get(curve_name(report)))

    async def _refresh(self) -> None:
        history, training = self._loop.history, self._loop.training
        if len(history) == self._shown:
            self._tell_of_waiting()
            return
        self._shown, self._waiting_since = len(history), time.monotonic()
        await self._send_metrics()
        last = history.rows[-1]
        get_run_logger().info(
            "step %d of at most %d, evaluation %d on %s: %s %.8f, lowest %.8f",
            *(last.step, self._definition.max_steps, len(history), last.backend),
            *(self._minimized, last.energy),
            min(row.energy for row in list(history.rows)),
        )
        self._is_barred = True
        await self._show_bar()
        now = time.monotonic()
        if now - self._curved > max(CURVE_SECONDS, CURVE_SHARE * (now - self._begun)):
            self._curved = now
            reached = self._definition, training, history, last.backend
            report = await asyncio.to_thread(TrainingReport.of, *reached, "under way")
            await self._show_page(report, await asyncio.to_thread(curve_of, report))

    def _tell_of_waiting(self) -> None:
        """Every ten seconds or so, while one evaluation takes longer than a refresh."""
        seconds = time.monotonic() - self._waiting_since
        if seconds % CURVE_SECONDS >= CURVE_SECONDS - REFRESH_SECONDS:
            backend = self._loop.course.backend
            get_run_logger().info("evaluation %d on %s: %.0f s so far", self._shown + 1, backend, seconds)

    async def _send_metrics(self) -> None:
        rows = list(self._loop.history.rows)
        start, self._sent = self._sent, max(self._sent, len(rows))
        new = list(enumerate(rows))[start:]
        if not new:
            return
        stride = -(-len(new) // MOST_ROWS)
        new = [new[place] for place in sorted({*range(0, len(new), stride), len(new) - 1})]
        series: dict[str, list[tuple[int, float]]] = {
            name: [
                (index, value) for index, row in new if math.isfinite(value := float(getattr(row, column)))
            ]
            for name, column in self._series().items()
        }
        if self._definition.entanglement_entropy and self._workload.circuit is not None:
            index, row = new[-1]
            value = await asyncio.to_thread(self._half_chain_entropy, row.point)
            series["entanglement entropy bits"] = [(index, value)] if value is not None else []
        try:
            await asyncio.to_thread(self._tracker.extend, self.run_id, series)
        except StorageUnfit:
            self._sent = start
            raise

    def _series(self) -> dict[str, str]:
        return {self._minimized: "energy", f"{self._minimized} variance": "variance", **SERIES}

    def _half_chain_entropy(self, point: Any) -> float | None:
        assert self._workload.circuit is not None
        circuit = self._workload.circuit(self._loop.training.phase)
        return half_chain_entropy(circuit, point) if circuit.num_parameters == len(point) else None

    async def _show_page(self, report: TrainingReport, curve: bytes | None) -> None:
        shown = f"data:image/png;base64,{b64encode(curve).decode()}" if curve else ""
        page = MarkdownArtifact(
            key="training", markdown=markdown(report, shown), description=report.headline()
        )
        await self._artifacts.show(page)

    async def _show_bar(self) -> None:
        bar = ProgressArtifact(key="train", progress=self._percent(), description="steps")
        await self._artifacts.show(bar)

    def _percent(self) -> float:
        if not self._loop.training.finished:
            return round(100.0 * self._loop.training.steps / self._definition.max_steps, 1)
        return 100.0

    def _tracked(self, status: Any, files: Mapping[str, bytes], metrics: Mapping[str, float]) -> TrackedRun:
        definition = self._definition
        told = {"training_id", "problem", "circuit", "below", "levels"}
        told |= {"backup_backends", "experiment", "tags"}
        return TrackedRun(
            name=definition.training_id,
            experiment=definition.experiment,
            resume_key=f"training:{definition.training_id}",
            params={**definition.model_dump(exclude=told), "digest": definition.digest},
            metrics=metrics,
            tags={
                "qorum.training_id": definition.training_id,
                "prefect.flow_run_id": flow_run.id or "",
                **({"prefect.flow_run_url": page_of_run()} if page_of_run() else {}),
                **{f"qorum.tag.{tag}": tag for tag in definition.tags},
            },
            files=dict(files),
            status=status,
            started_at=datetime.now(UTC),
        )


def files_of(report: TrainingReport) -> dict[str, bytes]:
    """What a training's place among the results gets: `report.json`, `report.md`, `energy.png`.

    Of a classifier, the curve is `loss.png`.
    """
    curve = curve_name(report)
    files = {REPORT: report.as_json().encode(), "report.md": markdown(report, curve).encode()}
    return files | ({curve: curve_of(report)} if len(report.history) else {})


def curve_name(report: TrainingReport) -> str:
    """The file that the curve is kept as."""
    return f"{report.minimized}.png"


def curve_of(report: TrainingReport) -> bytes:
    """The curve as PNG."""
    return energy_png(
        report.energies,
        f"{report.name}: {report.model}, {report.optimizer}",
        reference=report.reference,
        moves=[(move.evaluation, move.target) for move in report.moves],
        ylabel=report.minimized,
    )


def _figures(report: TrainingReport) -> dict[str, float]:
    final = f"final {report.minimized}"
    figures = {"steps": float(report.steps), "total cost usd": report.cost_usd}
    if report.energy is not None:
        figures[final] = report.energy
    figures |= {name: value for name, value in report.figures.items() if not isinstance(value, str)}
    if report.error is not None:
        figures["error"] = report.error
    return {name: value for name, value in figures.items() if math.isfinite(value)}
