"""The MLflow block: settings, connection, and the order in which a run is recorded."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, PrivateAttr, field_validator

from blocks._forms import EmptyIsNone
from blocks.addresses import holds_secret, masked, public
from blocks.experiment_tracker._recording import add_points, create, end, find, log_values, write_artifacts
from blocks.experiment_tracker._run import TrackedRun
from blocks.experiment_tracker._tables import make_tables
from blocks.object_store._connection import Connection
from blocks.settings import settings
from qorum.errors import StorageUnfit

if TYPE_CHECKING:
    from mlflow import MlflowClient

FIRST_ANSWER_SECONDS = 5
VIEW = "?workflowType=machine_learning"
"""Has MLflow show a run among experiments, not among chats that are evaluated."""

KIND = {"mlflow.experimentKind": "custom_model_development"}
"""What MLflow lists an experiment as: runs with figures, not traces of a chat application."""


class ExperimentTracker(Block):
    """Records runs in MLflow; blocks while it does (in a coroutine: `asyncio.to_thread`)."""

    _block_type_name = "Experiment tracker"
    _block_type_slug = "experiment-tracker"
    _description = "Records parameters, metrics, tables and plots of every run in MLflow."

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tracking_uri: Annotated[str | None, EmptyIsNone()] = Field(
        default=None,
        title="Tracking address",
        description="E.g. https://mlflow.example.org or postgresql://user@host/mlflow, passwords in the "
        "environment (MLFLOW_TRACKING_USERNAME and …_PASSWORD, PGPASSWORD). Empty: MLFLOW_TRACKING_URI, "
        "else an SQLite file in QORUM_HOME.",
    )
    experiment: str = Field(
        default="qorum",
        title="Experiment",
        description="MLflow experiment of runs that name none.",
        min_length=1,
    )
    ui_url: Annotated[str | None, EmptyIsNone()] = Field(
        default=None,
        title="Address of the UI",
        description="Where people open MLflow, for links. Empty: QORUM_MLFLOW_UI, else the tracking address "
        "if it is http(s).",
    )

    _connection: Connection[MlflowClient] = PrivateAttr(default_factory=Connection)

    @field_validator("tracking_uri")
    @classmethod
    def _without_password(cls, tracking_uri: str | None) -> str | None:
        if tracking_uri and holds_secret(tracking_uri):
            raise ValueError(
                "an address without a password, user or token was expected; put them into the environment"
            )
        return tracking_uri

    def record(self, run: TrackedRun) -> str:
        """Record `run`, or update the one with its `resume_key`.

        Of a recorded run, equal values are left alone, new steps of a series are added, files and
        tables are replaced. MLflow keeps a parameter for good, so a changed one is put into the
        tag `changed.<name>`. Two processes recording one new resume key at the very same time
        would make two runs.

        Returns:
            MLflow's run id.

        Raises:
            StorageUnfit: MLflow cannot be reached or refuses, with the reason.
        """
        with self._errors():
            client = self._connection.client(self._connect)
            experiment_id = self._experiment_id(client, run.experiment or self.experiment)
            recorded = find(client, experiment_id, run) or create(client, experiment_id, run)
            run_id = recorded.info.run_id
            log_values(client, recorded, run)
            with tempfile.TemporaryDirectory(prefix="qorum-") as folder:
                write_artifacts(Path(folder), run)
                if any(Path(folder).iterdir()):
                    client.log_artifacts(run_id, folder)
            end(client, run_id, run)
            return run_id

    def probe(self) -> None:
        """Look whether somebody answers where runs are to be recorded; a database is not asked.

        Raises:
            StorageUnfit: nobody does, or a file cannot be made there; what to do.
        """
        uri = self._uri()
        if uri.startswith("http"):
            _await_first_answer(uri)
        elif (file := _sqlite_file(uri)) is not None:
            _require_writable(file)

    def extend(self, run_id: str, metrics: Mapping[str, Sequence[tuple[int, float]]]) -> None:
        """Add points, as (step, value), to series of a run that is under way.

        Raises:
            StorageUnfit: MLflow cannot be reached or refuses, with the reason.
        """
        with self._errors():
            add_points(self._connection.client(self._connect), run_id, metrics)

    def last_step(self, run_id: str, metric: str) -> int:
        """The last step of a series; -1 if there is none."""
        with self._errors():
            client = self._connection.client(self._connect)
            if metric not in client.get_run(run_id).data.metrics:
                return -1
            return max(point.step for point in client.get_metric_history(run_id, metric))

    def url_of(self, run_id: str, ui_url: str | None = None) -> str | None:
        """Link to a run in the UI at `ui_url`, else at this block's; None where no UI is known.

        Raises:
            StorageUnfit: MLflow cannot be reached or has no such run.
        """
        uri = self._uri()
        shown = ui_url or self.ui_url or settings().mlflow_ui
        base = shown or (uri if uri.startswith("http") else None)
        if base is None:
            return None
        with self._errors():
            experiment_id = self._connection.client(self._connect).get_run(run_id).info.experiment_id
        return f"{public(base).rstrip('/')}/#/experiments/{experiment_id}/runs/{run_id}{VIEW}"

    def _uri(self) -> str:
        here = settings()
        return self.tracking_uri or here.mlflow_uri or f"sqlite:///{here.home / 'mlflow.db'}"

    def _connect(self) -> MlflowClient:
        # Read by MLflow when it is imported or first asked; a user's own settings stand.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
        uri = self._uri()
        if uri.startswith("http"):
            _await_first_answer(uri)
        from mlflow import MlflowClient

        if (file := _sqlite_file(uri)) is not None:
            _require_writable(file)  # MLflow would try for minutes
            make_tables(file)
        return MlflowClient(tracking_uri=uri)

    def _experiment_id(self, client: MlflowClient, name: str) -> str:
        from mlflow.exceptions import MlflowException

        found = client.get_experiment_by_name(name)
        if found is None:
            file = _sqlite_file(self._uri())
            location = (
                (file.parent / "mlartifacts" / re.sub(r"[^\w.-]", "_", name)).as_uri() if file else None
            )
            try:
                return client.create_experiment(name, location, tags=KIND)
            except MlflowException as error:
                if error.error_code != "RESOURCE_ALREADY_EXISTS":
                    raise
                found = client.get_experiment_by_name(name)
        if found is None or found.lifecycle_stage != "active":
            reason = f"the experiment {name!r} was deleted in MLflow; restore it, or name another"
            raise StorageUnfit(public(self._uri()), reason)
        return found.experiment_id

    @contextmanager
    def _errors(self) -> Generator[None]:
        try:
            yield
        except StorageUnfit:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the user's database or artifact store raises
            uri = self._uri()
            told = " ".join(str(error).split())  # some libraries' have many lines
            reason = masked(f"MLflow could not record: {told}", uri)
            raise StorageUnfit(public(uri), reason) from (None if holds_secret(uri) else error)


def _sqlite_file(uri: str) -> Path | None:
    """The file of an SQLite address; None for any other."""
    _, separator, file = uri.partition("sqlite:///")
    return Path(file).absolute() if separator else None


def _require_writable(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnfit(f"sqlite:///{file}", f"its folder cannot be made ({error.strerror})") from None
    if file.is_dir():
        raise StorageUnfit(f"sqlite:///{file}", "a file expected, found a folder; set MLFLOW_TRACKING_URI")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise StorageUnfit(f"sqlite:///{file}", "it cannot be written to; set MLFLOW_TRACKING_URI")


def _await_first_answer(uri: str) -> None:
    """Fail within seconds where nobody answers; MLflow's own retries go on for minutes."""
    import requests

    try:
        requests.get(f"{uri.rstrip('/')}/health", timeout=FIRST_ANSWER_SECONDS)
    except requests.RequestException as error:
        reason = (
            f"no MLflow server answers ({type(error).__name__}); start it, or correct the tracking address"
        )
        raise StorageUnfit(public(uri), reason) from None
