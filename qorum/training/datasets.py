"""Data to learn from: labelled samples and their folds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qorum.backends import derive_seed
from qorum.errors import InputRejected

FEWEST_OF_A_CLASS = 2
MOST_CLASSES = 64


@dataclass(frozen=True, eq=False)
class DataSet:
    """Samples with one label each.

    Attributes:
        name: as reports call it.
        features: float64, finite, shape [samples, features].
        labels: indices into `class_names`, int64, shape [samples].
        feature_names: one for each column.
        class_names: one for each label, each of which has samples.
        warnings: what a user should know of how it was read, in words.

    Raises:
        InputRejected: shapes that do not fit one another, missing or infinite values (named by column, with
            their number), fewer than two classes, fewer than two samples of a class, or nothing but
            constant features.
    """

    name: str
    features: np.ndarray
    labels: np.ndarray
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Read-only copies: what has been checked stays so.
        for field, dtype in (("features", np.float64), ("labels", np.int64)):
            array = np.array(getattr(self, field), dtype=dtype, order="C")
            array.setflags(write=False)
            object.__setattr__(self, field, array)
        _check_features(self)
        _check_labels(self)

    @property
    def num_samples(self) -> int:
        """Rows."""
        return len(self.features)

    @property
    def num_features(self) -> int:
        """Columns."""
        return self.features.shape[1]

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over features and labels, not over names."""
        shape = f"{self.features.shape}".encode()
        content = shape + self.features.astype("<f8").tobytes() + self.labels.astype("<i8").tobytes()
        return hashlib.sha256(content).hexdigest()

    def of_classes(self, names: Sequence[str]) -> DataSet:
        """The samples of these classes only, in their order; labels count in the order of `names`.

        Raises:
            InputRejected: a class is not known or named twice, or fewer than two are named.
        """
        unknown = [name for name in names if name not in self.class_names]
        if unknown or len(set(names)) != len(names):
            known, found = ", ".join(self.class_names), ", ".join(names)
            raise InputRejected(self.name, f"different ones of the classes {known} expected, found {found}")
        new_label = np.full(len(self.class_names), -1)
        new_label[[self.class_names.index(name) for name in names]] = np.arange(len(names))
        labels = new_label[self.labels]
        kept = labels >= 0
        return DataSet(self.name, self.features[kept], labels[kept], self.feature_names, tuple(names))

    def split(self, folds: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and test indices of each fold, ascending, int64; each sample is in one test part.

        Stratified: of each class, two folds' test parts differ by one sample at most, and so do they in all.

        Raises:
            InputRejected: fewer than 2 folds, or more than the smallest class has samples.
        """
        fewest = int(np.bincount(self.labels).min())
        if not 2 <= folds <= fewest:
            reason = (
                f"2 to {fewest} folds (as many as the smallest class has samples) expected, found {folds}"
            )
            raise InputRejected(self.name, reason)
        fold_of = np.empty(self.num_samples, np.int64)
        dealt = 0
        for label in range(len(self.class_names)):
            members = np.flatnonzero(self.labels == label)
            draw = np.random.default_rng(derive_seed(seed, "folds", label))
            fold_of[draw.permutation(members)] = (dealt + np.arange(len(members))) % folds
            dealt += len(members)
        return [(np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)) for fold in range(folds)]


def data_set(
    name: str, features: np.ndarray, labels: Sequence[object], feature_names: Sequence[str]
) -> DataSet:
    """A data set whose classes are the different labels, sorted: numbers by value, others by their text.

    Args:
        name: as reports call it.
        features: shape [samples, features].
        labels: integers, whole floats, booleans or texts; None and NaN count as missing.
        feature_names: one for each column.

    Raises:
        InputRejected: a label is missing or a fraction, or what `DataSet` refuses.
    """
    texts = label_texts(name, labels)
    class_names = sorted(set(texts), key=_class_order)
    index = {text: position for position, text in enumerate(class_names)}
    numbers = np.array([index[text] for text in texts], np.int64)
    return DataSet(name, features, numbers, tuple(feature_names), tuple(class_names))


def label_texts(name: str, labels: Sequence[object]) -> list[str]:
    """Labels as the names of their classes.

    Raises:
        InputRejected: a label is missing or a fraction.
    """
    missing = sum(label is None or label != label for label in labels)
    if missing:
        raise InputRejected(name, f"a label for each sample expected, found {missing} missing")
    if any(isinstance(label, float | np.floating) and not float(label).is_integer() for label in labels):
        raise InputRejected(name, "classes as labels expected, found fractions; give another label column")
    # A column of integers with gaps becomes one of floats elsewhere: 1.0 is class 1.
    return [str(int(label)) if isinstance(label, float | np.floating) else str(label) for label in labels]


def _class_order(text: str) -> tuple[bool, int, str]:
    number = text.removeprefix("-").isdecimal()
    return not number, int(text) if number else 0, text


def _check_features(data: DataSet) -> None:
    if data.features.ndim != 2 or 0 in data.features.shape:
        raise InputRejected(
            data.name,
            f"features of shape [samples, features], at least 1, expected, found {data.features.shape}",
        )
    if len(data.feature_names) != data.num_features:
        found = f"{len(data.feature_names)} names for {data.num_features} columns"
        raise InputRejected(data.name, f"a name for each feature expected, found {found}")
    faulty = (~np.isfinite(data.features)).sum(axis=0)
    if faulty.any():
        columns = [f"{data.feature_names[at]!r} {faulty[at]}" for at in np.flatnonzero(faulty)]
        more = f" and {len(columns) - 10} more columns" if len(columns) > 10 else ""
        raise InputRejected(
            data.name,
            f"finite numbers expected, found missing or infinite values in the columns "
            f"{', '.join(columns[:10])}{more}; fill them in, or leave out these rows or columns",
        )
    if (data.features == data.features[0]).all():
        raise InputRejected(
            data.name, "features that differ between samples expected, found only constant ones"
        )


def _check_labels(data: DataSet) -> None:
    classes = len(data.class_names)
    if data.labels.shape != (data.num_samples,):
        found = f"{data.labels.shape} for {data.num_samples}"
        raise InputRejected(data.name, f"one label for each sample expected, found {found}")
    if not 2 <= classes <= MOST_CLASSES:
        known = f": {data.class_names[0]}" if classes == 1 else ""
        raise InputRejected(data.name, f"2 to {MOST_CLASSES} classes expected, found {classes}{known}")
    if data.labels.min() < 0 or data.labels.max() >= classes:
        found = f"{data.labels.min()} to {data.labels.max()}"
        raise InputRejected(data.name, f"labels 0 to {classes - 1} expected, found {found}")
    counts = np.bincount(data.labels, minlength=classes)
    if counts.min() < FEWEST_OF_A_CLASS:
        rare = data.class_names[int(counts.argmin())]
        raise InputRejected(
            data.name,
            f"at least {FEWEST_OF_A_CLASS} samples of each class expected, found {counts.min()} of {rare!r}; "
            "too few to learn from",
        )
