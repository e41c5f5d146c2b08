"""What is seen of a training from outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from mlflow import MlflowClient

from blocks.object_store import open_store
from blocks.trainings import Orders
from flows.train_qaoa import train_qaoa
from flows.train_qnn import train_qnn
from flows.train_vqe import train_vqe
from flows.training_tables import shown
from qorum.errors import BackendFailed
from tests.flows.trainings.asked import ADAM, opened


async def test_mlflow_has_one_run_for_a_training_however_often_it_is_gone_on_with(home: Path):
    asked = {**ADAM, "training_id": "one", "entanglement_entropy": True, "tags": ["nightly"]}
    await train_vqe(**asked, max_steps=4)
    report = await train_vqe(**asked, max_steps=9)
    client = MlflowClient(f"sqlite:///{home / 'mlflow.db'}")
    [experiment] = [one for one in client.search_experiments() if one.name == "vqe"]
    [run] = client.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    assert run.data.tags["qorum.training_id"] == "one"
    assert run.data.metrics["final energy"] == report["energy"]
    for name in ("energy", "gradient norm", "parameters norm", "seconds quantum", "cost usd"):
        points = client.get_metric_history(run.info.run_id, name)
        assert sorted(point.step for point in points) == list(range(9)), name
    energies = {point.step: point.value for point in client.get_metric_history(run.info.run_id, "energy")}
    assert [energies[step] for step in range(9)] == [row["energy"] for row in report["history"]]
    entropies = client.get_metric_history(run.info.run_id, "entanglement entropy bits")
    assert entropies
    assert all(0 <= point.value <= 1 for point in entropies)
    with pytest.raises(BackendFailed):
        await train_vqe(**{**ADAM, "training_id": "two", "backend": "failing?fault=breaks"})
    failed = [one for one in client.search_runs([experiment.experiment_id]) if one.info.status == "FAILED"]
    assert [one.data.tags["qorum.training_id"] for one in failed] == ["two"]


async def test_a_cut_is_told_in_the_report_and_its_numbers_in_mlflow(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    report = await train_qaoa("ring:n=6", ansatz="qaoa?layers=1", training_id="ring", max_steps=3)
    figures = report["figures"]
    assert (figures["best sampled cut"], figures["partition"]) == (6, "010101")
    client = MlflowClient(f"sqlite:///{home / 'mlflow.db'}")
    [experiment] = [one for one in client.search_experiments() if one.name == "qaoa"]
    [run] = client.search_runs([experiment.experiment_id])
    assert run.data.metrics["approximation ratio"] == figures["approximation ratio"]
    assert "partition" not in run.data.metrics
    page = open_store().get("results/ring/report.md").decode()
    assert "| best sampled cut | 6 |\n| partition | `010101` |" in page
    shown(report.report)
    assert "010101" in capsys.readouterr().out


async def test_a_classifier_has_a_loss_wherever_it_is_seen(home: Path, told: Callable[[], str]):
    asked = {"data": "moons?samples=20", "components": 0, "model": "reuploading?num_qubits=2&layers=1"}
    report = await train_qnn(**asked, training_id="moons", max_steps=3)
    assert report["minimized"] == "loss"
    client = MlflowClient(f"sqlite:///{home / 'mlflow.db'}")
    [experiment] = [one for one in client.search_experiments() if one.name == "qnn"]
    [run] = client.search_runs([experiment.experiment_id])
    assert run.data.metrics["final loss"] == report["energy"]
    assert {"loss", "loss variance"} <= set(run.data.metrics)
    assert len(client.get_metric_history(run.info.run_id, "loss")) == report["evaluations"]
    stored = {key.rpartition("/")[2] for key in open_store().list("results/moons/")}
    assert stored == {"report.json", "report.md", "loss.png", "model.json"}
    page = open_store().get("results/moons/report.md").decode()
    assert "![loss by evaluation](loss.png)" in page
    assert "| loss |" in page
    kept = {file.path for file in client.list_artifacts(run.info.run_id)}
    for seen in (page, told(), *run.data.metrics, *kept):
        assert "energy" not in seen


async def test_a_sign_of_life_that_cannot_be_stored_is_told_and_the_next_one_is_given(home: Path):
    await train_vqe(**ADAM, training_id="one", max_steps=2)
    warned: list[str] = []
    loop = opened("one", warned.append)
    sign = home / "store/checkpoints/one/beat.json"
    sign.unlink()
    sign.mkdir()
    loop.beat()
    assert "no sign of life could be given" in warned[0]
    sign.rmdir()
    loop.beat()
    beat = Orders(open_store(), "one").last_beat()
    assert beat is not None
    assert (len(warned), beat.epoch, beat.is_live) == (1, 2, True)
