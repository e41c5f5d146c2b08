"""What is made of the accepted histograms, and how many shots would settle the others."""

from __future__ import annotations

import math

import pytest

from qorum.results.consensus import MOST_SHOTS, agree
from tests.qorum.results.answers import answer


def excess(histogram: list[int], bits: int) -> float:
    """Unbiased sum of squares above that of uniform."""
    shots = sum(histogram)
    return sum(n * (n - 1) for n in histogram) / (shots * (shots - 1)) - 2.0**-bits


def merged(*histograms: list[int], bits: int = 4, noisy: bool = False) -> list[float]:
    """The merged distribution of replicas that nobody contradicts."""
    verdict = agree([answer(str(i), row, noisy=noisy, bits=bits) for i, row in enumerate(histograms)])
    assert len(verdict.accepted) == len(histograms)
    assert sum(verdict.merged.values()) == pytest.approx(1)
    return [verdict.merged.get(format(i, f"0{bits}b"), 0.0) for i in range(max(map(len, histograms)))]


def test_two_replicas_weigh_as_their_shots_and_the_root_of_their_signal():
    one, other = [900, 100], [160, 40]
    weights = [1000 * math.sqrt(excess(one, 4)), 200 * math.sqrt(excess(other, 4))]
    share = weights[0] / sum(weights)
    assert share > 0.8
    assert merged(one, other, noisy=True) == pytest.approx(
        [0.9 * share + 0.8 * (1 - share), 0.1 * share + 0.2 * (1 - share)]
    )


def test_of_three_replicas_none_weighs_more_than_a_half_and_the_rest_share_the_other():
    large, small, medium = [9000, 1000], [88, 12], [182, 18]
    weights = [100 * math.sqrt(excess(small, 4)), 200 * math.sqrt(excess(medium, 4))]
    share = 0.5 * weights[0] / sum(weights)
    assert merged(small, large, medium)[0] == pytest.approx(0.5 * 0.9 + share * 0.88 + (0.5 - share) * 0.91)


def test_three_replicas_of_which_none_has_a_half_weigh_as_they_are():
    rows = [[180, 20], [170, 30], [140, 10]]
    weights = [sum(row) * math.sqrt(excess(row, 4)) for row in rows]
    expected = sum(w * row[0] / sum(row) for w, row in zip(weights, rows, strict=True)) / sum(weights)
    assert merged(*rows)[0] == pytest.approx(expected)


def test_what_shows_no_signal_beside_one_that_does_has_no_weight():
    assert merged([60, 40], [50, 50], [50, 50], bits=1) == [0.6, 0.4]
    spread = [3, 3, 3, 3]
    verdict = agree(
        [answer("peak", [5, 4, 3], bits=2, noisy=True), answer("flat", spread, bits=2, noisy=True)]
    )
    assert verdict.merged == pytest.approx({"00": 5 / 12, "01": 4 / 12, "10": 3 / 12})


def test_where_none_shows_a_signal_shots_alone_weigh():
    assert merged([55, 45], [100, 100], bits=1) == pytest.approx([155 / 300, 145 / 300])


def to_add(purity: float, least: int) -> int:
    """Shots that bring the error of the overlap, sqrt(2/P)/N, down to 0.05, or half as many again."""
    return max(math.ceil(math.sqrt(2 / purity) / 0.05) - least, least // 2)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([17, 3], [11, 9], to_add((11 * 10 + 9 * 8) / 380, 20)),  # the flatter one needs more
        ([11, 9], [17, 3], to_add((11 * 10 + 9 * 8) / 380, 20)),
        ([17, 3], [13, 11], to_add((13 * 12 + 11 * 10) / (24 * 23), 20)),  # the smaller one counts
        ([28, 4], [17, 15], 16),  # never fewer than half as many again
        ([1] * 10, [1] * 10, to_add(2 / 100, 10)),  # nothing coincides: as if one pair did
        ([2], [2], 27),
    ],
)
def test_as_many_shots_are_asked_as_would_tell(one: list[int], other: list[int], expected: int):
    verdict = agree([answer("a", one, noisy=True), answer("b", other, noisy=True)])
    assert (verdict.status, verdict.advice, verdict.suggested_shots) == ("unverified", "more_shots", expected)


def test_only_replicas_that_cannot_be_told_apart_decide_how_many():
    pair = [answer("a", [17, 3], noisy=True), answer("b", [11, 9], noisy=True)]
    verdict = agree([*pair, answer("c", [0, 0, 12], noisy=True)])
    assert verdict.status == "disputed"
    assert (verdict.advice, verdict.suggested_shots) == ("more_shots", agree(pair).suggested_shots)


def test_more_shots_are_asked_up_to_a_million():
    assert MOST_SHOTS == 1_000_000
    just = agree([answer("a", [999_973]), answer("b", [2])])
    assert (just.advice, just.suggested_shots) == ("more_shots", 27)
    over = agree([answer("a", [999_974]), answer("b", [2])])
    assert (over.advice, over.suggested_shots) == ("another_backend", 0)


def test_where_the_overlap_is_sharp_already_another_backend_is_asked():
    verdict = agree([answer("a", [0, 400], noisy=True), answer("b", [145, 255], noisy=True)])
    assert (verdict.status, verdict.advice, verdict.suggested_shots) == ("unverified", "another_backend", 0)


def test_an_agreed_majority_of_three_asks_for_nothing_whoever_is_unclear():
    rows = [[100], [100], [100], [2, 1]]
    verdict = agree([answer(str(i), row, noisy=True) for i, row in enumerate(rows)])
    assert (verdict.status, verdict.accepted) == ("agreed", ("0", "1", "2"))
    assert (verdict.advice, verdict.suggested_shots) == ("none", 0)


def test_a_contested_majority_of_two_asks_for_the_shots_that_would_end_it():
    rows = [[100], [100], [6, 4]]
    verdict = agree([answer(str(i), row, noisy=True) for i, row in enumerate(rows)])
    assert (verdict.status, verdict.contested, verdict.advice) == ("agreed", True, "more_shots")
