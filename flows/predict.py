"""Predictions of a trained classifier on new data: `python -m flows.predict TRAINING_ID data.csv`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from blocks.object_store import ObjectStore, open_store
from blocks.predictions import Predictions, load_classifier, predictions
from flows.arguments import Command
from flows.preflight import check_output
from qorum.errors import QorumError
from qorum.findings import Findings
from qorum.training.saved_classifier import SavedClassifier

OK, REFUSED, USAGE = 0, 1, 2


def predict(
    model: str | SavedClassifier,
    data: str | np.ndarray | Sequence[Sequence[float]],
    store: ObjectStore | None = None,
) -> Findings[Predictions]:
    """Labels and probabilities of new samples, by a model that scales them itself.

    Read like a dict, `predict(…)["labels"]`, or with types, `predict(…).report.labels`.

    Args:
        model: the id of a training, the path or key of its `model.json`, or that as an object.
        data: a table or an array, see `blocks.predictions.predictions`.
        store: None: the one of the settings.

    Raises:
        QorumError: no such model or data, or they do not fit; in words.
    """
    place = store or open_store()
    found = load_classifier(model, place) if isinstance(model, str) else model
    return Findings(predictions(found, data, place))


def answer(of: Command, arguments: Sequence[str] | None = None) -> int:
    """The command: print the label of each sample with its probability, and how many are right."""
    command = of.parser()
    asked = command.parse_args(arguments)
    try:
        check_output(asked.json)
    except QorumError as error:
        return _refused(command.prog, error, USAGE)
    try:
        told = predict(asked.model, asked.data).report
    except QorumError as error:
        return _refused(command.prog, error, REFUSED)
    if asked.json == "-":
        print(told.as_json(indent=1))
        return OK
    if asked.json:
        Path(asked.json).write_text(told.as_json(indent=1))
    for place, (label, shares) in enumerate(zip(told.labels, told.probabilities, strict=True), start=1):
        print(f"{place}\t{label}\t{max(shares):.4f}")
    if told.confusion_matrix is not None:
        print(f"accuracy: {told.accuracy}")
        print(f"balanced accuracy: {told.balanced_accuracy}")
        print(f"confusion matrix: {list(map(list, told.confusion_matrix))}")
    return OK


def _refused(program: str, error: QorumError, status: int) -> int:
    print(f"{program}: {error}", file=sys.stderr)
    return status


if __name__ == "__main__":
    from flows.front import start

    raise SystemExit(start("predict"))
