"""A classifier as a document says of new data what the trained model says, and what it is by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qorum.errors import InputRejected
from qorum.training.classification import Classification, Runs
from qorum.training.datasets import DataSet
from qorum.training.objective import Request
from qorum.training.options import ClassificationSettings
from qorum.training.saved_classifier import SavedClassifier, saved

RNG = np.random.default_rng(4)
CLOUDS = DataSet(
    "clouds",
    np.concatenate([RNG.normal(centre, 0.6, (12, 3)) for centre in (-1.0, 1.0)]),
    np.repeat([0, 1], 12),
    ("width", "height", "depth"),
    ("low", "high"),
)


def trained(**settings: object) -> tuple[Classification, np.ndarray, SavedClassifier]:
    task = Classification(
        CLOUDS, "reuploading?layers=1", ClassificationSettings.model_validate(settings), seed=2
    )
    point = task.objective(Runs()).start_point(3)
    return task, point, saved(task, point, "t1")


@pytest.mark.parametrize(
    "settings", [{}, {"components": 2}, {"linear_layer": True, "components": 2}], ids=str
)
def test_a_stored_model_predicts_raw_data_as_the_trained_one_predicts_prepared_ones(
    settings: dict[str, object],
) -> None:
    task, point, document = trained(**settings)
    read = SavedClassifier.model_validate_json(document.model_dump_json())
    objective = task.objective(Runs(), whole=True)
    rows = np.arange(24)
    expected = objective.predict(point, task.inputs(rows), 0)
    assert read.predict(CLOUDS.features) == [CLOUDS.class_names[label] for label in expected]
    found = read.probabilities(CLOUDS.features)
    assert found.shape == (24, 2)
    assert found.sum(1) == pytest.approx(np.ones(24))
    training = task.parts["training"]
    losses = -np.log(found[training, CLOUDS.labels[training]])
    assert losses.mean() == pytest.approx(objective.evaluate(Request(point[None]), 0).values[0], abs=1e-12)


def test_a_document_that_contradicts_itself_is_refused() -> None:
    _, _, document = trained()
    few = document.model_copy(update={"parameters": document.parameters[:-1]})
    needed = len(document.parameters)
    with pytest.raises(InputRejected, match=f"{needed} parameters for .* expected, found {needed - 1}"):
        few.predict(CLOUDS.features)
    for field in ("means", "axes", "highest"):
        short = document.model_copy(update={field: getattr(document, field)[:-1]})
        with pytest.raises(InputRejected, match="a scaling that fits its features expected"):
            short.predict(CLOUDS.features)


def test_other_features_are_refused() -> None:
    document = trained()[2]
    with pytest.raises(InputRejected, match=r"shape \[samples, 3\] expected, found \[24, 2\]"):
        document.predict(CLOUDS.features[:, :2])
    with pytest.raises(InputRejected, match="found NaN or infinity"):
        document.predict(np.full((1, 3), math.nan))
