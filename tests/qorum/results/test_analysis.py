from math import inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import SparsePauliOp, Statevector, hellinger_fidelity
from qiskit.quantum_info import random_statevector as random_state

from benchmarks._distributions import porter_thomas, sample
from qorum.counts import Counts
from qorum.results import analysis

histograms = st.dictionaries(st.text("01", min_size=3, max_size=3), st.integers(1, 300), min_size=2)


def frequencies(histogram):
    return Counts(histogram, "aer").probabilities()


@given(histograms, histograms)
def test_fidelity_is_that_of_qiskit(one, other):
    assert analysis.fidelity(frequencies(one), frequencies(other)) == pytest.approx(
        hellinger_fidelity(one, other)
    )


@given(histograms, histograms)
def test_distances_are_symmetric_bounded_and_nested(one, other):
    p, q = frequencies(one), frequencies(other)
    tvd, hellinger = analysis.total_variation_distance(p, q), analysis.hellinger_distance(p, q)
    assert tvd == pytest.approx(analysis.total_variation_distance(q, p))
    assert hellinger**2 - 1e-9 <= tvd <= 2**0.5 * hellinger + 1e-7
    assert analysis.total_variation_distance(p, p) == 0


@pytest.mark.parametrize("pauli", ["ZIZ", "IIZ", "ZZI", "III"])
def test_a_pauli_expectation_is_the_statevectors_in_qiskits_order(pauli):
    state = Statevector(random_state(8, seed=4))
    exact = state.expectation_value(SparsePauliOp(pauli)).real
    distribution = state.probabilities_dict()
    assert analysis.expectation(distribution, {pauli: 1.0}) == pytest.approx(exact)
    state.seed(5)
    found = analysis.pauli_z_expectation(Counts(state.sample_counts(20_000), "aer"), pauli)
    assert found.low - 0.01 <= exact <= found.high + 0.01
    assert found.high - found.low < 0.06


def test_a_95_percent_interval_covers_the_truth_in_95_percent():
    rng, terms = np.random.default_rng(0), {"ZI": 0.7, "IZ": -0.2, "ZZ": 1.0}
    p = np.array([0.1, 0.2, 0.3, 0.4])
    exact = analysis.expectation({format(i, "02b"): x for i, x in enumerate(p)}, terms)
    covered = []
    for _ in range(2000):
        found = analysis.observable_expectation(sample(p, 500, rng, "aer"), terms)
        covered.append(found.low <= exact <= found.high)
    assert 0.935 < np.mean(covered) < 0.965


def test_an_observable_may_be_a_function_of_the_bits():
    counts = Counts({"00": 1, "01": 2, "11": 1}, "aer")
    assert analysis.observable_expectation(counts, lambda bits: bits.count("1")).value == 1.0


@pytest.mark.parametrize("pauli", ["ZX", "Z", "ZZZ"])
def test_a_string_of_other_letters_or_width_is_refused(pauli):
    with pytest.raises(ValueError, match="2 letters I and Z"):
        analysis.pauli_z_expectation(Counts({"01": 5}, "aer"), pauli)


def test_samples_of_a_distribution_are_within_its_shot_noise_and_others_are_not():
    rng = np.random.default_rng(1)
    p = porter_thomas(rng, 6)
    exact = {format(i, "06b"): x for i, x in enumerate(p)}
    sigmas = [analysis.within_shot_noise(sample(p, 4096, rng, "aer"), exact) for _ in range(300)]
    assert abs(np.mean(sigmas)) < 0.25
    assert 0.8 < np.std(sigmas) < 1.2
    assert analysis.within_shot_noise(sample(p[::-1], 4096, rng, "liar"), exact) > 10
    assert analysis.within_shot_noise(Counts({"11": 1, "00": 9}, "aer"), {"00": 1.0, "01": 0.0}) == inf


def test_two_samples_of_one_distribution_overlap_by_one_however_few_the_shots():
    rng = np.random.default_rng(2)
    p = porter_thomas(rng, 10)
    found = [
        analysis.unbiased_overlap(sample(p, 256, rng, "a"), sample(p, 2048, rng, "b")) for _ in range(300)
    ]
    assert np.mean([f.value for f in found if f]) == pytest.approx(1, abs=0.03)
    near = analysis.shot_noise_distance(sample(p, 1024, rng, "a"), sample(p, 1024, rng, "b"))
    assert near.tvd > 0.3
    assert near.likeness > 0.9


def test_entropy_of_a_fair_die_of_eight_is_three_bits():
    assert analysis.entropy({format(i, "03b"): 1 / 8 for i in range(8)}) == pytest.approx(3)
    assert analysis.entropy({"0": 0.9, "1": 0.1}) == pytest.approx(
        -(0.9 * log(0.9) + 0.1 * log(0.1)) / log(2)
    )


def test_wilson_intervals_hold_at_both_ends():
    assert analysis.wilson_interval(0, 50)[0] == 0
    assert analysis.wilson_interval(0, 50)[1] == pytest.approx(0.0713, abs=1e-4)
    assert analysis.wilson_interval(50, 50)[1] == 1
    with pytest.raises(ValueError, match="at least one trial"):
        analysis.wilson_interval(0, 0)


def test_top_outcomes_carry_their_probability_with_its_interval():
    first, second = analysis.top_outcomes(Counts({"0": 30, "1": 70}, "aer"), 2)
    assert (first.bits, first.count, second.bits) == ("1", 70, "0")
    assert first.probability.low < 0.7 < first.probability.high
