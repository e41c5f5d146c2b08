"""Data sets from CSV and Parquet files, from the store, and from scikit-learn by name."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from blocks.object_store import ObjectStore
from qorum.errors import InputRejected
from qorum.training.datasets import DataSet, data_set, label_texts
from qorum.training.problem_text import Document, read_settings, shortened, validated

if TYPE_CHECKING:
    import pandas

SUFFIXES = (".csv", ".parquet")
LOOKED_AT = 200
"""Lines of a table from which its decimal point is taken."""

FEWEST_NUMBERED = 10
"""Rows from which on a column of successive whole numbers is taken for their numbers."""

INDEX_NAMES = ("", "index", "id", "row", "rowid", "row_id")
MISSING = ("NA", "N/A", "n/a", "NaN", "nan", "-nan", "null", "NULL", "None", "<NA>", "#N/A")
NAMES = ("iris", "wine", "breast_cancer", "digits", "moons")


class Chosen(Document):
    """What may stand behind `iris?`, `wine?`, `breast_cancer?`, `digits?`."""

    classes: str | None = Field(None, description="names of the classes to keep, as setosa,virginica")


class Moons(Document):
    """What may stand in `moons?samples=200&noise=0.1&seed=0`."""

    samples: int = Field(200, ge=4, le=100_000, description="of both classes, 4 to 100000")
    noise: float = Field(0.1, ge=0, le=10, description="standard deviation added to both coordinates")
    seed: int = Field(0, ge=0, lt=2**32, description="of the samples")


def load_dataset(source: str, store: ObjectStore | None = None) -> DataSet:
    """A data set from any of these.

    * `iris`, `wine`, `breast_cancer`, `digits` (scikit-learn's copies), with `?classes=setosa,virginica` only
      these classes; `moons?samples=200&noise=0.1&seed=0`.
    * The path of a `.csv` (with a header) or `.parquet` file, or a key of one in the store. The labels are
      the last column, or the one named by `data.csv#label=species`; all others are features, numbers.

    Args:
        source: see above.
        store: where keys are looked up if there is no such file.

    Raises:
        InputRejected: there is no such data, it cannot be read, a column is no number (which, and what was
            found), values are missing (which columns, how many), or what `DataSet` refuses.
    """
    name, _, settings = source.partition("?")
    if name in NAMES:
        return _by_name(name, read_settings(settings, source, "&"), source)
    path, _, fragment = source.partition("#")
    if not path.lower().endswith(SUFFIXES):
        reason = f"one of {', '.join(NAMES)}, or a file or key ending in {' or '.join(SUFFIXES)} expected"
        raise InputRejected(source, f"{reason}, found {shortened(source)}")
    frame = _read_frame(path, _content(path, store), source)
    return _from_frame(frame, _label_column(frame, read_settings(fragment, source), source), path)


def load_table(
    source: str, features: Sequence[str], store: ObjectStore | None = None
) -> tuple[np.ndarray, list[str] | None]:
    """The feature columns of a table, in the order asked for, and its labels where `#label=` names them.

    Returns:
        Features, float64, shape [samples, features]; labels as texts, or None.

    Raises:
        InputRejected: as `load_dataset`, or a column that is missing (which).
    """
    path, _, fragment = source.partition("#")
    frame = _read_frame(path, _content(path, store), source)
    missing = [name for name in features if name not in frame.columns]
    if missing:
        found = ", ".join(frame.columns[:20])
        reason = f"the columns that it was trained on expected, missing are {', '.join(missing[:10])}"
        raise InputRejected(source, f"{reason}; found {found}")
    labels: list[str] | None = None
    if fragment:
        given = frame[_label_column(frame, read_settings(fragment, source), source)].astype(object)
        labels = label_texts(source, given.where(given.notna(), None).tolist())
    values = np.stack([_numbers(frame, name, path) for name in features], axis=1)
    faulty = [name for name, column in zip(features, values.T, strict=True) if not np.isfinite(column).all()]
    if faulty:
        reason = f"a number in each row expected, found missing ones in {', '.join(faulty[:10])}"
        raise InputRejected(source, f"{reason}; fill them in, or leave these rows out")
    return values, labels


def _by_name(name: str, settings: dict[str, str], source: str) -> DataSet:
    from sklearn import datasets

    if name == "moons":
        chosen = validated(Moons, settings, source)
        points, labels = datasets.make_moons(chosen.samples, noise=chosen.noise, random_state=chosen.seed)
        return DataSet(source, np.asarray(points), np.asarray(labels), ("x", "y"), ("upper", "lower"))
    loaders: dict[str, Callable[[], Any]] = {
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "breast_cancer": datasets.load_breast_cancer,
        "digits": datasets.load_digits,
    }
    classes = validated(Chosen, settings, source).classes
    loaded = loaders[name]()
    features, classes_known = tuple(map(str, loaded.feature_names)), tuple(map(str, loaded.target_names))
    whole = DataSet(source, loaded.data, loaded.target, features, classes_known)
    return whole.of_classes(classes.split(",")) if classes else whole


def _content(path: str, store: ObjectStore | None) -> bytes:
    try:
        if Path(path).is_file():
            return Path(path).read_bytes()
    except OSError as error:  # no permission, a name too long
        raise InputRejected(path, f"a readable file expected: {error.strerror}") from None
    if store is None:
        raise InputRejected(path, "the path of a file expected, found none there")
    try:
        return store.get(path)
    except (KeyError, ValueError):
        reason = f"the path of a file, or a key in {store.url}, expected, found neither"
        raise InputRejected(path, reason) from None


def _read_frame(path: str, content: bytes, source: str) -> pandas.DataFrame:
    import pandas
    import pyarrow

    try:
        if path.lower().endswith(".csv"):
            _refuse_short_header(content, source)
            # Texts such as NA may be classes: which are missing is told once the label column is known.
            frame = pandas.read_csv(
                io.BytesIO(content),
                encoding="utf-8-sig",
                skipinitialspace=True,
                keep_default_na=False,
                na_values=[""],
                **_dialect(content),
            )
        else:
            frame = pandas.read_parquet(io.BytesIO(content))
    except (ValueError, csv.Error, pyarrow.ArrowException) as error:  # pandas' parser errors are ValueErrors
        raise InputRejected(source, f"a readable table expected: {str(error).strip()}") from None
    if frame.shape[0] == 0 or frame.shape[1] < 2:
        found = f"{frame.shape[0]} rows and {frame.shape[1]} columns"
        raise InputRejected(
            source,
            f"rows below a header, with a feature and a label at least, joined by commas, semicolons or tabs,"
            f" expected, found {found}",
        )
    frame.columns = [str(column) for column in frame.columns]
    return frame


def _dialect(content: bytes) -> dict[str, Any]:
    """The separator of the first line, and the decimal comma where numbers have one."""
    lines = content.decode("utf-8-sig", errors="replace").splitlines()
    first = next((line for line in lines if line.strip()), "")
    separator = next((one for one in (",", ";", "\t") if one in first), ",")
    if ";" in first and first.count(";") >= first.count(","):
        separator = ";"
    if "\t" in first and first.count("\t") >= first.count(separator):
        separator = "\t"
    body = "\n".join(lines[:LOOKED_AT])
    has_comma = separator != "," and bool(re.search(r"\d,\d", body)) and not re.search(r"\d\.\d", body)
    return {"sep": separator, "decimal": "," if has_comma else "."}


def _refuse_short_header(content: bytes, source: str) -> None:
    """pandas would take the first columns for names of the rows, or the first sample for a header."""
    text = content.decode("utf-8-sig", errors="replace")
    separator = _dialect(content)["sep"]
    rows = (row for row in csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True) if row)
    header, first = next(rows, []), next(rows, [])
    if len(first) > len(header):
        found = f"{len(header)} names above {len(first)} values"
        raise InputRejected(source, f"a header with a name for each value of a row expected, found {found}")
    numbers = [name for name in header if _is_number(name)]
    is_counted = header[:-1] == [str(place) for place in range(len(header) - 1)]  # as pandas names columns
    if not is_counted and len(numbers) >= max(1, len(header) - 1) and len(header) > 1:
        found = f"numbers in the first line: {', '.join(header[:6])}"
        raise InputRejected(
            source, f"a header expected, found {found}; add a line of names on top, as x1,x2,…,label"
        )


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "."))
    except ValueError:
        return False
    return True


def _label_column(frame: pandas.DataFrame, settings: dict[str, str], source: str) -> str:
    label = settings.pop("label", str(frame.columns[-1]))
    if settings or list(frame.columns).count(label) != 1:
        columns = ", ".join(frame.columns[:20])
        raise InputRejected(
            source, f"#label= and one of the columns {columns} expected, found {source.partition('#')[2]!r}"
        )
    return label


def _from_frame(frame: pandas.DataFrame, label: str, name: str) -> DataSet:
    index = _index_column(frame, label)
    names = [column for column in frame.columns if column not in (label, index)]
    columns = [_numbers(frame, column, name) for column in names]
    labels = frame[label].astype(object)
    present = labels.where(labels.notna(), None)
    found = data_set(name, np.stack(columns, axis=1), present.tolist(), names)
    if index is None:
        return found
    warning = f"column {index!r} numbers the rows: it is left out of the features"
    return replace(found, warnings=(warning,))


def _numbers(frame: pandas.DataFrame, column: str, name: str) -> np.ndarray:
    """A feature column as float64; what is missing is NaN."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    values = _with_missing(frame.loc[:, column])
    empty = bool(values.isna().all())
    if not (empty or is_bool_dtype(values) or is_numeric_dtype(values)):
        raise _no_number(name, column, values)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def _index_column(frame: pandas.DataFrame, label: str) -> str | None:
    """The first column, if it does nothing but number the rows and there are other features."""
    from pandas.api.types import is_integer_dtype

    first = str(frame.columns[0])
    if first == label or len(frame.columns) < 3 or not is_integer_dtype(frame[first]):
        return None
    values = frame[first].to_numpy()
    unnamed = first.startswith("Unnamed:") or first.lower() in INDEX_NAMES
    rises = len(values) > FEWEST_NUMBERED and bool((np.diff(values) == 1).all())
    return first if rises or (unnamed and len(np.unique(values)) == len(values)) else None


def _with_missing(values: pandas.Series) -> pandas.Series:
    """A feature column whose words for what is missing are missing values."""
    if values.dtype != object and str(values.dtype) not in ("str", "string"):
        return values
    cleared = values.mask(values.isin(MISSING))
    numbers = _as_numbers(cleared)
    return numbers if bool((numbers.isna() == cleared.isna()).all()) else cleared


def _as_numbers(values: pandas.Series) -> pandas.Series:
    """NaN where it is none."""
    from pandas import Series, to_numeric

    return Series(to_numeric(values, errors="coerce"))


def _no_number(name: str, column: str, values: pandas.Series) -> InputRejected:
    found = str(values.dtype)
    faulty = np.flatnonzero(_as_numbers(values).isna() & values.notna())
    if len(faulty):  # counted: a Parquet file may name its rows
        found = f"{shortened(values.iloc[faulty[0]])} in row {faulty[0] + 1}"
    return InputRejected(
        name,
        f"numbers in each feature column expected, found {found} of {column!r}; encode it as numbers, leave "
        "it out, or name the label column by #label=",
    )
