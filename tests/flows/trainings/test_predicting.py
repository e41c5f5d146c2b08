"""Classifiers after their training: predictions on new data, scores, weights, and an early stop."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import balanced_accuracy_score, confusion_matrix

from blocks.datasets import load_dataset
from blocks.object_store import open_store
from blocks.trainings import CheckpointChain, find_definition
from blocks.workloads import open_workload
from flows.front import start
from flows.predict import predict
from flows.train_qnn import train_qnn
from flows.train_vqe import train_vqe
from qorum.errors import InputRejected, QorumError
from qorum.training.classification import Classification, Runs
from qorum.training.objective import Request
from qorum.training.options import ClassificationSettings
from qorum.training.phases import Phase
from tests.commands import qnn, vqe
from tests.flows.trainings.asked import CHAIN

IRIS = {"data": "iris", "model": "reuploading?layers=1&num_qubits=2", "components": 2, "max_steps": 4}


def write(file: Path, names: list[str], rows: np.ndarray, labels: list[str] | None = None) -> str:
    header = ",".join([*names, *(["kind"] if labels else [])])
    ends = [f",{label}" for label in labels] if labels else [""] * len(rows)
    lines = (",".join(map(repr, row.tolist())) + end for row, end in zip(rows, ends, strict=True))
    file.write_text("\n".join([header, *lines]) + "\n")
    return str(file)


@pytest.mark.parametrize("settings", [{}, {"linear_layer": True}], ids=["components", "linear layer"])
async def test_a_saved_model_predicts_what_the_training_did_from_the_same_raw_data(
    home: Path, tmp_path: Path, settings: dict[str, bool]
) -> None:
    report = await train_qnn(**IRIS, **settings, training_id="iris")
    iris = load_iris()
    names = [str(name) for name in iris.feature_names]
    columns = [3, 0, 2, 1]  # in another order: columns are found by their names
    labels = [str(iris.target_names[label]) for label in iris.target]
    table = write(tmp_path / "new.csv", [names[at] for at in columns], iris.data[:, columns], labels)
    told = predict("iris", f"{table}#label=kind")
    data = load_dataset("iris")
    task = Classification(data, str(IRIS["model"]), ClassificationSettings(components=2, **settings), seed=0)
    objective = task.objective(Runs(), whole=True)
    everything = np.arange(data.num_samples)
    expected = objective.predict(np.array(report["parameters"]), task.inputs(everything), 0)
    assert told["labels"] == [data.class_names[place] for place in expected]
    assert np.sum(told["probabilities"], axis=1) == pytest.approx(np.ones(150))
    assert told["confusion_matrix"] == confusion_matrix(data.labels, expected).tolist()
    assert told["balanced accuracy"] == pytest.approx(balanced_accuracy_score(data.labels, expected))
    test = task.parts["test"]
    assert json.loads(report["figures"]["test confusion matrix"]) == (
        confusion_matrix(data.labels[test], expected[test]).tolist()
    )
    model = str(home / "store/results/iris/model.json")
    assert predict(model, iris.data)["labels"] == told["labels"]


async def test_what_does_not_fit_a_model_is_refused_in_one_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await train_qnn(**{**IRIS, "max_steps": 1}, training_id="iris")
    await train_vqe(CHAIN, max_steps=1, training_id="chain")
    names = [str(name) for name in load_iris().feature_names]
    rows = load_iris().data[:3]
    good = write(tmp_path / "good.csv", names, rows, ["setosa", "setosa", "tulip"])
    short = write(tmp_path / "short.csv", names[:3], rows[:, :3])
    gaps = tmp_path / "gaps.csv"
    write(gaps, names, rows)
    gaps.write_text(gaps.read_text().replace("5.1", "NA"))
    damaged = tmp_path / "model.json"
    damaged.write_text('{"encoding": "reuploading"}')
    for model, data, words in (
        ("iris", short, "missing are petal width (cm)"),
        ("iris", f"{good}#label=kind", "found tulip"),
        ("iris", str(gaps), "missing ones in sepal length (cm)"),
        ("iris", str(tmp_path / "none.csv"), "expected, found neither"),
        ("iris", "nonsense", "ending in .csv or .parquet"),
        ("nobody", good, "known: chain, iris"),
        ("chain", good, "a training of train_qnn expected, found chain of train_vqe"),
        ("none.json", good, "the file of a model expected"),
        (str(damaged), good, "expected, found none"),
    ):
        capsys.readouterr()
        assert start("predict", [model, data]) == 1
        told = capsys.readouterr()
        assert words in told.err
        assert told.err.count("\n") == 1
        assert not told.out
    assert start("predict", ["iris", good, "--json", "/nowhere/told.json"]) == 2
    assert start("predict", ["iris", good, "--json", "-"]) == 0
    assert len(json.loads(capsys.readouterr().out.partition("\n}\n")[0] + "}")["labels"]) == 3
    with pytest.raises(InputRejected, match=r"\[samples, 4\] expected, found \[1, 3\]"):
        predict("iris", [[1.0, 2.0, 3.0]])


def rare(file: Path) -> str:
    """Two classes that overlap, one of them rare."""
    draw = np.random.default_rng(4)
    rows = np.concatenate([draw.normal(0, 1, (60, 2)), draw.normal(1.2, 1, (12, 2))])
    return write(file, ["x", "y"], rows, ["common"] * 60 + ["rare"] * 12)


async def test_class_weights_are_part_of_what_a_training_is(home: Path, tmp_path: Path) -> None:
    asked = {"data": rare(tmp_path / "rare.csv"), "components": 0, "max_steps": 1}
    plain = await train_qnn(**asked, training_id="plain")
    even = await train_qnn(**asked, class_weights="balanced", training_id="even")
    assert even["history"][0]["energy"] != plain["history"][0]["energy"]
    with pytest.raises(QorumError, match="another problem"):
        await train_qnn(**asked, training_id="even")


async def test_a_classifier_stops_where_the_loss_set_aside_rises_and_keeps_its_best(
    home: Path, tmp_path: Path
) -> None:
    asked = {"data": rare(tmp_path / "rare.csv"), "components": 0, "checkpoint_every": 1, "patience": 4}
    asked |= {"model": "reuploading?layers=2&num_qubits=2", "optimizer": "adam?learning_rate=0.4"}
    whole = await train_qnn(**asked, max_steps=60, training_id="whole")
    assert whole["reason"] == "stopped early: the loss on data set aside has not improved in 4 steps"
    assert whole["steps"] < 60
    objective = open_workload(find_definition("whole", open_store()), open_store()).source_on("torch")
    points = _points(home, "whole")
    aside = [objective(Phase()).evaluate(Request(point[None]), 0).aside for point in points]
    best = int(np.argmin([value for value in aside if value is not None]))
    np.testing.assert_array_equal(whole["parameters"], points[best])
    assert best < len(points) - 1
    await train_qnn(**asked, max_steps=3, training_id="part")
    rest = await train_qnn(**asked, max_steps=60, training_id="part")
    assert rest["parameters"] == whole["parameters"]
    more = await train_qnn(**{**asked, "patience": 12}, max_steps=whole["steps"] + 2, training_id="whole")
    assert more["steps"] == whole["steps"] + 2, "a more patient training goes on"
    assert "validation accuracy" in more["figures"]


def _points(home: Path, training_id: str) -> list[np.ndarray]:
    definition = find_definition(training_id, open_store())
    snapshot, _ = CheckpointChain(open_store(), training_id, definition.digest).newest_good()
    assert snapshot is not None
    return [row.point for row in snapshot.history.rows]


async def test_an_energy_that_no_longer_falls_by_enough_ends_a_training(home: Path) -> None:
    asked = {"hamiltonian": CHAIN, "ansatz": "hardware-efficient?layers=1", "optimizer": "adam"}
    report = await train_vqe(**asked, patience=3, min_improvement=0.05, training_id="one")
    energies = [row["energy"] for row in report["history"]]
    assert report["reason"] == "stopped early: the energy has not improved in 3 steps"
    assert min(energies[:-4]) - min(energies[-4:]) < 0.2
    whole = await train_vqe(**asked, training_id="two")
    assert report["steps"] < whole["steps"]
    assert [row["energy"] for row in whole["history"]][: len(energies)] == energies
    rest = await train_vqe(**asked, training_id="one")
    assert rest["parameters"] == whole["parameters"]


def test_the_command_line_takes_patience_and_weights(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = tmp_path / "told.json"
    asked = [rare(tmp_path / "rare.csv"), "--max-steps", "2", "--components", "0", "--json", str(told)]
    assert qnn([*asked, "--class-weights", "balanced", "--patience", "5"]) == 0
    assert "validation balanced accuracy" in json.loads(told.read_text())["figures"]
    assert vqe([CHAIN, "--patience", "-1"]) == 2
    assert "--patience: Input should be greater than or equal to 0" in capsys.readouterr().err
    assert vqe([CHAIN, "--min-improvement", "nan"]) == 2
