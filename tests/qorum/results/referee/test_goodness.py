"""Right samples are let pass, spoilt ones named, by the figures that say so."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from benchmarks._distributions import DISTRIBUTIONS, num_bits
from benchmarks.referee import LIES, Sampler, ideal, porter_thomas, tally
from qorum.results.referee.cross_entropy import fidelity_of, judge_noisy
from qorum.results.referee.goodness import confidence, misfit


@pytest.fixture
def rng() -> Generator:
    return default_rng(29)


def test_honest_samples_of_every_family_are_let_pass(rng: Generator):
    accused = []
    for make, shots, _ in product(DISTRIBUTIONS.values(), (50, 1024, 20_000), range(40)):
        p = make(rng)
        accused.append(misfit(ideal(p), *tally(Sampler(p).draw(shots, rng), num_bits(p))))
    assert [reason for reason in accused if reason] == []


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("width", [12, 16, 20])
def test_spoilt_samples_of_wide_flat_circuits_are_named(width: int, lie: str, rng: Generator):
    p = porter_thomas(width, rng)
    sampler, judge = Sampler(p), ideal(p)
    if width == 20 and lie == "half of the shots told twice":
        assert "coincide" in misfit(judge, *tally(LIES[lie](sampler.draw(1024, rng), width, rng), width))
    for _ in range(10):
        honest = sampler.draw(1024, rng)
        assert not misfit(judge, *tally(honest, width))
        assert misfit(judge, *tally(LIES[lie](honest, width, rng), width))


def test_a_single_impossible_shot_settles_it(rng: Generator):
    p = np.zeros(1 << 10)
    p[[5, 1018]] = 0.5
    outcomes = np.concatenate([Sampler(p).draw(1023, rng), [6]])
    reason = misfit(ideal(p), *tally(outcomes, 10))
    assert reason.startswith("1 of 1024 shots show what is impossible")
    assert reason.endswith("such as 0000000110")


def test_a_uniform_distribution_is_judged_by_parities_and_coincidences(rng: Generator):
    """Every outcome is equally probable there, so that no sum of log p says anything."""
    p = np.full(1 << 20, 2.0**-20)
    honest = rng.integers(0, 1 << 20, 1024)
    assert not misfit(ideal(p), *tally(honest, 20))
    assert "alike" in misfit(ideal(p), *tally(honest & ~8 | (honest & 4) << 1, 20))
    assert "bit 7 reads 0" in misfit(ideal(p), *tally(honest | 1 << 7, 20))
    assert "coincide" in misfit(ideal(p), *tally(np.repeat(honest[:512], 2), 20))


def test_a_small_error_spread_over_many_outcomes_is_found_by_their_frequencies(rng: Generator):
    p = rng.dirichlet(np.full(64, 50.0))
    off = p * np.where(rng.permutation(64) % 2, 0.8, 1.2)
    reasons = [misfit(ideal(p), *tally(Sampler(off / off.sum()).draw(8192, rng), 6)) for _ in range(20)]
    assert all(reasons)
    assert sum("chi-squared" in reason for reason in reasons) > 5


def test_confidence_is_high_for_what_fits_and_low_for_what_is_far_off(rng: Generator):
    p = porter_thomas(16, rng)
    keys, counts = tally(Sampler(p).draw(1024, rng), 16)
    assert confidence(ideal(p), keys, counts, 0.8) > 0.99
    assert confidence(ideal(p), keys[:, ::-1], counts, 0.8) < 0.01


def test_cross_entropy_measures_the_fidelity_within_its_interval(rng: Generator):
    off = []
    for fidelity in np.linspace(0.1, 1.0, 60):
        p = porter_thomas(12, rng)
        shown = fidelity * p + (1 - fidelity) / len(p)
        found, error = fidelity_of(ideal(p), *tally(Sampler(shown).draw(4096, rng), 12))
        off.append((found - fidelity) / error)
    assert np.abs(off).max() < 4.5
    assert 0.7 < np.std(off) < 1.3


@pytest.mark.parametrize(
    ("fidelity", "promised", "expected"),
    [
        (0.6, 0.6, "fits"),
        (0.6, None, "fits"),
        (0.0, None, "unfit"),
        (0.0, 0.5, "unfit"),
        (0.3, 0.95, "unfit"),
    ],
)
def test_a_noisy_device_must_hold_half_of_what_it_promises(
    fidelity: float, promised: float | None, expected: str, rng: Generator
):
    p = porter_thomas(14, rng)
    shown = fidelity * p + (1 - fidelity) / len(p)
    outcome, reason, sure = judge_noisy(ideal(p), *tally(Sampler(shown).draw(8192, rng), 14), promised)
    assert outcome == expected
    assert "cross-entropy" in reason
    assert (sure > 0.9) == (expected == "fits")


def test_noise_is_not_told_from_a_uniform_ideal(rng: Generator):
    p = np.full(1 << 8, 2.0**-8)
    outcome, reason, _ = judge_noisy(ideal(p), *tally(rng.integers(0, 256, 1024), 8), 0.9)
    assert (outcome, "uniform" in reason) == ("open", True)
