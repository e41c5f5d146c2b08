"""How well labels are predicted, beyond the share of right ones."""

from __future__ import annotations

import json

import numpy as np


def confusion_matrix(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Samples by their class (rows) and the class predicted (columns), int64, shape [classes, classes]."""
    counted = np.zeros((classes, classes), np.int64)
    np.add.at(counted, (np.asarray(labels), np.asarray(predicted)), 1)
    return counted


def balanced_accuracy(matrix: np.ndarray) -> float:
    """The mean over classes that occur of each one's share of right answers, in [0, 1]."""
    totals = matrix.sum(axis=1)
    occurring = totals > 0
    return float(np.mean(np.diag(matrix)[occurring] / totals[occurring]))


def in_words(matrix: np.ndarray) -> str:
    """As `[[9, 1], [0, 10]]`: one row for each class, one column for each prediction."""
    return json.dumps(matrix.tolist())


def balanced_weights(labels: np.ndarray, classes: int) -> tuple[float, ...]:
    """Of each class, so that all weigh alike and samples weigh 1 on average: n / (classes · n of it)."""
    counts = np.bincount(labels, minlength=classes)
    return tuple(float(len(labels) / (classes * count)) for count in counts)
