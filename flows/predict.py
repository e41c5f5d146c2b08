"""Predictions of a trained classifier on new data: `python -m flows.predict TRAINING_ID data.csv`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from blocks.object_store import ObjectStore, open_store
from blocks.predictions import load_classifier, predictions
from flows.preflight import check_output
from qorum.errors import QorumError
from qorum.training.saved_classifier import SavedClassifier

OK, REFUSED, USAGE = 0, 1, 2
EXAMPLES = """examples:
  python -m flows.predict iris-1 new.csv
  python -m flows.predict model.json 'new.csv#label=species' --json -

exit status: 0 done, 1 refused, 2 wrong usage"""


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
    command = argparse.ArgumentParser(
        prog="python -m flows.predict",
        description="Predict the classes of new samples with a trained classifier.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = command.add_argument
    add("model", metavar="MODEL_OR_TRAINING_ID", help="model.json of a training, or its id")
    add("data", metavar="FILE[#label=NAME]", help="CSV or Parquet with the columns that it was trained on")
    add("--json", metavar="FILE|-", help="write labels and probabilities as JSON")
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
