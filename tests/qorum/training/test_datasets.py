"""Labelled samples: checks, folds, batches, and their scaling to angles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from qorum.errors import InputRejected
from qorum.training.datasets import DataSet, data_set
from qorum.training.scaling import Scaling


def samples(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    return draw.standard_normal((rows, columns)) @ np.diag(np.arange(1.0, columns + 1)) + 5.0


def labelled(labels: list[int], classes: int = 2) -> DataSet:
    names = tuple("abcdefgh"[:classes])
    return DataSet("drawn", samples(len(labels), 2), np.array(labels), ("x", "y"), names)


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(5, 30), min_size=2, max_size=4),
    folds=st.integers(2, 5),
    seed=st.integers(0, 2**31 - 1),
)
def test_each_sample_is_tested_once_and_classes_are_shared_out_evenly(
    sizes: list[int], folds: int, seed: int
) -> None:
    labels = [label for label, size in enumerate(sizes) for _ in range(size)]
    data = labelled(labels, len(sizes))
    parts = data.split(folds, seed)
    assert sorted(np.concatenate([test for _, test in parts]).tolist()) == list(range(len(labels)))
    for train, test in parts:
        assert sorted([*train.tolist(), *test.tolist()]) == list(range(len(labels)))
    for label in range(len(sizes)):
        counts = [int((data.labels[test] == label).sum()) for _, test in parts]
        assert max(counts) - min(counts) <= 1
    whole = [len(test) for _, test in parts]
    assert max(whole) - min(whole) <= 1


def test_folds_depend_on_the_seed_alone() -> None:
    data = labelled([0, 1] * 20)
    first, again, other = (data.split(4, seed)[0][1].tolist() for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("folds", [1, 4])
def test_folds_that_the_smallest_class_cannot_fill_are_refused(folds: int) -> None:
    with pytest.raises(InputRejected, match="2 to 3 folds"):
        labelled([0] * 9 + [1] * 3).split(folds, 0)


def test_principal_components_are_those_of_scikit_learn() -> None:
    train, test = samples(40, 5), samples(10, 5, seed=1)
    scaling = Scaling.fit(train, components=3)
    scaler, known = StandardScaler().fit(train), PCA(3)
    known.fit(scaler.transform(train))
    expected = known.transform(scaler.transform(test))
    found = (test - scaling.means) @ scaling.axes
    signs = np.sign((found * expected).sum(axis=0))
    np.testing.assert_allclose(found * signs, expected, atol=1e-10)
    components = scaling.axes * train.std(axis=0)[:, None]
    assert (components[np.abs(components).argmax(axis=0), range(3)] > 0).all()


def test_the_training_part_spans_the_angles_and_nothing_leaves_them() -> None:
    train, test = samples(40, 3), 10 * samples(40, 3, seed=1)
    for components in (None, 2):
        scaling = Scaling.fit(train, components, angles=(-1.0, 2.0))
        angles = scaling.transform(train)
        np.testing.assert_allclose(angles.min(axis=0), -1.0)
        np.testing.assert_allclose(angles.max(axis=0), 2.0)
        outside = scaling.transform(test)
        assert outside.min() >= -1.0
        assert outside.max() <= 2.0
    assert Scaling.fit(train).transform(train).max() == math.pi


def test_features_without_components_keep_their_order() -> None:
    train = np.array([[0.0, 10.0], [1.0, 30.0], [2.0, 20.0]])
    angles = Scaling.fit(train, angles=(0.0, 1.0)).transform(train)
    np.testing.assert_allclose(angles, [[0, 0], [0.5, 1], [1, 0.5]], atol=1e-12)


def test_a_constant_feature_says_nothing() -> None:
    train = np.column_stack([samples(20, 1), np.full(20, 0.1)])
    strange = np.array([[5.0, 77.0]])
    assert Scaling.fit(train).transform(strange)[0, 1] == math.pi / 2
    one = Scaling.fit(train, components=1)
    np.testing.assert_allclose(one.transform(strange), one.transform(np.array([[5.0, 0.1]])))


def test_unfit_scalings_are_refused() -> None:
    train = samples(4, 5)
    for components in (0, 4):
        with pytest.raises(InputRejected, match="1 to 3 principal components"):
            Scaling.fit(train, components)
    with pytest.raises(InputRejected, match="lower and a higher"):
        Scaling.fit(train, angles=(1.0, 1.0))
    with pytest.raises(InputRejected, match="5 features"):
        Scaling.fit(train).transform(samples(3, 4))


def test_classes_are_sorted_numbers_by_value() -> None:
    found = data_set("d", samples(6, 2), [10, 2, 10.0, 2, -1, -1], ["x", "y"])
    assert found.class_names == ("-1", "2", "10")
    assert found.labels.tolist() == [2, 1, 2, 1, 0, 0]
    words = data_set("d", samples(4, 2), ["no", "yes", "yes", "no"], ["x", "y"])
    assert words.class_names == ("no", "yes")


def test_some_classes_can_be_chosen() -> None:
    data = labelled([0, 1, 2, 0, 1, 2, 2], classes=3)
    chosen = data.of_classes(["c", "a"])
    assert chosen.class_names == ("c", "a")
    assert chosen.labels.tolist() == [1, 0, 1, 0, 0]
    np.testing.assert_array_equal(chosen.features, data.features[[0, 2, 3, 5, 6]])
    for names in (["a", "z"], ["a", "a"]):
        with pytest.raises(InputRejected, match="the classes a, b, c expected"):
            data.of_classes(names)


def test_the_digest_follows_values_and_the_values_stay() -> None:
    first, second = labelled([0, 1, 0, 1]), labelled([0, 1, 1, 0])
    assert first.digest == labelled([0, 1, 0, 1]).digest != second.digest
    with pytest.raises(ValueError, match="read-only"):
        first.features[0, 0] = 1.0


def with_gaps() -> np.ndarray:
    features = samples(6, 3)
    features[[0, 2], 1] = np.nan
    features[4, 2] = np.inf
    return features


LABELS = [0, 1, 0, 1, 0, 1]

REFUSED: dict[str, tuple[np.ndarray, list[Any], str]] = {
    "missing values": (with_gaps(), LABELS, "columns 'y' 2, 'z' 1"),
    "constant": (np.ones((6, 3)), LABELS, "only constant ones"),
    "one class": (samples(6, 3), [4] * 6, "2 to 64 classes expected, found 1: 4"),
    "one of a class": (samples(6, 3), [0, 0, 0, 0, 0, 1], "found 1 of '1'"),
    "missing labels": (samples(6, 3), [0, 1, None, 1, math.nan, 1], "found 2 missing"),
    "fractions": (samples(6, 3), [0.5, 1.0, 0.5, 1.0, 1.0, 1.0], "found fractions"),
    "infinite label": (samples(6, 3), [math.inf, 1.0, 0.0, 1.0, 1.0, 1.0], "found fractions"),
    "too few labels": (samples(6, 3), [0, 1, 0, 1], "one label for each sample"),
    "no samples": (np.empty((0, 3)), [], r"at least 1, expected, found \(0, 3\)"),
    "a column too much": (samples(6, 4), LABELS, "3 names for 4 columns"),
}


@pytest.mark.parametrize(("features", "labels", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_faulty_data_are_refused_in_words(features: np.ndarray, labels: list[Any], words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        data_set("faulty", features, labels, ["x", "y", "z"])
