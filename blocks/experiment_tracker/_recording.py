"""From a `TrackedRun` to few calls of MLflow's client."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blocks.experiment_tracker._run import TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Run

RESUME_TAG = "qorum.resume_key"
TABLES_TAG = "mlflow.loggedArtifacts"
DESCRIPTION_TAG = "mlflow.note.content"
MOST_POINTS = 1_000
"""Metrics that MLflow takes in one call."""
LONGEST_PARAM, LONGEST_TAG, LONGEST_NAME = 6_000, 8_000, 250


def find(client: MlflowClient, experiment_id: str, run: TrackedRun) -> Run | None:
    """The first run that was recorded under this resume key."""
    if run.resume_key is None:
        return None
    condition = f"tags.`{RESUME_TAG}` = '{run.resume_key}'"
    found = client.search_runs(
        [experiment_id], condition, max_results=1, order_by=["attributes.start_time ASC"]
    )
    return found[0] if found else None


def create(client: MlflowClient, experiment_id: str, run: TrackedRun) -> Run:
    """A new run, findable by its resume key from its first moment on."""
    tags = {} if run.resume_key is None else {RESUME_TAG: run.resume_key}
    started = None if run.started_at is None else round(run.started_at.timestamp() * 1000)
    return client.create_run(experiment_id, start_time=started, tags=tags, run_name=run.name)


def log_values(client: MlflowClient, recorded: Run, run: TrackedRun) -> None:
    """Parameters, metrics and tags, as far as they are not recorded already."""
    from mlflow.entities import Param, RunTag

    params = {_name(key): _cut(str(value), LONGEST_PARAM) for key, value in run.params.items()}
    known = recorded.data.params
    tags = {_name(key): _cut(value, LONGEST_TAG) for key, value in run.tags.items()}
    tags |= {
        _name(f"changed.{key}"): value for key, value in params.items() if known.get(key, value) != value
    }
    if run.description:
        tags[DESCRIPTION_TAG] = _cut(run.description, LONGEST_TAG)
    if run.tables:
        # How MLflow's own log_table makes its UI show a JSON file as a table.
        earlier = json.loads(recorded.data.tags.get(TABLES_TAG, "[]"))
        tables = [{"path": f"{name}.json", "type": "table"} for name in run.tables]
        tags[TABLES_TAG] = json.dumps(earlier + [table for table in tables if table not in earlier])
    client.log_batch(
        recorded.info.run_id,
        metrics=list(_new_metrics(client, recorded, run)),
        params=[Param(key, value) for key, value in params.items() if key not in known],
        tags=[RunTag(key, value) for key, value in tags.items()],
    )


def add_points(client: MlflowClient, run_id: str, metrics: Mapping[str, Sequence[tuple[int, float]]]) -> None:
    """Points of series, in as few calls as MLflow takes them."""
    from mlflow.entities import Metric

    now = round(time.time() * 1000)
    points = [
        Metric(_name(key), value, now, step) for key, series in metrics.items() for step, value in series
    ]
    for start in range(0, len(points), MOST_POINTS):
        client.log_batch(run_id, metrics=points[start : start + MOST_POINTS])


def write_artifacts(folder: Path, run: TrackedRun) -> None:
    """Files as they are and tables as `<name>.json`, to be uploaded in one go."""
    contents = dict(run.files) | {f"{name}.json": _table(rows) for name, rows in run.tables.items()}
    for path, content in contents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def end(client: MlflowClient, run_id: str, run: TrackedRun) -> None:
    """Set the run's name and how it ended."""
    if run.status == "RUNNING":
        client.update_run(run_id, status="RUNNING", name=run.name)
    else:
        client.update_run(run_id, name=run.name)
        client.set_terminated(run_id, run.status)


def _new_metrics(client: MlflowClient, recorded: Run, run: TrackedRun) -> Iterator[Metric]:
    from mlflow.entities import Metric

    now = round(time.time() * 1000)
    for key, value in run.metrics.items():
        name = _name(key)
        series = enumerate(value) if isinstance(value, Sequence) else [(0, value)]
        known: dict[int, float] = {}
        if name in recorded.data.metrics:
            # In the order of recording, so that the last value of a step is the one that counts.
            history = sorted(
                client.get_metric_history(recorded.info.run_id, name), key=lambda point: point.timestamp
            )
            known = {point.step: point.value for point in history}
        for step, number in series:
            if step not in known or not _same(known[step], float(number)):
                yield Metric(name, float(number), now, step)


def _same(recorded: float, number: float) -> bool:
    return recorded == number or (math.isnan(recorded) and math.isnan(number))


def _table(rows: Sequence[Mapping[str, object]]) -> bytes:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    data = [[_cell(row.get(column)) for column in columns] for row in rows]
    return json.dumps({"columns": columns, "data": data}, ensure_ascii=False, default=str).encode()


def _cell(value: Any) -> Any:
    """`value` as JSON knows it: not a number and infinities become text."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _name(key: str) -> str:
    """`key` with `_` for what MLflow does not take in names, such as the `?` of `aer?method=…`."""
    return _cut(re.sub(r"[^\w\-. :/]", "_", key), LONGEST_NAME)


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    note = f"… (cut, {len(text)} characters in all)"
    return text[: longest - len(note)] + note
