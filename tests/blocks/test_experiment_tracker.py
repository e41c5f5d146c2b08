"""Runs recorded in a real MLflow on SQLite, and read back through its own client."""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts

from blocks.experiment_tracker import ExperimentTracker, TrackedRun
from blocks.experiment_tracker._tables import make_tables
from qorum.errors import StorageUnfit
from tests.contracts.s3_server import free_ports

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(64)
SECRET = "an-unguessable-secret"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all: MLflow takes seconds to make its tables."""
    folder = tmp_path_factory.mktemp("home")
    make_tables(folder / "mlflow.db")
    return folder


@pytest.fixture(autouse=True)
def _at_home(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QORUM_HOME", str(home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def client(home: Path) -> MlflowClient:
    return MlflowClient(tracking_uri=f"sqlite:///{home / 'mlflow.db'}")


@pytest.fixture(scope="module")
def tracker() -> ExperimentTracker:
    return ExperimentTracker()


def artifact(client: MlflowClient, run_id: str, path: str) -> bytes:
    uri = f"{client.get_run(run_id).info.artifact_uri}/{path}"
    return Path(download_artifacts(artifact_uri=uri)).read_bytes()


def test_everything_that_was_recorded_is_read_back(
    tracker: ExperimentTracker, client: MlflowClient, home: Path, tmp_path: Path
) -> None:
    rows = [{"backend": "aer", "shots": 1024}, {"backend": "cirq", "tvd": float("nan")}]
    run_id = tracker.record(
        TrackedRun(
            "ghz-5",
            params={"shots": 1024, "backends": ["aer", "cirq"]},
            metrics={"confidence": 0.97, "energy": [1.0, 0.5, 0.25], "seconds.aer?method=mps": 2},
            tags={"circuit.ghz-5": "ab12"},
            tables={"replicas": rows},
            files={"plots/ghz-5.png": PNG, "report.json": b"{}"},
            experiment="lab/three",
            started_at=datetime(2026, 1, 2, tzinfo=UTC),
        )
    )
    run = client.get_run(run_id)
    assert run.info.run_name == "ghz-5"
    assert run.info.status == "FINISHED"
    assert run.info.start_time == 1_767_312_000_000
    assert client.get_experiment(run.info.experiment_id).name == "lab/three"
    assert run.data.params == {"shots": "1024", "backends": "['aer', 'cirq']"}
    assert run.data.metrics == {"confidence": 0.97, "energy": 0.25, "seconds.aer_method_mps": 2.0}
    history = client.get_metric_history(run_id, "energy")
    assert [(point.step, point.value) for point in history] == [(0, 1.0), (1, 0.5), (2, 0.25)]
    assert run.data.tags["circuit.ghz-5"] == "ab12"
    assert artifact(client, run_id, "plots/ghz-5.png") == PNG
    assert artifact(client, run_id, "report.json") == b"{}"
    assert run.info.artifact_uri.startswith((home / "mlartifacts").as_uri())
    assert {file.name for file in home.iterdir()} == {"mlflow.db", "mlartifacts", ".mlflow.lock"}
    assert list(tmp_path.iterdir()) == [], "nothing is left where we stand"


def test_a_table_is_one_that_mlflow_itself_can_load(
    tracker: ExperimentTracker, client: MlflowClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}")
    rows = [{"circuit": f"c{index}", "count": index} for index in range(1_000)]
    run_id = tracker.record(TrackedRun("table", tables={"replicas": rows}))
    experiment_id = client.get_run(run_id).info.experiment_id
    table = client.load_table(experiment_id, "replicas.json", run_ids=[run_id])
    assert table.to_dict("records") == rows


def test_the_same_resume_key_updates_the_same_run(tracker: ExperimentTracker, client: MlflowClient) -> None:
    first = TrackedRun(
        "half",
        params={"shots": 100},
        metrics={"energy": [3.0, 2.0], "cost": 1.0},
        tables={"steps": [{"step": 0}]},
        resume_key="training-7",
        status="RUNNING",
    )
    second = TrackedRun(
        "whole",
        params={"shots": 200, "layers": 2},
        metrics={"energy": [3.0, 2.0, 1.0], "cost": 2.0},
        tables={"steps": [{"step": 0}, {"step": 1}]},
        files={"plots/energy.png": PNG},
        resume_key="training-7",
    )
    run_id = tracker.record(first)
    assert client.get_run(run_id).info.status == "RUNNING"
    assert tracker.record(second) == run_id
    assert tracker.record(second) == run_id
    run = client.get_run(run_id)
    assert (run.info.run_name, run.info.status) == ("whole", "FINISHED")
    assert run.data.params == {"shots": "100", "layers": "2"}
    assert run.data.tags["changed.shots"] == "200"
    assert run.data.metrics == {"energy": 1.0, "cost": 2.0}
    assert [point.value for point in client.get_metric_history(run_id, "energy")] == [3.0, 2.0, 1.0]
    assert [point.value for point in client.get_metric_history(run_id, "cost")] == [1.0, 2.0]
    assert json.loads(artifact(client, run_id, "steps.json"))["data"] == [[0], [1]]
    assert artifact(client, run_id, "plots/energy.png") == PNG


def test_without_a_resume_key_every_record_is_a_run(tracker: ExperimentTracker) -> None:
    assert tracker.record(TrackedRun("again")) != tracker.record(TrackedRun("again"))


def test_what_is_too_long_is_cut_visibly(tracker: ExperimentTracker, client: MlflowClient) -> None:
    run_id = tracker.record(TrackedRun("long", params={"qasm": "x" * 9_000}, tags={"note": "y" * 9_000}))
    data = client.get_run(run_id).data
    for value, longest in ((data.params["qasm"], 6_000), (data.tags["note"], 8_000)):
        assert len(value) == longest
        assert value.endswith("(cut, 9000 characters in all)")


def test_hundreds_of_values_and_thousands_of_steps_fit(
    tracker: ExperimentTracker, client: MlflowClient
) -> None:
    run_id = tracker.record(
        TrackedRun(
            "many",
            params={f"p{index}": index for index in range(250)},
            metrics={"loss": [1 / (step + 1) for step in range(2_500)]},
            tags={f"t{index}": "x" for index in range(250)},
        )
    )
    data = client.get_run(run_id).data
    assert len(data.params) == 250
    assert len([tag for tag in data.tags if tag.startswith("t")]) == 250
    assert len(client.get_metric_history(run_id, "loss")) == 2_500


def test_many_threads_record_at_once(tracker: ExperimentTracker, client: MlflowClient) -> None:
    runs = [TrackedRun(f"t{index}", metrics={"index": index}, experiment="threads") for index in range(8)]
    with ThreadPoolExecutor(8) as pool:
        run_ids = list(pool.map(tracker.record, runs))
    assert [client.get_run(run_id).data.metrics["index"] for run_id in run_ids] == list(range(8))


def _record_in_a_new_home(name: str) -> None:
    ExperimentTracker().record(TrackedRun(name))


def test_two_processes_may_be_the_first_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QORUM_HOME", str(tmp_path / "new"))
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_record_in_a_new_home, args=(name,)) for name in ("a", "b")]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("qorum")
    assert experiment is not None
    found = client.search_runs([experiment.experiment_id])
    assert sorted(run.info.run_name for run in found) == ["a", "b"]


@pytest.mark.timeout(60)  # MLflow itself would try for minutes
def test_an_unreachable_server_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:{SECRET}@127.0.0.1:{port}")
    with pytest.raises(StorageUnfit, match="no MLflow server answers") as caught:
        ExperimentTracker().record(TrackedRun("x"))
    assert f"127.0.0.1:{port}" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_password_does_not_belong_into_the_address() -> None:
    with pytest.raises(ValueError, match="without a password") as caught:
        ExperimentTracker(tracking_uri=f"postgresql://me:{SECRET}@db/mlflow")
    assert SECRET not in str(caught.value)


def test_a_deleted_experiment_is_explained(tracker: ExperimentTracker, client: MlflowClient) -> None:
    run_id = tracker.record(TrackedRun("x", experiment="gone"))
    client.delete_experiment(client.get_run(run_id).info.experiment_id)
    with pytest.raises(StorageUnfit, match="'gone' was deleted in MLflow"):
        tracker.record(TrackedRun("y", experiment="gone"))


def test_a_link_leads_to_the_run(
    tracker: ExperimentTracker, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QORUM_MLFLOW_UI", raising=False)
    run_id = tracker.record(TrackedRun("x"))
    experiment_id = client.get_run(run_id).info.experiment_id
    expected = f"http://127.0.0.1:5000/#/experiments/{experiment_id}/runs/{run_id}"
    assert tracker.url_of(run_id) is None, "no UI is known"
    assert tracker.url_of(run_id, "http://127.0.0.1:5000/").startswith(expected)
    monkeypatch.setenv("QORUM_MLFLOW_UI", "http://127.0.0.1:5000")
    assert tracker.url_of(run_id).startswith(expected)


def test_a_run_opens_with_its_description(tracker: ExperimentTracker, client: MlflowClient) -> None:
    run_id = tracker.record(TrackedRun("x", description="**2 circuits**: 2 agreed"))
    assert client.get_run(run_id).data.tags["mlflow.note.content"] == "**2 circuits**: 2 agreed"


@pytest.mark.parametrize(
    "wrong", [{"files": {"../x": b""}}, {"tables": {"/x": []}}, {"resume_key": "a' OR 'b"}]
)
def test_what_would_leave_the_run_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="was expected"):
        TrackedRun("x", **wrong)  # pyright: ignore[reportArgumentType]
