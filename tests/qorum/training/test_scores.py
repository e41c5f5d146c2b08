"""Scores and weights of classes against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.metrics import confusion_matrix as expected_matrix
from sklearn.utils.class_weight import compute_class_weight

from qorum.training.scores import balanced_accuracy, balanced_weights, confusion_matrix, in_words


def test_matrix_accuracy_and_weights_are_those_of_another_library() -> None:
    draw = np.random.default_rng(3)
    labels, predicted = draw.choice(3, 90, p=[0.7, 0.2, 0.1]), draw.integers(0, 3, 90)
    matrix = confusion_matrix(labels, predicted, 3)
    np.testing.assert_array_equal(matrix, expected_matrix(labels, predicted))
    assert balanced_accuracy(matrix) == pytest.approx(balanced_accuracy_score(labels, predicted))
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert balanced_weights(labels, 3) == pytest.approx(expected)
    assert in_words(np.eye(2, dtype=int)) == "[[1, 0], [0, 1]]"


def test_a_class_without_samples_does_not_count() -> None:
    assert balanced_accuracy(confusion_matrix(np.array([0, 0]), np.array([0, 1]), 2)) == 0.5
