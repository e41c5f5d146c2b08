"""Predictions of saved classifiers on tables: which model, which columns, and how many are right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydantic import ConfigDict, Field

from blocks.datasets import SUFFIXES, load_table
from blocks.object_store import ObjectStore
from blocks.trainings import find_definition
from qorum.errors import InputRejected, QorumError
from qorum.findings import Report, is_none
from qorum.training.problem_text import read_json, shortened, validated
from qorum.training.saved_classifier import SavedClassifier
from qorum.training.scores import balanced_accuracy, confusion_matrix


class Predictions(Report):
    """What a classifier says of samples, and where their classes are given how many it has right.

    Attributes:
        model: the training that it is of.
        classes: its classes.
        labels: the most probable class of each sample.
        probabilities: of each sample by class, shape [samples, classes].
        accuracy, balanced_accuracy, confusion_matrix: see `qorum.training.scores`; without given classes
            None, and not in the JSON.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    model: str
    classes: tuple[str, ...]
    labels: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...]
    accuracy: float | None = Field(default=None, exclude_if=is_none)
    balanced_accuracy: float | None = Field(default=None, alias="balanced accuracy", exclude_if=is_none)
    confusion_matrix: tuple[tuple[int, ...], ...] | None = Field(default=None, exclude_if=is_none)


def load_classifier(reference: str, store: ObjectStore) -> SavedClassifier:
    """A classifier from the path of a `model.json`, its key in the store, or the id of a training.

    Raises:
        QorumError: there is none, or no training of that name.
        InputRejected: it is none that can be read.
    """
    file = Path(reference)
    if file.is_file():
        data = file.read_bytes()
    elif store.is_key(reference) and store.exists(reference):
        data = store.get(reference)
    elif file.suffix == ".json":
        raise QorumError(f"{reference}: the file of a model expected, found none there, nor in {store.url}")
    else:
        kind = find_definition(reference, store).kind
        key = f"results/{reference}/model.json"
        if kind != "qnn":
            raise QorumError(f"a training of train_qnn expected, found {reference} of train_{kind}")
        if not store.exists(key):
            reason = "go on with it once, as by more --max-steps: its model is stored then"
            raise QorumError(f"training {reference} has no model.json yet; {reason}")
        data = store.get(key)
    return validated(SavedClassifier, read_json(data, reference), reference)


def predictions(
    model: SavedClassifier, data: str | np.ndarray | Sequence[Sequence[float]], store: ObjectStore
) -> Predictions:
    """What a model says of new samples.

    Args:
        model: see there; it scales them itself.
        data: a table with its feature columns, found by name (others are ignored), as `new.csv`, or with
            `new.csv#label=kind` the column that the predictions are compared with; or an array, shape
            [samples, features].
        store: where keys are looked up.

    Raises:
        InputRejected: a table that cannot be read, lacks columns (which), or has values that are no
            numbers; a label that is no class of the model.
    """
    known: list[str] | None = None
    if isinstance(data, str):
        if not data.partition("#")[0].lower().endswith(SUFFIXES):
            expected = " or ".join(SUFFIXES)
            raise InputRejected(data, f"a file or key ending in {expected} expected, found {shortened(data)}")
        features, known = load_table(data, model.features, store)
    else:
        features = np.asarray(data, dtype=np.float64)
    found = model.probabilities(features)
    places = found.argmax(1)
    told = Predictions(
        model=model.training_id,
        classes=tuple(model.classes),
        labels=tuple(model.classes[place] for place in places),
        probabilities=tuple(map(tuple, found.tolist())),
    )
    return told if known is None else _compared(told, known, places)


def _compared(told: Predictions, known: list[str], places: np.ndarray) -> Predictions:
    strange = sorted(set(known) - set(told.classes))
    if strange:
        classes = ", ".join(told.classes)
        raise InputRejected("labels", f"the classes {classes} expected, found {', '.join(strange[:5])}")
    labels = np.array([told.classes.index(label) for label in known])
    matrix = confusion_matrix(labels, places, len(told.classes))
    figures = {
        "accuracy": float(np.mean(labels == places)),
        "balanced_accuracy": balanced_accuracy(matrix),
        "confusion_matrix": tuple(map(tuple, matrix.tolist())),
    }
    return told.model_copy(update=figures)
