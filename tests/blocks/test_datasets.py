"""Data sets from files, from a store and by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from blocks.datasets import load_dataset
from blocks.object_store import LocalFolder
from qorum.errors import InputRejected

EXAMPLE = "examples/datasets/iris_two_species.csv"


def written(folder: Path, text: str) -> str:
    path = folder / "data.csv"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("source", "shape", "classes"),
    [
        ("iris", (150, 4), ("setosa", "versicolor", "virginica")),
        ("iris?classes=virginica,setosa", (100, 4), ("virginica", "setosa")),
        ("wine", (178, 13), ("class_0", "class_1", "class_2")),
        ("breast_cancer", (569, 30), ("malignant", "benign")),
        ("digits?classes=0,1", (360, 64), ("0", "1")),
        ("moons?samples=80&noise=0.05&seed=3", (80, 2), ("upper", "lower")),
        (EXAMPLE, (40, 4), ("versicolor", "virginica")),
    ],
)
def test_data_sets_are_found_by_name(source: str, shape: tuple[int, int], classes: tuple[str, ...]) -> None:
    found = load_dataset(source)
    assert (found.features.shape, found.class_names) == (shape, classes)
    assert found.digest == load_dataset(source).digest


def test_the_moons_follow_their_seed_and_names_match_places() -> None:
    first, other = load_dataset("moons?seed=1"), load_dataset("moons?seed=2")
    assert first.digest != other.digest
    quiet = load_dataset("moons?noise=0")
    heights = [quiet.features[quiet.labels == label, 1].mean() for label in (0, 1)]
    assert quiet.class_names == ("upper", "lower")
    assert heights[0] > heights[1]


def test_labels_are_the_last_column_or_the_one_named(tmp_path: Path) -> None:
    path = written(tmp_path, "kind,a,b,side\nx,1,2.5,0\ny,2,3,1\nx,3,4,0\ny,4,5,1\n")
    named = load_dataset(f"{path}#label=kind")
    assert named.feature_names == ("a", "b", "side")
    assert named.class_names == ("x", "y")
    np.testing.assert_array_equal(named.features[0], [1, 2.5, 0])
    with pytest.raises(InputRejected, match="found 'x' in row 1 of 'kind'"):
        load_dataset(path)


def test_parquet_csv_and_the_store_give_one_data_set(tmp_path: Path) -> None:
    frame = pandas.read_csv(EXAMPLE)
    frame.to_parquet(tmp_path / "data.parquet")
    store = LocalFolder(path=tmp_path / "store")
    store.put("inputs/iris.csv", Path(EXAMPLE).read_bytes())
    digests = {
        load_dataset(EXAMPLE).digest,
        load_dataset(str(tmp_path / "data.parquet")).digest,
        load_dataset("inputs/iris.csv", store).digest,
    }
    assert len(digests) == 1


@pytest.mark.parametrize("rows", [["p", "q", "r"], [7, 8, 9], [("p", 1), ("p", 2), ("q", 1)]])
def test_a_faulty_row_of_a_parquet_file_is_counted_whatever_its_rows_are_called(
    tmp_path: Path, rows: list[Any]
) -> None:
    names = pandas.MultiIndex.from_tuples(rows) if isinstance(rows[0], tuple) else pandas.Index(rows)
    frame = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": ["1", "high", "3"], "label": ["x", "y", "x"]}, names)
    frame.to_parquet(tmp_path / "data.parquet")
    with pytest.raises(InputRejected, match="found 'high' in row 2 of 'b'"):
        load_dataset(str(tmp_path / "data.parquet"))


def test_truth_values_are_numbers_and_a_byte_order_mark_is_none(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeffwet,cold,label\nTrue,1,0\nFalse,2,1\nTrue,3,0\nFalse,4,1\n")
    found = load_dataset(path)
    assert found.feature_names == ("wet", "cold")
    assert found.features[:, 0].tolist() == [1, 0, 1, 0]


TABLES = {
    "missing values": ("a,b,l\n1,,0\n2,,1\n,3,0\n4,4,1\n", "columns 'a' 1, 'b' 2"),
    "an empty column": ("a,b,l\n1,,0\n2,,1\n3,,0\n4,,1\n", "column.* 'b' 4"),
    "missing labels": ("a,l\n1,x\n2,\n3,x\n4,y\n", "found 1 missing"),
    "words among numbers": ("a,b,l\n1,2,0\n2,tall,1\n3,4,0\n4,5,1\n", "found 'tall' in row 2 of 'b'"),
    "one class": ("a,l\n1,x\n2,x\n", "found 1: x"),
    "regression": ("a,l\n1,0.5\n2,0.25\n3,0.5\n", "found fractions"),
    "a header alone": ("a,l\n", "found 0 rows and 2 columns"),
    "one column": ("l\n1\n2\n", "2 rows and 1 columns"),
    "ragged rows": ("a,l\n1,2\n1,2,3,4\n", "readable table"),
    "short header": ("a,l\n1,2,0\n3,4,1\n", "2 names above 3 values"),
    "short rows": ("a,b,l\n1,2,0\n3\n1,2,0\n1,2,1\n", "found 1 missing"),
    "nothing": ("", "readable table"),
}


@pytest.mark.parametrize(("text", "words"), TABLES.values(), ids=TABLES.keys())
def test_a_faulty_table_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        load_dataset(written(tmp_path, text))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("titanic", "one of iris, wine"),
        ("missing.csv", "path of a file"),
        ("x" * 5000 + ".csv", "too long"),
        (f"{EXAMPLE}#label=colour", "one of the columns sepal_length_cm"),
        (f"{EXAMPLE}#target=species", "#label="),
        ("iris?classes=setosa,rose", "classes setosa, versicolor, virginica expected"),
        ("iris?classes=setosa", "found 1: setosa"),
        ("iris?noise=1", "only classes"),
        ("moons?samples=2", "greater than or equal to 4"),
        ("moons?noise=nan", "noise"),
        ("moons?samples", "name=value"),
    ],
)
def test_an_unknown_data_set_is_refused_in_words(source: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        load_dataset(source)


def test_bytes_that_are_no_table_are_refused(tmp_path: Path) -> None:
    for name in ("data.parquet", "data.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00PAR1\x00\x9c" * 10)
        with pytest.raises(InputRejected, match="readable table"):
            load_dataset(str(tmp_path / name))


def test_a_key_that_the_store_has_not_is_refused_with_the_store(tmp_path: Path) -> None:
    store = LocalFolder(path=tmp_path)
    with pytest.raises(InputRejected, match=r"nor|neither"):
        load_dataset("inputs/none.csv", store)


def test_a_table_without_names_is_refused_with_what_to_add(tmp_path: Path) -> None:
    for text in ("5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n", "1;2;0\n3;4;1\n5;6;0\n"):
        with pytest.raises(InputRejected, match=r"a header expected, found numbers.*x1,x2,…,label"):
            load_dataset(written(tmp_path, text))


def test_a_column_that_numbers_the_rows_is_no_feature_and_that_is_told(tmp_path: Path) -> None:
    for name in ("", "id"):
        rows = "".join(f"{10 + row},{row % 3},{'xy'[row % 2]}\n" for row in range(6))
        found = load_dataset(written(tmp_path, f"{name},a,label\n{rows}"))
        assert found.feature_names == ("a",)
        assert any("numbers the rows" in warning for warning in found.warnings)
    counted = "".join(f"{row},{row % 3},{'xy'[row % 2]}\n" for row in range(12))
    assert load_dataset(written(tmp_path, f"step,a,label\n{counted}")).feature_names == ("a",)
    measured = "".join(f"{row * row},{row % 3},{'xy'[row % 2]}\n" for row in range(12))
    found = load_dataset(written(tmp_path, f"step,a,label\n{measured}"))
    assert (found.feature_names, found.warnings) == (("step", "a"), ())


def test_words_for_what_is_missing_are_classes_and_missing_numbers(tmp_path: Path) -> None:
    found = load_dataset(written(tmp_path, "a,b,kind\n1,2,NA\n2,3,None\n4,4,NA\n5,6,None\n"))
    assert found.class_names == ("NA", "None")
    with pytest.raises(InputRejected, match="missing or infinite values in the columns 'a' 1"):
        load_dataset(written(tmp_path, "a,b,kind\n1,2,NA\nNA,3,x\n4,4,NA\n5,6,x\n"))
