"""Who is believed, rule by rule: majorities, which of two of them, and when none may be believed."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
from scipy import stats

from qorum.counts import Counts
from qorum.results.consensus import MOST_REPLICAS, agree
from qorum.results.verdict import Replica, Verdict
from tests.qorum.results.answers import answer

PEAKS = {"a": [100], "b": [0, 100], "c": [0, 0, 100], "d": [0, 0, 0, 100]}


def verdict(camps: str, noisy: str = "", engines: str = "") -> Verdict:
    """Of one replica for each letter, named by its place; those of one letter show one outcome alone.

    Args:
        camps: what each shows.
        noisy: the places of noisy ones.
        engines: a letter for each; empty: all independent.
    """
    replicas = [
        answer(str(i), PEAKS[camp], noisy=str(i) in noisy, engine=engines[i] if engines else None)
        for i, camp in enumerate(camps)
    ]
    return agree(replicas)


@pytest.mark.parametrize(
    ("camps", "accepted", "contested"),
    [
        ("aa", "01", False),
        ("aab", "01", True),
        ("aba", "02", True),
        ("aaa", "012", False),
        ("aaab", "012", False),
        ("aabb", "", False),
        ("aabc", "", False),
        ("aaabb", "012", False),
        ("baaca", "124", False),
        ("aabbc", "", False),
        ("aabcd", "", False),
        ("ab", "", False),
    ],
)
def test_a_majority_is_more_than_half_and_at_least_two(camps: str, accepted: str, contested: bool):
    found = verdict(camps)
    assert "".join(found.accepted) == accepted
    assert found.status == ("agreed" if accepted else "disputed")
    assert found.contested == contested
    assert sorted([*found.accepted, *(one.backend for one in found.rejected)]) == list(
        map(str, range(len(camps)))
    )


@pytest.mark.parametrize(
    ("camps", "noisy", "believed"),
    [
        ("aab", "01", False),  # two devices against an engine
        ("aab", "0", True),  # an engine and a device against an engine
        ("aab", "", True),
        ("aab", "012", True),
        ("aaab", "012", True),  # three devices against one engine
        ("aaabb", "012", False),  # against two
        ("aaabb", "01", False),  # an engine among them, against two
        ("aaabb", "0", True),  # two against two
        ("aaabc", "012", False),  # two that do not agree either
    ],
)
def test_devices_do_not_outvote_engines_that_compute_exactly(camps: str, noisy: str, believed: bool):
    assert (verdict(camps, noisy).status == "agreed") == believed


@pytest.mark.parametrize(
    ("camps", "engines", "believed"),
    [
        ("aab", "xxy", False),
        ("aab", "xzy", True),
        ("aa", "xx", True),
        ("aaab", "xxxy", False),
        ("aaab", "xxzy", True),
        ("aaabb", "xxzyy", True),
        ("aaabb", "xxzyw", False),
        ("aaabb", "xwzyy", True),
    ],
)
def test_replicas_of_one_engine_have_one_vote(camps: str, engines: str, believed: bool):
    assert (verdict(camps, engines=engines).status == "agreed") == believed


def test_two_replicas_of_unknown_engines_have_two_votes():
    replicas = [answer("0", [100]), answer("1", [100]), answer("2", [0, 100], engine="x")]
    assert agree(replicas).status == "agreed"


# Three in a row: each is like its neighbour, the outer two are unlike.

ROW = {"near": [950, 50], "middle": [700, 300], "far": [450, 550]}


def in_a_row(*noisy: str) -> Verdict:
    return agree([answer(name, shown, noisy=name in noisy) for name, shown in ROW.items()])


def test_of_two_majorities_the_more_alike_is_believed():
    assert in_a_row("near", "middle", "far").accepted == ("near", "middle")


def test_of_two_majorities_the_one_with_an_exact_engine_is_believed():
    assert in_a_row("near", "middle").accepted == ("middle", "far")


def test_of_two_majorities_each_with_its_own_exact_engine_none_is_believed():
    found = in_a_row("middle")
    assert (found.status, found.accepted, found.confidence, found.merged) == ("disputed", (), 0.0, {})


def test_of_two_pairs_of_exact_engines_the_closer_is_believed_though_the_other_overlaps_more():
    shown = {"near": [46, 54], "middle": [600, 400], "far": [670, 330]}
    found = agree([answer(name, row) for name, row in shown.items()])
    assert found.agreement[1][2] > found.agreement[0][1]  # type: ignore[operator]
    assert found.accepted == ("near", "middle")


@pytest.mark.parametrize("names", permutations("xyz"))
def test_of_two_majorities_alike_in_all_the_names_decide(names: tuple[str, str, str]):
    shown = dict(zip(names, ([780, 220], [500, 500], [220, 780]), strict=True))
    found = agree([answer(name, row, noisy=True) for name, row in shown.items()])
    outer = min(names[0], names[2])
    assert sorted(found.accepted) == sorted((outer, names[1]))


def test_flat_devices_do_not_outvote_one_that_shows_a_signal():
    flat = [10] * 16
    peak = answer("peak", [120, 40], noisy=True)
    assert agree([answer("0", flat, noisy=True), answer("1", flat, noisy=True), peak]).status == "disputed"
    slight = answer("slight", [12, 8, 12, 8] * 4, noisy=True)
    alike = agree([answer("0", flat, noisy=True), answer("1", flat, noisy=True), slight])
    assert alike.status == "agreed"
    assert alike.accepted == ("0", "1", "slight")


def test_one_device_with_a_signal_is_enough_for_a_majority_against_another():
    """Six shots alone are no certain signal of 16 outcomes; those of the other device are."""
    few, many = answer("few", [6], noisy=True), answer("many", [100], noisy=True)
    found = agree([few, many, answer("other", [0, 100], noisy=True)])
    assert (found.status, found.accepted) == ("agreed", ("few", "many"))


def test_three_exact_engines_must_also_show_what_the_other_two_show_together():
    shown = {"0": [600, 400], "1": [600, 400], "2": [675, 325]}
    assert agree([answer(name, row) for name, row in list(shown.items())[1:]]).status == "agreed"
    whole = agree([answer(name, row) for name, row in shown.items()])
    assert whole.accepted == ("0", "1")
    assert "together" in whole.rejected[0].reason
    devices = agree([answer(name, row, noisy=name == "0") for name, row in shown.items()])
    assert devices.accepted == ("0", "1", "2")


def test_confidence_is_the_least_of_all_accepted_pairs():
    shown = [[16, 4], [14, 6], [19, 1]]
    found = agree([answer(str(i), row, noisy=True) for i, row in enumerate(shown)], confidence=0.6)
    assert found.status == "agreed"
    chances = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        (a, b), (c, d) = shown[i], shown[j]
        purities = (a * (a - 1) + b * (b - 1)) / 380, (c * (c - 1) + d * (d - 1)) / 380
        cross = (a * c + b * d) / 400
        overlap = cross / math.sqrt(purities[0] * purities[1])
        relative = 1 / (400 * cross) + 0.5 / (380 * purities[0]) + 0.5 / (380 * purities[1])
        chances.append(stats.norm.cdf((overlap - 0.8) / (overlap * math.sqrt(relative))))
        assert found.agreement[i][j] == found.agreement[j][i] == pytest.approx(overlap)
    assert found.confidence == pytest.approx(min(chances))
    assert found.confidence < sorted(chances)[1]


def test_overlaps_that_cannot_be_told_are_left_out_of_the_table():
    spread = answer("spread", [1] * 10)
    found = agree([answer("peak", [50, 50]), spread])
    assert found.agreement == ((1.0, None), (None, None))


NEAR = ((0, 7), (2, 8))
"""Of 20 shots, how many the two show of another outcome: a pair just below, and one just above."""


def test_a_pair_counts_as_alike_from_nine_tenths_where_nothing_else_is_asked():
    found = [
        agree([answer("a", [20 - x, x], noisy=True), answer("b", [20 - y, y], noisy=True)]) for x, y in NEAR
    ]
    assert [one.status for one in found] == ["unverified", "agreed"]
    assert 0.89 < found[0].confidence < 0.9 < found[1].confidence < 0.92


def test_two_shots_are_enough_to_be_compared():
    found = agree([answer("a", [2]), answer("b", [2])])
    assert (found.status, found.advice) == ("unverified", "more_shots")
    assert found.agreement == ((1.0, 1.0), (1.0, 1.0))


@pytest.mark.parametrize("success", [-0.01, 1.01])
def test_a_success_probability_that_is_none_is_refused(success: float):
    with pytest.raises(ValueError, match="a success probability in"):
        agree([answer("a", [9], noisy=True, success=success)])


@pytest.mark.parametrize("success", [0.0, 1.0])
def test_certain_success_and_certain_failure_are_probabilities(success: float):
    assert agree([answer("a", [9], noisy=True, success=success)]).status == "unverified"


def test_shots_of_replicas_that_cannot_be_compared_are_pooled():
    found = agree(
        [Replica(Counts({"0": 1}, "a"), noisy=False), Replica(Counts({"0": 1, "1": 2}, "b"), False)]
    )
    assert found.merged == {"0": 0.5, "1": 0.5}
    assert found.agreement == ((None, None), (None, None))
    assert found.rejected == ()


def test_with_five_replicas_nobody_else_is_asked():
    assert MOST_REPLICAS == 5
    assert verdict("aabb").advice == "another_backend"
    assert verdict("aabbc").advice == "none"
