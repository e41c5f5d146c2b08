"""The training as a state: what it asks, how it grows and moves, what stops it, and how it comes back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from qorum.checkpoints import decode, encode
from qorum.errors import CircuitRejected, QorumError, TrainingHalted
from qorum.training.ansatze import build_ansatz
from qorum.training.engine_objective import EngineObjective
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.objective import Answer, Landscape, Objective, Request
from qorum.training.optimizers import optimizers
from qorum.training.phases import Phase
from qorum.training.training import Training
from tests.processes import ROOT
from tests.qorum.training.optimizers.objectives import START, Energy

H2 = read_hamiltonian((ROOT / "examples/hamiltonians/h2_0.735.json").read_text())


class Noisy:
    """Energies as estimates: deterministic by seed."""

    landscape = Energy.landscape

    def __init__(self) -> None:
        self._exact = Energy()

    def evaluate(self, request: Request, seed: int) -> Answer:
        answer = self._exact.evaluate(replace(request, metric=False), 0)
        noise = np.random.default_rng(seed).normal(0, 0.05, len(answer.values))
        return replace(answer, values=answer.values + noise, variances=np.full(len(answer.values), 0.0025))


UNABLE = ("natural-gradient", Noisy)
"""These estimates come without a metric."""


class Raised:
    """The same landscape a little higher: another backend."""

    landscape = Energy.landscape

    def evaluate(self, request: Request, seed: int) -> Answer:
        answer = Energy().evaluate(request, seed)
        return replace(answer, values=answer.values + 0.25)


def training(
    optimizer: str = "adam", source: Callable[[Phase], Objective] | None = None, steps: int = 40
) -> Training:
    return Training("t", optimizer, START, source or (lambda _: Energy()), seed=3, max_steps=steps)


def advance(one: Training) -> Answer:
    answer = one.objective.evaluate(one.ask(), one.next_seed)
    one.tell(answer)
    return answer


def reopened(one: Training, fresh: Training) -> Training:
    """A training made anew from what is stored of another."""
    fresh.restore(decode("k", encode(one.state())))
    return fresh


def adapt(steps: int = 60, optimizer: str = "lbfgs") -> Training:
    ansatz = build_ansatz("adapt", H2, 0)
    growth = ansatz.growth
    assert growth is not None

    def source(phase: Phase) -> Objective:
        circuit = (growth.probe if phase.probing else growth.circuit)(phase.operators)
        return EngineObjective(circuit, H2.observable)

    return Training("a", optimizer, ansatz.start, source, seed=0, max_steps=steps, growth=growth)


def run(one: Training, most: int = 10_000) -> list[tuple[bytes, float]]:
    """Point and energy of each evaluation, until there is nothing left to do."""
    told: list[tuple[bytes, float]] = []
    while not one.finished and len(told) < most:
        point = one.ask().points[0].tobytes()
        told.append((point, float(advance(one).values[0])))
    return told


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


def test_an_ansatz_grows_to_the_ground_state_and_says_when_it_is_complete() -> None:
    one = adapt()
    assert one.phase == Phase((), probing=True)
    assert one.ask().points.shape == (1, len(one._growth.pool))  # type: ignore[union-attr]
    widths = []
    while not one.finished:
        advance(one)
        widths.append(one.point.size)
    assert one.finished.startswith("converged: the pool's gradient is")
    assert widths == sorted(widths)
    assert 1 <= widths[-1] == len(one.phase.operators) <= 3
    assert H2.reference is not None
    assert one.result[0] == pytest.approx(H2.reference, abs=1e-6)
    assert one.result[1].size == widths[-1]


def test_a_growing_training_restored_after_any_evaluation_goes_on_with_the_same_bits() -> None:
    whole = adapt()
    expected = run(whole)
    for place in range(len(expected)):
        before = adapt()
        told = run(before, place)
        after = reopened(before, adapt())
        assert after.phase == before.phase
        assert told + run(after) == expected, place
        assert after.finished == whole.finished
        assert after.steps == whole.steps


def test_a_growing_training_moves_while_it_probes_and_before_it_has_a_parameter() -> None:
    one = adapt()
    answer = one.incumbent_objective().evaluate(one.incumbent, one.incumbent_seed)
    move = one.arrive(one._source, answer, "a", "b", "early")
    assert move.energy is None
    run(one)
    assert H2.reference is not None
    assert one.result[0] == pytest.approx(H2.reference, abs=1e-6)


def test_steps_count_over_all_sets_of_operators() -> None:
    one, steps = adapt(steps=3, optimizer="adam?learning_rate=0.01"), 0
    while not one.finished:
        advance(one)
        assert one.steps >= steps
        steps = one.steps
    assert (one.finished, steps) == ("3 steps are done", 3)


def test_what_an_optimizer_cannot_work_on_is_refused_before_anything_is_evaluated() -> None:
    class Blind(Energy):
        landscape = Landscape(4, metric=False)

        def evaluate(self, request: Request, seed: int) -> Answer:
            raise AssertionError("evaluated")

    for optimizer, named in (("rotosolve", "frequencies"), ("natural-gradient", "metric"), ("adm", "adam")):
        with pytest.raises(CircuitRejected, match=named):
            training(optimizer, lambda _: Blind())


def test_a_state_of_another_optimizer_is_refused() -> None:
    one = training("adam")
    run(one, 2)
    with pytest.raises(QorumError, match=r"a state of .* expected"):
        training("spsa").restore(one.state())
