"""A training moves to another backend: what is noted, kept and forgotten."""

from __future__ import annotations

import pytest

from tests.qorum.training.optimizers.objectives import Energy
from tests.qorum.training.trainings import Noisy, Raised, reopened, run, training


def test_a_move_notes_both_energies_tells_the_optimizer_and_reaches_the_same_minimum() -> None:
    one = training("lbfgs", steps=200)
    run(one, 4)
    one.appraise(one.incumbent_objective().evaluate(one.incumbent, one.incumbent_seed))
    here, point = one.known_energy, one.point
    assert here is not None
    answer = one.incumbent_objective(lambda _: Raised()).evaluate(one.incumbent, one.incumbent_seed)
    move = one.arrive(lambda _: Raised(), answer, "torch", "aer", "wanted")
    assert (move.origin, move.target, move.reason, move.evaluation) == ("torch", "aer", "wanted", 5)
    assert move.energy == here
    assert move.energy_there == pytest.approx(here + 0.25, abs=1e-12)
    assert one.point.tobytes() == point.tobytes(), "the incumbent stays"
    assert one.best is not None
    assert one.best[0] == move.energy_there, "energies of the old backend are not compared with"
    run(one)
    assert one.result[0] == pytest.approx(Energy().least + 0.25, abs=1e-6)
    back = reopened(one, training("lbfgs", lambda _: Raised(), 200))
    assert back.moves == one.moves == [move]


def test_a_move_from_where_the_incumbent_never_was_evaluated_leaves_that_energy_open() -> None:
    one = training("spsa", lambda _: Noisy())
    run(one, 3)
    move = one.arrive(lambda _: Raised(), Raised().evaluate(one.incumbent, 0), "a", "b", "a is out of order")
    assert move.energy is None
    assert not one.estimates
    run(one)
    assert one.steps == 40


def test_seeds_of_what_is_asked_do_not_depend_on_moves() -> None:
    still, moved = (training("spsa", lambda _: Noisy()) for _ in range(2))
    run(still, 3)
    run(moved, 3)
    moved.arrive(lambda _: Noisy(), Noisy().evaluate(moved.incumbent, moved.incumbent_seed), "a", "b", "")
    assert moved.next_seed == still.next_seed
    assert moved.incumbent_seed == still.incumbent_seed != still.next_seed
