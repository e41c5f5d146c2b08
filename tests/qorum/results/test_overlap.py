"""The figures that pairs of histograms are compared by, against sums over everything that could have been."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from qorum.results.overlap import (
    Distance,
    Overlap,
    align,
    collision_probability,
    cross_collision_probability,
    distance,
    goodness_of_fit,
    inhomogeneity,
    overlap,
)


def row(*counts: float) -> np.ndarray:
    return np.array(counts, dtype=np.float64)


def split(t: float, q: float) -> tuple[float, float]:
    """Mean and variance of |X − tq| for X ~ Binomial(t, q), summed over all X."""
    x = np.arange(int(t) + 1)
    p, away = stats.binom.pmf(x, int(t), q), np.abs(x - t * q)
    mean = float(p @ away)
    return mean, float(p @ away**2) - mean**2


def upper_quantile(chi_squared: float, freedom: int) -> float:
    """The standard normal quantile of the same upper tail."""
    return float(stats.norm.isf(stats.chi2.sf(chi_squared, freedom)))


def homogeneity(table: list[list[float]]) -> float:
    """Pearson's statistic of a contingency table, with the factor (N − 1)/N, as a normal quantile."""
    found = stats.chi2_contingency(np.array(table), correction=False)
    shots = float(np.sum(table))
    return upper_quantile(found.statistic * (shots - 1) / shots, found.dof)


def test_histograms_are_laid_side_by_side_over_all_outcomes_in_the_order_seen():
    outcomes, counts = align([{"10": 3, "01": 1}, {}, {"11": 5, "01": 2}])
    assert outcomes == ["10", "01", "11"]
    assert counts.tolist() == [[3, 1, 0], [0, 0, 0], [0, 2, 5]]
    assert align([{}, {}])[1].shape == (2, 0)


def test_a_collision_probability_is_the_share_of_pairs_of_shots_that_agree():
    assert collision_probability(row(3, 1, 0)) == pytest.approx(6 / 12)
    assert collision_probability(row(2)) == 1.0
    assert collision_probability(row(1, 1)) == 0.0
    assert cross_collision_probability(row(3, 1), row(1, 4)) == pytest.approx(7 / 20)


@pytest.mark.parametrize("counts", [row(1), row(0, 0)])
def test_one_shot_has_no_pairs(counts: np.ndarray):
    with pytest.raises(ValueError, match="at least 2 shots expected"):
        collision_probability(counts)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row(3, 1, 0, 2), row(1, 1, 1, 1)),
        (row(5, 0), row(1, 1)),
        (row(7, 2, 1), row(100, 31, 19)),
        (row(2000, 2095), row(2095, 2000)),  # 4095 together: the last that is looked up
        (row(2000, 2096, 3), row(2096, 2000, 1)),  # 4096: the first that is not
        (row(4000, 90, 2500), row(9000, 30, 2500)),
    ],
)
def test_sampling_explains_the_mean_and_the_deviation_of_every_split(one: np.ndarray, other: np.ndarray):
    found = distance(one, other)
    assert found.tvd == pytest.approx(np.abs(one / one.sum() - other / other.sum()).sum() / 2)
    q, scale = one.sum() / (one + other).sum(), (one + other).sum() / (2 * one.sum() * other.sum())
    means, variances = zip(*(split(t, q) for t in one + other), strict=True)
    assert found.expected == pytest.approx(sum(means) * scale)
    assert found.deviation == pytest.approx(math.sqrt(sum(variances)) * scale)


def test_likeness_is_the_share_of_the_room_above_sampling_that_is_not_used():
    assert Distance(0.5, 0.2, 0.04).likeness == pytest.approx(1 - 0.3 / 0.8)
    assert Distance(0.5, 0.2, 0.04).likeness_deviation == pytest.approx(0.04 / 0.8)
    assert Distance(0.1, 0.2, 0.04).likeness == 1.0
    assert Distance(1.0, 0.2, 0.04).likeness == 0.0


@pytest.mark.parametrize("expected", [1.0, 1.1])
def test_where_sampling_explains_everything_nothing_is_unlike(expected: float):
    assert Distance(1.0, expected, 0.04).likeness == 1.0
    assert Distance(1.0, expected, 0.04).likeness_deviation == 0.0


def test_frequent_outcomes_are_compared_by_chi_squared():
    one, other = row(40, 60, 100), row(70, 90, 80)
    assert inhomogeneity(one, other) == pytest.approx(homogeneity([[40, 60, 100], [70, 90, 80]]))


def test_rare_outcomes_are_one_cell_together():
    one, other = row(50, 50, 3, 6, 2), row(60, 40, 4, 1, 4)
    assert inhomogeneity(one, other) == pytest.approx(homogeneity([[50, 50, 11], [60, 40, 9]]))


def test_rare_outcomes_that_are_too_few_join_the_smallest_cell():
    one, other = row(50, 20, 30, 3), row(60, 25, 15, 3)
    assert inhomogeneity(one, other) == pytest.approx(homogeneity([[50, 23, 30], [60, 28, 15]]))


def test_the_side_with_fewer_shots_decides_what_is_rare():
    one, other = row(300, 150, 10), row(100, 45, 6)
    expected = homogeneity([[300, 160], [100, 51]])
    assert inhomogeneity(one, other) == pytest.approx(expected)
    assert inhomogeneity(other, one) == pytest.approx(expected)


def test_a_cell_is_frequent_from_eight_expected_on_the_smaller_side():
    eight = [16, 30, 54], [0, 20, 80]
    assert inhomogeneity(row(*eight[0]), row(*eight[1])) == pytest.approx(homogeneity(list(eight)))
    fewer = [15, 31, 54], [0, 20, 80]
    assert inhomogeneity(row(*fewer[0]), row(*fewer[1])) == pytest.approx(homogeneity([[46, 54], [20, 80]]))
    uneven = [12, 12, 76], [20, 100, 180]  # a quarter of 32 is 8
    assert inhomogeneity(row(*uneven[0]), row(*uneven[1])) == pytest.approx(homogeneity(list(uneven)))


def test_one_cell_tells_nothing():
    assert inhomogeneity(row(50, 50)[:1], row(60)) == -np.inf
    assert inhomogeneity(row(1, 2), row(2, 1)) == -np.inf
    assert inhomogeneity(row(50, 3), row(60, 1)) == -np.inf


def rare(pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Two frequent outcomes alike, and so many that were seen twice by one side only."""
    halves = [2, 0] * (pairs // 2) + [2] * (pairs % 2)
    return row(100, 100, *halves), row(100, 100, *(2 - half for half in halves))


def test_many_rare_outcomes_are_compared_one_by_one_too():
    one, other = rare(16)
    q = one.sum() / (one + other).sum()
    mean, variance = split(2, q)
    away = sum(abs(n - 2 * q) - mean for n in one[2:])
    assert inhomogeneity(one, other) == pytest.approx(away / math.sqrt(16 * variance))
    assert inhomogeneity(one, other) > 3.8
    fewer, others = rare(15)
    assert inhomogeneity(fewer, others) < 1  # one fewer than from where the sum counts as normal


def test_outcomes_seen_once_do_not_make_rare_ones_many():
    one, other = rare(15)
    assert inhomogeneity(np.append(one, [1, 0] * 4), np.append(other, [0, 1] * 4)) < 1


def test_the_larger_of_the_two_figures_counts():
    one, other = rare(16)
    one[:2], other[:2] = (160, 40), (40, 160)
    q = 0.5
    chi_squared = homogeneity([[160, 40, one[2:].sum()], [40, 160, other[2:].sum()]])
    mean, variance = split(2, q)
    by_one = sum(abs(n - 2 * q) - mean for n in one[2:]) / math.sqrt(16 * variance)
    assert inhomogeneity(one, other) == pytest.approx(max(chi_squared, by_one)) == pytest.approx(chi_squared)


def test_what_no_table_of_tails_reaches_is_still_a_number():
    found = inhomogeneity(row(100_000, 0, 500), row(0, 100_000, 500))
    chi_squared = stats.chi2_contingency([[100_000, 0, 500], [0, 100_000, 500]]).statistic
    chi_squared *= (201_000 - 1) / 201_000
    assert found == pytest.approx((chi_squared - 2) / math.sqrt(2 * 2))


def test_an_overlap_is_of_the_distributions_and_not_of_the_samples():
    one, other = row(60, 30, 10), row(100, 90, 10)
    found = overlap(one, other)
    assert found is not None
    purities = (60 * 59 + 30 * 29 + 10 * 9) / 9900, (100 * 99 + 90 * 89 + 10 * 9) / 39800
    cross, scale = (60 * 100 + 30 * 90 + 10 * 10) / 20_000, math.sqrt(purities[0] * purities[1])
    own = 0.5 / (9900 * purities[0]) + 0.5 / (39800 * purities[1])
    assert found.value == pytest.approx(cross / scale)
    assert found.error == pytest.approx(cross / scale * math.sqrt(own + 1 / (20_000 * cross)))
    assert found.error_if_one == pytest.approx(math.sqrt(own + 1 / (20_000 * scale)))


def test_nothing_in_common_is_an_overlap_of_none_and_of_no_error_below_the_floor():
    found = overlap(row(100, 0), row(0, 100))
    assert found is not None
    assert (found.value, found.error) == (0.0, 1e-4)
    assert found.error_if_one == pytest.approx(math.sqrt(1 / 9900 + 1 / 10_000))
    sure = overlap(row(10**9), row(10**9))
    assert sure is not None
    assert (sure.value, sure.error, sure.error_if_one) == (1.0, 1e-4, 1e-4)


def test_where_no_shots_coincide_there_is_no_overlap_to_tell():
    assert overlap(row(1, 1, 0), row(5, 5, 5)) is None
    assert overlap(row(5, 5, 5), row(1, 1, 0)) is None


def test_how_sure_an_overlap_is_and_how_far_it_falls_short():
    found = Overlap(0.7, 0.05, 0.2)
    assert math.exp(found.log_confidence(0.8)) == pytest.approx(stats.norm.cdf(-2))
    assert found.sigmas_below(0.8) == pytest.approx(0.1 / 0.16)  # the error, were the overlap what is needed
    assert Overlap(0.7, 0.2, 0.05).sigmas_below(0.8) == pytest.approx(0.1 / 0.2)


# An exact distribution: what chi-squared of one sample says.


def fit(seen: list[int], p: list[float]) -> float:
    """The same by SciPy, of cells that are all frequent."""
    found = stats.chisquare(seen, np.array(p) * sum(seen))
    return upper_quantile(found.statistic, len(seen) - 1)


def labelled(values: list[float]) -> dict[str, float]:
    return {format(i, "04b"): value for i, value in enumerate(values)}


def test_a_sample_of_frequent_outcomes_fits_by_chi_squared():
    assert goodness_of_fit({"0000": 30, "0001": 70}, labelled([0.4, 0.6])) == pytest.approx(
        fit([30, 70], [0.4, 0.6])
    )


def test_an_outcome_is_frequent_from_eight_expected_and_the_rare_ones_are_one_cell():
    seen = {"0000": 60, "0001": 20, "0010": 8, "0011": 5, "0100": 7}
    found = goodness_of_fit(seen, labelled([0.5, 0.3, 0.08, 0.07, 0.05]))
    assert found == pytest.approx(fit([60, 20, 8, 12], [0.5, 0.3, 0.08, 0.12]))


def test_rare_outcomes_of_a_known_distribution_join_the_smallest_cell():
    found = goodness_of_fit({"0000": 60, "0001": 25, "0011": 15}, labelled([0.6, 0.2, 0.05, 0.15]))
    assert found == pytest.approx(fit([60, 25, 15], [0.6, 0.2, 0.2]))


def test_eight_rare_ones_expected_are_a_cell_by_themselves():
    found = goodness_of_fit({"0000": 60, "0001": 32, "0010": 8}, labelled([0.5, 0.42, 0.04, 0.04]))
    assert found == pytest.approx(fit([60, 32, 8], [0.5, 0.42, 0.08]))


def test_an_outcome_that_cannot_be_is_infinitely_far():
    assert goodness_of_fit({"0001": 1}, labelled([1.0])) == np.inf
    assert goodness_of_fit({"0000": 9, "0001": 1}, labelled([1.0, 0.0])) == np.inf


def test_a_certain_outcome_cannot_be_tested():
    assert goodness_of_fit({"0000": 9}, labelled([1.0])) == -np.inf
    assert goodness_of_fit({"0000": 1}, labelled([0.5, 0.5])) == -np.inf


@pytest.mark.parametrize(
    ("histogram", "p"), [({}, [1.0]), ({"0000": 9}, [0.9]), ({"0000": 9}, [1.000002]), ({"0000": 9}, [1.1])]
)
def test_no_shots_and_no_distribution_are_refused(histogram: dict[str, int], p: list[float]):
    with pytest.raises(ValueError, match="shots and probabilities that sum to 1 expected"):
        goodness_of_fit(histogram, labelled(p))


def test_rounding_of_a_distributions_sum_is_forgiven():
    assert goodness_of_fit({"0000": 50, "0001": 50}, labelled([0.5, 0.5000005])) < 0
