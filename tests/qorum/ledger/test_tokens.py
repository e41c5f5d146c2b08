"""Claims about a job's identity."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qorum.ledger.tokens import canonical_json, job_token

JOB = {
    "experiment_id": "bell-study",
    "step": 0,
    "digests": ["a" * 64, "b" * 64],
    "parameters": [0.1, -2.5],
    "backend": "aer?method=stabilizer",
    "shots": 1024,
    "options": {"optimization_level": 1, "mitigation": "none", "weights": [0.5, 1.0]},
    "replica": 0,
    "attempt": 0,
}


def test_a_token_stays_the_same_across_releases():
    assert job_token(**JOB) == "cf217ebc7457f4bf7a40a6c8aaca6e107ef6f060ceb1580f36b70c4acc9de304"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("experiment_id", "bell-study-2"),
        ("step", 1),
        ("digests", ["b" * 64, "a" * 64]),
        ("digests", ["a" * 64]),
        ("parameters", [0.1, -2.5000000000000004]),
        ("parameters", [-2.5, 0.1]),
        ("parameters", []),
        ("backend", "aer"),
        ("shots", 1025),
        ("options", {**JOB["options"], "optimization_level": 2}),
        ("options", {**JOB["options"], "weights": [1.0, 0.5]}),
        ("options", {**JOB["options"], "optimization_level": True}),
        ("options", {}),
        ("replica", 1),
        ("attempt", 1),
    ],
)
def test_any_field_changes_the_token(field, value):
    assert job_token(**{**JOB, field: value}) != job_token(**JOB)


def test_the_order_of_options_and_the_kind_of_sequence_do_not_matter():
    shuffled = dict(reversed(list(JOB["options"].items())))
    other = {**JOB, "options": {**shuffled, "weights": (0.5, 1.0)}, "digests": tuple(JOB["digests"])}
    other["parameters"] = np.array(JOB["parameters"])
    assert job_token(**other) == job_token(**JOB)


def test_minus_zero_is_zero():
    zeros = [job_token(**{**JOB, "parameters": [z], "options": {"angle": z}}) for z in (0.0, -0.0)]
    assert zeros[0] == zeros[1]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_by_its_place(bad):
    with pytest.raises(ValueError, match=r"parameters\[1\]: a finite number expected"):
        job_token(**{**JOB, "parameters": [0.0, bad]})
    with pytest.raises(ValueError, match=r"value.options.angles\[0\]: a finite number expected"):
        job_token(**{**JOB, "options": {"angles": [bad]}})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("shots", 1024.0),
        ("shots", "1024"),
        ("step", True),
        ("experiment_id", 7),
        ("digests", "ab"),
        ("digests", [1]),
        ("options", {"seed": {1, 2}}),
        ("options", {1: "one"}),
        ("options", {"seed": np.int64(3)}),
    ],
)
def test_a_look_alike_is_refused_instead_of_named_differently(field, value):
    with pytest.raises(TypeError):
        job_token(**{**JOB, field: value})


plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain_data)
def test_canonical_json_reads_back_equal_and_is_written_one_way(value):
    written = canonical_json(value)
    assert json.loads(written) == value
    assert canonical_json(json.loads(written)) == written
    assert written.isascii()


@given(st.dictionaries(st.text(), st.integers(), min_size=2, max_size=6))
def test_the_order_of_keys_never_shows(mapping):
    assert canonical_json(dict(reversed(mapping.items()))) == canonical_json(mapping)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_two_parameters_share_a_token_only_if_they_are_equal(one, other):
    tokens = [job_token(**{**JOB, "parameters": [value]}) for value in (one, other)]
    assert (tokens[0] == tokens[1]) == (one == other)
