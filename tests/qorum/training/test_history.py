"""Histories as segments, and what they keep of each evaluation."""

from __future__ import annotations

import math
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qorum.training.checkpoints import decode, encode
from qorum.training.history import History, Row

REALS = st.floats(allow_nan=True, allow_infinity=False)
POINTS = st.lists(st.floats(-10, 10), max_size=4).map(lambda values: np.array(values, dtype=np.float64))
ROWS = st.builds(
    Row,
    step=st.integers(0, 10**9),
    energy=REALS,
    variance=REALS,
    gradient_norm=REALS,
    point=POINTS,
    shots=st.integers(0, 2**40),
    circuits=st.integers(0, 2**40),
    backend=st.sampled_from(["torch", "aer?noise=fake_manila", "ä"]),
    cost_usd=REALS,
    seconds_quantum=REALS,
    seconds_classical=REALS,
)


def bits(row: Row) -> Any:
    """All of a row, such that equal bits compare equal, NaN too."""
    values = [getattr(row, field.name) for field in fields(row)]
    return [value.tobytes() if isinstance(value, np.ndarray) else repr(value) for value in values]


@settings(max_examples=80, deadline=None)
@given(st.lists(ROWS, max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_segments_that_were_stored_make_the_same_history_wherever_it_was_cut(
    rows: list[Row], cuts: list[int]
) -> None:
    history, found = History(list(rows)), History()
    places = sorted({0, len(rows), *(min(cut, len(rows)) for cut in cuts)})
    for start, end in pairwise(places):
        found.extend(decode("k", encode(history.segment(start, end))))
    assert [bits(row) for row in found.rows] == [bits(row) for row in rows]


def row(energy: float, *point: float) -> Row:
    return Row(1, energy, 0.0, math.nan, np.array(point), 0, 1, "torch")


def test_an_ansatz_that_grows_keeps_points_of_each_width_even_none() -> None:
    history, found = History([row(1.0), row(0.5, 0.1), row(0.2, 0.1, 0.2), row(0.1)]), History()
    found.extend(decode("k", encode(history.segment(0, 4))))
    assert [each.point.tolist() for each in found.rows] == [[], [0.1], [0.1, 0.2], []]


def test_a_segment_that_does_not_begin_where_the_history_ends_is_refused() -> None:
    history = History([row(1.0, 0.0), row(2.0, 1.0)])
    for start, found in ((1, History()), (0, History([row(1.0, 0.0)]))):
        with pytest.raises(ValueError, match=f"from {len(found)} on expected, found {start}"):
            found.extend(history.segment(start, 2))


def test_columns_are_in_order_and_norms_are_euclidean() -> None:
    history = History([row(1.0, 3.0, 4.0), row(-2.0, 0.0)])
    assert history.column("energy").tolist() == [1.0, -2.0]
    assert history.column("parameters_norm").tolist() == [5.0, 0.0]
    assert len(history) == 2
