"""The training as a state: what it asks, what stops it, and how it comes back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from qorum.errors import InputRejected, QorumError, TrainingHalted
from qorum.training.checkpoints import encode
from qorum.training.objective import Answer, Landscape, Request
from qorum.training.optimizers import optimizers
from qorum.training.training import Training
from tests.qorum.training.optimizers.objectives import Energy
from tests.qorum.training.trainings import Noisy, Raised, advance, reopened, run, training

UNABLE = ("natural-gradient", Noisy)
"""These estimates come without a metric."""


@pytest.mark.parametrize(
    ("optimizer", "objective"),
    [(name, kind) for name in optimizers() for kind in (Energy, Noisy) if (name, kind) != UNABLE],
)
def test_a_training_restored_after_any_evaluation_goes_on_with_the_same_bits(
    optimizer: str, objective: type[Energy | Noisy]
) -> None:
    def fresh() -> Training:
        return training(optimizer, lambda _: objective(), steps=12)

    whole = fresh()
    expected = run(whole, 40)
    for place in range(0, len(expected), 3):
        before = fresh()
        told = run(before, place)
        after = reopened(before, fresh())
        assert (after.evaluations, after.steps, after.next_seed) == (
            before.evaluations,
            before.steps,
            before.next_seed,
        )
        assert told + run(after, 40 - place) == expected, place
        assert after.result[0] == whole.result[0]
        assert after.result[1].tobytes() == whole.result[1].tobytes()


def test_asking_changes_nothing() -> None:
    one = training("spsa", lambda _: Noisy())
    for _ in range(5):
        before = encode(one.state())
        first, second = one.ask(), one.ask()
        assert first.points.tobytes() == second.points.tobytes()
        assert encode(one.state()) == before
        advance(one)
        assert encode(one.state()) != before


def test_a_training_ends_by_its_steps_and_goes_on_if_it_is_given_more() -> None:
    long, short = training(steps=30), training(steps=12)
    expected = run(long)
    told = run(short)
    assert short.finished == "12 steps are done"
    extended = reopened(short, training(steps=30))
    assert not extended.finished
    assert told + run(extended) == expected


def test_appraising_an_end_that_was_estimated_leaves_what_comes_after_as_it_is() -> None:
    def fresh(steps: int) -> Training:
        return training("spsa", lambda _: Noisy(), steps)

    expected = run(fresh(20))
    short = fresh(8)
    told = run(short)
    assert short.known_energy is None
    short.appraise(short.incumbent_objective().evaluate(short.incumbent, short.incumbent_seed))
    assert short.known_energy == short.result[0]
    assert told + run(reopened(short, fresh(20))) == expected


def test_the_result_is_the_lowest_energy_where_they_are_exact_and_the_incumbents_where_they_are_not() -> None:
    exact = training("adam?learning_rate=0.8", steps=15)
    told = run(exact)
    assert exact.result[0] == min(energy for _, energy in told)
    assert exact.result[0] < told[-1][1]
    sampled = training("adam?learning_rate=0.8", lambda _: Noisy(), steps=15)
    run(sampled)
    sampled.appraise(Noisy().evaluate(sampled.incumbent, sampled.incumbent_seed))
    assert sampled.result[0] == sampled.known_energy
    assert sampled.result[1].tobytes() == sampled.point.tobytes()
    assert sampled.best is not None
    assert sampled.result[0] > sampled.best[0]


def appraise(one: Training) -> None:
    one.appraise(one.incumbent_objective().evaluate(one.incumbent, one.incumbent_seed))


@pytest.mark.parametrize("objective", [Energy, Noisy])
def test_an_end_above_the_start_is_given_up_for_it_also_after_a_restoration(
    objective: type[Energy | Noisy],
) -> None:
    low = training("lbfgs", steps=200)
    run(low)

    def fresh() -> Training:
        return Training(
            "t", "spsa?learning_rate=30&perturbation=1", low.point, lambda _: objective(), seed=3, max_steps=1
        )

    one = fresh()
    assert one.is_start_unknown
    appraise(one)
    start = one.known_energy
    one = reopened(one, fresh())
    assert not one.is_start_unknown
    run(one)
    assert one.is_end_unknown
    appraise(one)
    one = reopened(one, fresh())
    assert start is not None
    assert one.above_start == (one.known_energy, start)
    assert one.result[0] <= start
    if one.estimates:
        assert one.result[1].tobytes() == low.point.tobytes()
    one.arrive(lambda _: Raised(), Raised().evaluate(one.incumbent, 0), "a", "b", "why")
    assert one.above_start is None, "the start was not evaluated there"


def test_only_a_start_that_is_never_asked_for_is_appraised() -> None:
    for name in optimizers():
        one = training(name, lambda _: Energy())
        asked = one.ask().points[0].tobytes() == one.point.tobytes()
        one.close()
        assert one.is_start_unknown is not asked, name


def test_converged_trainings_say_so() -> None:
    one = training("lbfgs", steps=200)
    told = run(one)
    assert one.finished == "converged"
    assert one.result[0] == pytest.approx(Energy().least, abs=1e-6)
    assert one.evaluations == len(told)


FINITE = Answer(np.zeros(1), np.zeros(1), np.zeros(4))


@pytest.mark.parametrize(
    "answer",
    [
        replace(FINITE, values=np.array([math.nan])),
        replace(FINITE, values=np.array([-math.inf])),
        replace(FINITE, variances=np.array([math.nan])),
        replace(FINITE, gradient=np.array([0.0, math.nan, 0.0, 0.0])),
        replace(FINITE, metric=np.full((4, 4), math.nan)),
    ],
    ids=["NaN energy", "infinite energy", "NaN variance", "NaN gradient", "NaN metric"],
)
def test_what_is_not_finite_stops_the_training_and_changes_nothing(answer: Answer) -> None:
    one = training()
    run(one, 3)
    before = encode(one.state())
    for tell in (one.tell, one.appraise, lambda _: one.arrive(lambda _: Raised(), answer, "a", "b", "why")):
        with pytest.raises(
            TrainingHalted, match=r"finite energies and gradients expected, found .* at evaluation 3"
        ):
            tell(answer)
        assert encode(one.state()) == before
    assert len(run(one)) > 3, "it goes on from the last good state"


def test_what_an_optimizer_cannot_work_on_is_refused_before_anything_is_evaluated() -> None:
    class Blind(Energy):
        landscape = Landscape(4, metric=False)

        def evaluate(self, request: Request, seed: int) -> Answer:
            raise AssertionError("evaluated")

    for optimizer, named in (("rotosolve", "frequencies"), ("natural-gradient", "metric"), ("adm", "adam")):
        with pytest.raises(InputRejected, match=named):
            training(optimizer, lambda _: Blind())


def test_a_state_of_another_optimizer_is_refused() -> None:
    one = training("adam")
    run(one, 2)
    with pytest.raises(QorumError, match=r"a state of .* expected"):
        training("spsa").restore(one.state())
