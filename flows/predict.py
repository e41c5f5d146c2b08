"""Predictions of a trained classifier on new data: `python -m flows.predict TRAINING_ID data.csv`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from blocks.object_store import ObjectStore, open_store
from blocks.predictions import load_classifier, predictions
from flows.arguments import COMMANDS
from flows.preflight import check_output
from qorum.errors import QorumError
from qorum.training.saved_classifier import SavedClassifier

OK, REFUSED, USAGE = 0, 1, 2


def predict(
    model: str | SavedClassifier,
    data: str | np.ndarray | Sequence[Sequence[float]],
    store: ObjectStore | None = None,
) -> dict[str, Any]:
    """Labels and probabilities of new samples, by a model that scales them itself.

    Args:
        model: the id of a training, the path or key of its `model.json`, or that as an object.
        data: a table or an array, see `blocks.predictions.predictions`.
        store: None: the one of the settings.

    Raises:
        QorumError: no such model or data, or they do not fit; in words.
    """
    place = store or open_store()
    found = load_classifier(model, place) if isinstance(model, str) else model
    return predictions(found, data, place)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m flows.predict`."""
    command = COMMANDS["predict"].parser()
    asked = command.parse_args(arguments)
    try:
        check_output(asked.json)
    except QorumError as error:
        return _refused(command.prog, error, USAGE)
    try:
        told = predict(asked.model, asked.data)
    except QorumError as error:
        return _refused(command.prog, error, REFUSED)
    if asked.json == "-":
        print(json.dumps(told, indent=1))
        return OK
    if asked.json:
        Path(asked.json).write_text(json.dumps(told, indent=1))
    for place, (label, shares) in enumerate(zip(told["labels"], told["probabilities"], strict=True), start=1):
        print(f"{place}\t{label}\t{max(shares):.4f}")
    for name in ("accuracy", "balanced accuracy", "confusion_matrix"):
        if name in told:
            print(f"{name.replace('_', ' ')}: {told[name]}")
    return OK


def _refused(program: str, error: QorumError, status: int) -> int:
    print(f"{program}: {error}", file=sys.stderr)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
