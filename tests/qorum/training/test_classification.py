"""How data become a classifier's training: divided, scaled, and judged on what it has not seen."""

from __future__ import annotations

import numpy as np
import pytest

from blocks.datasets import load_dataset
from qorum.errors import InputRejected
from qorum.training.classification import Classification, Runs
from qorum.training.classifier import ClassifierObjective
from qorum.training.datasets import DataSet
from qorum.training.objective import Request
from qorum.training.options import ClassificationSettings

IRIS = load_dataset("iris")


def task(encoding: str = "reuploading?layers=1", seed: int = 1, **settings: object) -> Classification:
    return Classification(IRIS, encoding, ClassificationSettings.model_validate(settings), seed)


def test_one_fifth_of_the_rows_is_kept_for_the_test_and_both_parts_hold_every_class() -> None:
    training, test = task().parts.values()
    assert sorted([*training, *test]) == list(range(150))
    assert len(test) == 30
    for part in (training, test):
        assert set(IRIS.labels[part]) == {0, 1, 2}
    assert (task().parts["test"] == test).all()
    assert (task(seed=2).parts["test"] != test).any()


def test_what_is_tested_with_has_no_part_in_the_scaling() -> None:
    one = task(components=2)
    training, test = one.parts.values()
    before = one.inputs(training)
    features = IRIS.features.copy()
    features[test] *= 1000
    other = Classification(
        type(IRIS)(**{**vars(IRIS), "features": features}), one.encoding, one.settings, one.seed
    )
    assert other.inputs(training).tobytes() == before.tobytes()


def test_components_are_as_many_as_asked_for_and_zero_stands_for_the_features() -> None:
    assert task(components=2).circuit.circuit.num_qubits == 2
    assert task(components=0).circuit.circuit.num_qubits == 4
    with pytest.raises(InputRejected, match="at most 3 features expected"):
        _ = task("reuploading?num_qubits=1&layers=1", components=4).circuit


def test_training_lowers_the_loss_and_accuracies_are_shares() -> None:
    one = task(components=2)
    objective = one.objective(Runs())
    point = objective.start_point(0)
    answer = objective.evaluate(Request(point[None], gradient=True), 0)
    assert answer.gradient is not None
    step = objective.evaluate(Request((point - 0.05 * answer.gradient)[None]), 0)
    assert step.values[0] < answer.values[0]
    found = one.accuracies(objective, point)
    assert set(found) == {"training accuracy", "test accuracy"}
    assert all(0 <= share <= 1 for share in found.values())


def test_balanced_weights_make_the_loss_the_mean_of_the_classes_own_losses() -> None:
    kept = np.r_[0:50, 50:70, 100:108]
    few = DataSet("few", IRIS.features[kept], IRIS.labels[kept], IRIS.feature_names, IRIS.class_names)
    settings = ClassificationSettings(components=2, class_weights="balanced")
    weighted = Classification(few, "reuploading?layers=1", settings, 1)
    plain = Classification(few, "reuploading?layers=1", ClassificationSettings(components=2), 1)
    objective = weighted.objective(Runs())
    point = objective.start_point(3)
    losses = []
    for label in range(3):
        rows = np.array([row for row in plain.parts["training"] if few.labels[row] == label])
        model = plain.objective(Runs()).model
        alone = ClassifierObjective(model, plain.inputs(rows), few.labels[rows])
        losses.append(alone.evaluate(Request(point[None]), 0).values[0])
    found = objective.evaluate(Request(point[None], gradient=True), 0)
    assert found.values[0] == pytest.approx(np.mean(losses), abs=1e-12)
    assert found.gradient is not None
    moved = objective.evaluate(Request(point[None] + 1e-5 * np.eye(len(point))[:1]), 0).values[0]
    assert found.gradient[0] == pytest.approx((moved - found.values[0]) / 1e-5, abs=1e-4)


def test_what_is_set_aside_to_stop_by_is_in_no_other_part_and_its_loss_is_told() -> None:
    one = task(set_aside=True)
    parts = list(one.parts.values())
    assert sorted(np.concatenate(parts)) == list(range(150))
    objective = one.objective(Runs())
    point = objective.start_point(0)
    rows = one.parts["validation"]
    alone = ClassifierObjective(one.objective(Runs()).model, one.inputs(rows), IRIS.labels[rows])
    expected = alone.evaluate(Request(point[None]), 0).values[0]
    assert objective.evaluate(Request(point[None]), 0).aside == pytest.approx(expected, abs=1e-12)
    assert one.objective(Runs(), whole=True).evaluate(Request(point[None]), 0).aside is None


def test_figures_count_right_answers_and_show_what_they_are_made_of() -> None:
    one = task(components=2, batch_size=8, set_aside=True)
    point = one.objective(Runs()).start_point(0)
    found = one.figures(point, Runs(), 0)
    objective = one.objective(Runs(), whole=True)
    for part, rows in one.parts.items():
        guesses, labels = objective.predict(point, one.inputs(rows), 0), IRIS.labels[rows]
        assert found[f"{part} accuracy"] == pytest.approx(np.mean(guesses == labels))
        shares = [np.mean(guesses[labels == label] == label) for label in range(3)]
        assert found[f"{part} balanced accuracy"] == pytest.approx(np.mean(shares))
    assert found["classes"] == "setosa, versicolor, virginica"
    rows = one.parts["training"]
    alone = ClassifierObjective(one.objective(Runs()).model, one.inputs(rows), IRIS.labels[rows])
    loss = alone.evaluate(Request(point[None]), 0).values[0]
    assert found["loss of all samples"] == pytest.approx(loss, abs=1e-12)
    assert not any(name.startswith("ideal") for name in found)
    shown = one.figures(point, Runs(shots=50), 0)
    assert shown["ideal test accuracy"] == found["test accuracy"]


def test_what_a_data_set_or_an_encoding_cannot_do_is_refused() -> None:
    with pytest.raises(InputRejected, match="angles alone expected behind a linear layer"):
        _ = task("zz", linear_layer=True).circuit
    pairs = DataSet("pairs", np.arange(8.0).reshape(4, 2), np.array([0, 0, 1, 1]), ("a", "b"), ("x", "y"))
    few = Classification(pairs, "angle", ClassificationSettings(set_aside=True), 0)
    with pytest.raises(InputRejected, match="3 samples of each class expected"):
        _ = few.parts
