import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qorum.counts import Counts

WIDTH = 4
histograms = st.dictionaries(
    st.text("01", min_size=WIDTH, max_size=WIDTH), st.integers(1, 500), min_size=1, max_size=12
)


@given(histograms, histograms)
def test_merging_adds_every_outcome_in_either_order(one, other):
    merged = Counts(one, "aer") + Counts(other, "aer")
    assert merged.shots == sum(one.values()) + sum(other.values())
    assert all(merged.histogram[key] == one.get(key, 0) + other.get(key, 0) for key in {*one, *other})
    assert merged.histogram == (Counts(other, "aer") + Counts(one, "aer")).histogram


@given(histograms, st.permutations(range(WIDTH)), st.integers(1, WIDTH))
def test_a_marginal_puts_the_first_bit_asked_for_rightmost_and_loses_no_shot(histogram, order, how_many):
    bits = order[:how_many]
    marginal = Counts(histogram, "aer").marginal(bits)
    assert marginal.shots == sum(histogram.values())
    for position, bit in enumerate(bits):
        ones = sum(count for key, count in histogram.items() if key[::-1][bit] == "1")
        assert sum(count for key, count in marginal.histogram.items() if key[::-1][position] == "1") == ones


@given(histograms)
def test_counts_survive_json_and_pickle(histogram):
    counts = Counts(histogram, "ibm", "job-7", "2026-11-01", 3)
    assert Counts.from_json(counts.to_json()) == counts
    assert pickle.loads(pickle.dumps(counts)) == counts  # noqa: S301  our own bytes, one line above


@pytest.mark.parametrize(
    ("histogram", "complaint"),
    [({"01": 1, "1": 2}, "one width"), ({"0x": 1}, "0 and 1"), ({"01": 0}, "positive")],
)
def test_a_malformed_histogram_names_backend_and_culprit(histogram, complaint):
    with pytest.raises(ValueError, match=complaint) as caught:
        Counts(histogram, "ionq")
    assert "ionq" in str(caught.value)


def test_counts_of_different_calibrations_or_backends_do_not_merge():
    counts = Counts({"01": 5}, "ibm", calibration_id="a")
    for other in (Counts({"01": 5}, "aer", calibration_id="a"), Counts({"01": 5}, "ibm", calibration_id="b")):
        with pytest.raises(ValueError, match="cannot be merged"):
            counts + other


def test_the_most_frequent_outcomes_come_first_and_ties_by_bit_string():
    assert Counts({"10": 3, "01": 3, "11": 9}, "aer").top(2) == [("11", 9), ("01", 3)]
