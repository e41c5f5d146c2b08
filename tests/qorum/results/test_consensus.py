import json
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks._distributions import (
    DISTRIBUTIONS,
    LIES,
    NOISE,
    bits_reversed,
    exact_overlap,
    ghz,
    phase_estimation,
    porter_thomas,
    sample,
    sparse,
    uniform,
    zeros,
)
from benchmarks.consensus import asked, lied, subtly_wrong, trio
from qorum.counts import Counts
from qorum.results.consensus import Replica, Verdict, agree
from qorum.results.overlap import inhomogeneity


@pytest.fixture
def rng():
    return np.random.default_rng(20261121)


def exact(p, rng, name, shots=4096, engine=None):
    return Replica(sample(p, shots, rng, name), noisy=False, engine=engine)


@pytest.mark.parametrize("noise", NOISE)
def test_three_honest_noisy_devices_are_accepted_whole(noise, rng):
    whole = [
        len(trio(make(rng), [], noise, rng, known).accepted) == 3
        for make in DISTRIBUTIONS.values()
        for known in (True, False)
        for _ in range(30)
    ]
    assert np.mean(whole) >= 0.98


@pytest.mark.parametrize("lie", LIES)
def test_one_lying_device_is_outvoted_and_named(lie, rng):
    named = []
    for make in DISTRIBUTIONS.values():
        for _ in range(40):
            p = make(rng)
            told = LIES[lie](p, rng)
            if exact_overlap(p, told) < 0.75:
                verdict = trio(p, [told], "all three", rng, True)
                named.append(verdict.accepted == ("a", "b") and verdict.rejected[0].backend == "liar 0")
    assert len(named) > 150
    assert np.mean(named) >= 0.97


def test_a_liar_is_told_by_how_much_it_differs(rng):
    p = sparse(rng)
    verdict = agree(
        [exact(p, rng, "aer"), exact(p, rng, "cirq"), exact(bits_reversed(p, rng), rng, "braket")]
    )
    assert verdict.rejected[0].reason.startswith("differs from aer and cirq: overlap 0.")
    assert verdict.rejected[0].reason.endswith("where at least 0.80 is needed")


def test_two_liars_of_different_kinds_are_never_accepted(rng):
    for _ in range(200):
        p = phase_estimation(rng)
        told = [zeros(p, rng), bits_reversed(p, rng)]
        if max(exact_overlap(p, told[0]), exact_overlap(p, told[1]), exact_overlap(*told)) < 0.7:
            assert not lied(trio(p, told, "all three", rng, False))


@pytest.mark.parametrize("lie", ["all zeros", "bits reversed"])
def test_two_devices_with_the_same_fault_are_outvoted_once_the_advice_is_followed(lie, rng):
    for _ in range(100):
        p = sparse(rng)
        told = LIES[lie](p, rng)
        if exact_overlap(p, told) < 0.7:
            first, last = asked(p, told, "readout flips", rng)
            assert first.advice == "another_backend"
            assert not lied(last)


def test_two_replicas_of_one_engine_outvote_nobody(rng):
    p = sparse(rng)
    wrong = bits_reversed(p, rng)
    answers = [
        exact(p, rng, "aer", engine="aer"),
        exact(wrong, rng, "x?a", engine="x"),
        exact(wrong, rng, "x?b", engine="x"),
    ]
    assert agree(answers).status == "disputed"
    answers += [exact(p, rng, "cirq", engine="cirq")]
    assert agree(answers).advice == "another_backend"
    answers += [exact(p, rng, "pennylane", engine="pennylane")]
    assert agree(answers).accepted == ("aer", "cirq", "pennylane")


def test_two_noisy_devices_do_not_outvote_a_noiseless_engine(rng):
    p = sparse(rng)
    wrong = bits_reversed(p, rng)
    answers = [exact(p, rng, "aer")] + [Replica(sample(wrong, 1024, rng, n), noisy=True) for n in "xy"]
    verdict = agree(answers)
    assert (verdict.status, verdict.advice, verdict.merged) == ("disputed", "another_backend", {})


def test_a_noiseless_engine_a_tenth_off_is_found_by_the_others_pooled(rng):
    found = []
    for _ in range(200):
        p = rng.dirichlet(np.full(int(rng.choice([4, 16, 64])), 2.0))
        wrong = subtly_wrong(p, 0.1, rng)
        found.append(
            agree([exact(p, rng, "a"), exact(p, rng, "b"), exact(wrong, rng, "c")]).accepted == ("a", "b")
        )
    assert np.mean(found) >= 0.98


def test_right_noiseless_engines_are_left_alone(rng):
    rejected = 0
    for _ in range(60):
        for make in (*DISTRIBUTIONS.values(), lambda r: uniform(np.ones(64), r)):
            p = make(rng)
            rejected += 3 - len(agree([exact(p, rng, n) for n in "abc"]).accepted)
    assert rejected <= 3


def test_sigmas_between_samples_of_one_distribution_are_those_of_a_normal_tail(rng):
    for p in (ghz(rng, 3), porter_thomas(rng, 6), porter_thomas(rng, 10), 0.5 ** np.arange(1, 20)):
        p = p / p.sum()
        rows = rng.multinomial([2048, 4096], p, (1500, 2)).astype(float)
        sigmas = np.array([inhomogeneity(a, b) for a, b in rows])
        assert np.mean(sigmas > 2.33) < 0.03
        assert np.mean(sigmas > 3.8) < 2e-3


def test_a_drowned_device_is_rejected_for_lack_of_signal(rng):
    p = phase_estimation(rng)
    answers = [
        Replica(sample(q, 1024, rng, n), noisy=True) for q, n in ((p, "a"), (p, "b"), (uniform(p, rng), "c"))
    ]
    verdict = agree(answers)
    assert verdict.accepted == ("a", "b")
    assert verdict.rejected[0].reason.startswith("no signal")


def test_more_outcomes_than_shots_is_unverified_and_asks_for_shots_until_it_is_agreed(rng):
    p = uniform(np.ones(2**14), rng)
    answers = [exact(p, rng, n, 256) for n in "abc"]
    verdict = agree(answers)
    assert (verdict.status, verdict.advice) == ("unverified", "more_shots")
    for _ in range(6):
        if verdict.advice != "more_shots":
            break
        more = verdict.suggested_shots
        answers = [Replica(a.counts + sample(p, more, rng, a.name), noisy=False) for a in answers]
        verdict = agree(answers)
    assert verdict.status == "agreed"
    assert answers[0].counts.shots < 100_000


def test_a_pair_known_to_be_good_is_held_to_more(rng):
    p, off = np.array([0.8, 0.2, 0.0, 0.0]), np.array([0.6, 0.2, 0.2, 0.0])
    estimates = {"unknown": None, "good": 0.98}
    status = {
        name: agree(
            [
                Replica(sample(q, 4096, rng, n), noisy=True, success_probability=f)
                for q, n in ((p, "a"), (off, "b"))
            ]
        ).status
        for name, f in estimates.items()
    }
    assert status == {"unknown": "agreed", "good": "disputed"}


def test_one_replica_is_unverified_and_its_own_distribution():
    verdict = agree([Replica(Counts({"01": 3, "10": 1}, "aer"), noisy=False)])
    assert (verdict.status, verdict.confidence, verdict.advice) == ("unverified", 0.0, "another_backend")
    assert verdict.merged == {"01": 0.75, "10": 0.25}


def test_a_thousand_bits_are_no_harder_than_ten(rng):
    key, other = "01" * 500, "10" * 500
    answers = [Replica(Counts({key: 500 + i, other: 524 - i}, f"b{i}"), noisy=True) for i in range(3)]
    verdict = agree(answers)
    assert verdict.accepted == ("b0", "b1", "b2")
    assert sum(verdict.merged.values()) == pytest.approx(1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(list(LIES)), st.booleans())
def test_neither_order_nor_names_of_replicas_matter(seed, lie, noisy):
    rng = np.random.default_rng(seed)
    p = sparse(rng, 6) if seed % 2 else porter_thomas(rng, 6)
    shown = {"a": p, "b": p, "c": LIES[lie](p, rng), "d": p}
    answers = [Replica(sample(q, 512, rng, name), noisy) for name, q in shown.items()]
    verdict = agree(answers)
    for order in list(permutations(answers))[::7]:
        again = agree(order)
        assert (again.status, set(again.accepted), again.advice) == (
            verdict.status, set(verdict.accepted), verdict.advice,
        )  # fmt: skip
        assert again.confidence == pytest.approx(verdict.confidence)
        assert again.merged == pytest.approx(verdict.merged)
    renamed = [
        Replica(Counts(a.counts.histogram, {"a": "w", "b": "x", "c": "y", "d": "z"}[a.name]), noisy)
        for a in answers
    ]
    assert agree(renamed).agreement == verdict.agreement
    assert len(agree(renamed).accepted) == len(verdict.accepted)


def test_a_verdict_survives_json(rng):
    p = sparse(rng)
    verdict = agree([exact(p, rng, "a"), exact(p, rng, "b"), exact(zeros(p, rng), rng, "c")])
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


@pytest.mark.parametrize(
    ("histograms", "complaint"),
    [
        ([], "at least one replica"),
        ([("a", {"0": 9}), ("a", {"0": 9})], "distinct backends"),
        ([("a", {"0": 9}), ("b", {"00": 9})], "one width"),
        ([("a", {})], "at least 1 shot"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(histograms, complaint):
    with pytest.raises(ValueError, match=complaint):
        agree([Replica(Counts(histogram, name), noisy=False) for name, histogram in histograms])


@pytest.mark.parametrize(
    "histograms",
    [
        [("a", {"0": 1})],
        [("a", {"0": 1}), ("b", {"1": 1}), ("c", {"0": 1})],
        [("a", {"0": 999}), ("b", {"0": 1})],
    ],
)
def test_a_single_shot_proves_nothing_and_says_so(histograms):
    verdict = agree([Replica(Counts(histogram, name), noisy=False) for name, histogram in histograms])
    assert (verdict.status, verdict.confidence, verdict.advice) == ("unverified", 0.0, "none")
    assert verdict.accepted == tuple(name for name, _ in histograms)
    assert sum(verdict.merged.values()) == pytest.approx(1)
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict


@pytest.mark.parametrize("confidence", [0.0, 0.5, 1.0])
def test_a_confidence_that_means_nothing_is_refused(confidence):
    with pytest.raises(ValueError, match="confidence in"):
        agree([Replica(Counts({"0": 9}, "a"), noisy=False)], confidence=confidence)
