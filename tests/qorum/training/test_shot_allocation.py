"""How shots go to groups: exactly, evenly batched, and where the variance is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.training.measurement import group_terms
from qorum.training.shot_allocation import allocate_shots, plan_shots

weights = st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1e6)), max_size=40).map(np.array)


@given(weights, st.integers(0, 100_000))
def test_all_shots_are_spent_two_at_least_on_each_group(given_weights, more) -> None:
    shots = allocate_shots(given_weights, 2 * len(given_weights) + more)
    assert len(shots) == len(given_weights)
    assert min(shots, default=2) >= 2
    assert not shots or sum(shots) == 2 * len(given_weights) + more
    assert all(isinstance(own, int) for own in shots)


def test_heavier_groups_get_more_shots() -> None:
    assert allocate_shots(np.array([3.0, 1.0]), 4_004) == (3_002, 1_002)


def test_groups_that_weigh_nothing_get_as_many_as_each_other() -> None:
    assert allocate_shots(np.zeros(4), 40) == (10, 10, 10, 10)


def test_many_groups_share_a_few_numbers_of_shots_at_hardly_more_variance() -> None:
    spread = np.random.default_rng(1).lognormal(sigma=1, size=80)
    shots = np.array(allocate_shots(spread, 100_000))
    assert len(set(shots.tolist())) < 10
    assert (spread**2 / shots).sum() < 1.03 * spread.sum() ** 2 / 100_000


def test_too_few_shots_for_the_groups_are_refused() -> None:
    with pytest.raises(InputRejected, match="set 6 or more"):
        allocate_shots(np.ones(3), 5)


@given(st.integers(2, 12).flatmap(lambda n: st.tuples(*[st.floats(0.01, 10)] * n)), st.integers(24, 50_000))
def test_both_stages_together_spend_exactly_the_shots(coefficients, shots) -> None:
    groups = group_terms(_one_string_each(coefficients))
    plan = plan_shots(groups, max(shots, 2 * len(groups)))
    seen = plan.deviations(np.random.default_rng(1).uniform(0, 1, len(groups)))
    second = plan.second_stage(seen)
    assert min(second) >= 2
    assert sum(second) + sum(plan.pilot) == plan.shots == sum(plan.after_pilot(seen))
    assert all(own == 0 or own >= 8 for own in plan.pilot)


def test_few_shots_or_one_group_have_no_pilot() -> None:
    two = group_terms(_one_string_each((1.0, 1.0)))
    assert not plan_shots(two, 100).has_pilot
    assert plan_shots(two, 1_000).pilot == (25, 25)
    assert not plan_shots(two, 1_000, pilot=False).has_pilot
    assert not plan_shots(two[:1], 1_000).has_pilot
    assert not plan_shots((), 1_000).has_pilot


def test_what_the_pilot_finds_moves_shots_but_never_takes_all() -> None:
    plan = plan_shots(group_terms(_one_string_each((1.0, 1.0))), 10_000)
    still, moving = plan.after_pilot(plan.deviations(np.array([0.0, 1.0])))
    assert 500 < still < 2_000 < moving


def _one_string_each(coefficients) -> PauliSum:
    """Strings no two of which commute qubit-wise: X and Z at one more place than bits to tell them apart."""
    width = max(1, (len(coefficients) - 1).bit_length())
    labels = [f"{place:0{width}b}".translate({48: "X", 49: "Z"}) for place in range(len(coefficients))]
    return PauliSum.from_terms(width, list(zip(labels, coefficients, strict=True)))
