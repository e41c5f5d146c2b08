import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qorum.results.sampling import histogram_of, histogram_of_outcomes, sample_probabilities


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(0, 20)), elements=st.integers(0, 1)))
def test_a_histogram_counts_each_row_read_from_right_to_left(samples):
    expected: dict[str, int] = {}
    for row in samples.tolist():
        key = "".join(str(bit) for bit in reversed(row))
        expected[key] = expected.get(key, 0) + 1
    assert histogram_of(samples) == dict(sorted(expected.items()))
    assert histogram_of(samples.astype(bool)) == histogram_of(samples.astype(np.int64))


@given(
    st.lists(st.integers(0, 2**10 - 1), min_size=1, max_size=50),
    st.dictionaries(st.integers(0, 69), st.integers(0, 9)),
    st.integers(0, 2**70 - 1),
)
def test_outcomes_give_the_bits_asked_for_and_the_rest_as_told(outcomes, bit_of_clbit, others):
    expected: dict[str, int] = {}
    for outcome in outcomes:
        bits = [bit_of_clbit.get(clbit) for clbit in range(70)]
        values = [others >> c & 1 if bit is None else outcome >> bit & 1 for c, bit in enumerate(bits)]
        key = "".join(map(str, reversed(values)))
        expected[key] = expected.get(key, 0) + 1
    assert histogram_of_outcomes(np.array(outcomes), bit_of_clbit, 70, others) == expected


def test_no_clbits_give_one_empty_key():
    assert histogram_of(np.zeros((7, 0), dtype=np.uint8)) == {"": 7}
    assert histogram_of_outcomes(np.arange(7), {}, 0) == {"": 7}


def test_impossible_outcomes_are_never_drawn():
    probabilities = np.array([0.0, 0.3, 0.0, 0.7, 0.0])
    drawn = sample_probabilities(probabilities, 100_000, np.random.default_rng(0))
    assert set(drawn.tolist()) == {1, 3}


def test_a_draw_that_rounds_up_to_the_sum_is_the_last_possible_outcome():
    class Largest(np.random.Generator):
        def random(self, size=None):
            return np.full(size, 1.0)

    drawn = sample_probabilities(np.array([0.5, 0.5, 0.0]), 3, Largest(np.random.PCG64(0)))
    assert drawn.tolist() == [1, 1, 1]


def test_draws_follow_the_probabilities_whatever_their_sum():
    probabilities = np.random.default_rng(1).exponential(size=16).astype(np.float32)
    drawn = sample_probabilities(3 * probabilities, 200_000, np.random.default_rng(2))
    expected = 200_000 * probabilities / probabilities.sum()
    chi_squared = np.sum((np.bincount(drawn, minlength=16) - expected) ** 2 / expected)
    assert chi_squared < 37.7  # exceeded once in a thousand with 15 degrees of freedom


@pytest.mark.parametrize("probabilities", [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_what_is_no_distribution_is_refused(probabilities):
    with pytest.raises(ValueError, match="positive sum expected"):
        sample_probabilities(np.array(probabilities), 10, np.random.default_rng(0))
