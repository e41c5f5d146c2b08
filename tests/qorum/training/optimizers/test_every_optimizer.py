"""What holds for every optimizer: it minimizes, and it goes on from its state with the same bits."""

import numpy as np
import pytest

from qorum.errors import InputRejected, QorumError
from qorum.training.objective import Landscape
from qorum.training.optimizers import make_optimizer, optimizers

from .objectives import START, Energy, Noisy, begin, stored_and_loaded, train, value_at

NAMES = ("adam", "lbfgs", "natural-gradient", "rotosolve", "scipy-cobyla", "scipy-lbfgsb", "spsa")
ENERGY = Energy()
NOISY = Noisy(ENERGY, 0.05)

REACHED = [  # reference, answers at most, how far above the least eigenvalue it ends at most
    ("adam?learning_rate=0.1", 500, 1e-7),
    ("adam?learning_rate=0.1&amsgrad=true&schedule=cosine&schedule_steps=300", 300, 1e-5),
    ("adam?learning_rate=0.1&schedule=exponential&schedule_steps=300&max_gradient_norm=1", 300, 1e-5),
    ("natural-gradient?learning_rate=0.2", 200, 1e-8),
    ("natural-gradient?learning_rate=0.2&solve=full", 200, 1e-8),
    ("rotosolve", 400, 1e-8),
    ("lbfgs", 60, 1e-11),
    ("scipy-cobyla", 300, 1e-8),
    ("scipy-lbfgsb", 60, 1e-11),
    ("spsa", 400, 1e-3),
    ("spsa?blocking=true&resamplings=2", 400, 1e-3),
    ("spsa?learning_rate=2", 400, 1e-3),
]
RESUMED = [(reference, ENERGY) for reference, *_ in REACHED] + [
    ("adam?window=3", NOISY),
    ("rotosolve", NOISY),
    ("lbfgs?max_trials=4&history=2", NOISY),
    ("scipy-cobyla?first_step=1", NOISY),
    ("scipy-lbfgsb", NOISY),
    ("spsa?blocking=true&calibration_pairs=3", NOISY),
    ("spsa?value_tolerance=0.001&window=4&resamplings=3", NOISY),
]


def test_every_file_with_an_optimizer_is_found():
    assert tuple(optimizers()) == NAMES


@pytest.mark.parametrize(("reference", "tells", "above"), REACHED)
def test_the_lowest_energy_is_reached(reference, tells, above):
    optimizer = begin(reference, ENERGY)
    train(optimizer, ENERGY, tells)
    assert value_at(ENERGY, optimizer.point) - ENERGY.least <= above
    optimizer.close()


@pytest.mark.parametrize(("reference", "objective"), RESUMED)
def test_restored_at_any_cut_it_asks_for_the_same_bits(reference, objective):
    optimizer = begin(reference, objective)
    states, points, told = [optimizer.state()], [optimizer.point.copy()], []
    for index in range(45):
        told += train(optimizer, objective, 1, first=index)
        states.append(optimizer.state())
        points.append(optimizer.point.copy())
    last, converged = optimizer.ask(), optimizer.converged
    optimizer.close()
    for cut, state in enumerate(states[: len(told) + 1]):
        resumed = begin(reference, objective)
        resumed.restore(stored_and_loaded(state))
        # Its next ten answers at every cut, all of them at some.
        for index in range(cut, len(told) if cut % 10 == 0 else min(cut + 10, len(told))):
            assert resumed.point.tobytes() == points[index].tobytes()
            request, answer = told[index]
            asked = resumed.ask()
            assert asked.points.tobytes() == request.points.tobytes()
            assert (asked.gradient, asked.metric) == (request.gradient, request.metric)
            resumed.tell(answer)
        if cut % 10 == 0 or cut + 10 >= len(told):
            assert resumed.ask().points.tobytes() == last.points.tobytes()
            assert resumed.converged == converged
            assert resumed.steps == optimizer.steps
        resumed.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("objective", [ENERGY, NOISY])
def test_whatever_changes_is_in_the_state(name, objective):
    optimizer, fresh = begin(name, objective), begin(name, objective)
    for _ in range(45):
        train(optimizer, objective, 1)
        changed = {key for key, value in vars(optimizer).items() if repr(value) != repr(vars(fresh)[key])}
        assert {key for key in changed if not key.startswith("_")} <= set(optimizer.state())
    optimizer.close()


@pytest.mark.parametrize("name", NAMES)
def test_asking_changes_nothing(name):
    optimizer = begin(name, ENERGY)
    for _ in range(12):
        before = repr(optimizer.state())
        first, second = optimizer.ask(), optimizer.ask()
        assert first.points.tobytes() == second.points.tobytes()
        first.points[:] = 9.0  # what was handed out is the asker's
        assert optimizer.ask().points.tobytes() == second.points.tobytes()
        assert repr(optimizer.state()) == before
        optimizer.tell(ENERGY.evaluate(second, 0))
    optimizer.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_state_is_not_changed_by_going_on(name):
    optimizer = begin(name, ENERGY)
    train(optimizer, ENERGY, 7)
    state = optimizer.state()
    before = repr(state)
    train(optimizer, ENERGY, 7)
    assert repr(state) == before
    resumed = begin(name, ENERGY)
    resumed.restore(state)
    train(resumed, ENERGY, 7)
    assert repr(state) == before
    optimizer.close()
    resumed.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("tells", [0, 3, 8, 15])
def test_another_backend_keeps_the_incumbent_and_is_minimized_from_there(name, tells):
    optimizer = begin(name, NOISY)
    train(optimizer, NOISY, tells)
    incumbent, steps = optimizer.point.copy(), optimizer.steps
    optimizer.moved(value_at(ENERGY, incumbent))
    assert optimizer.point.tobytes() == incumbent.tobytes()
    assert optimizer.steps == steps
    assert not optimizer.converged
    resumed = begin(name, ENERGY)
    resumed.restore(stored_and_loaded(optimizer.state()))
    for each in (optimizer, resumed):
        train(each, ENERGY, 600)
        assert value_at(ENERGY, each.point) - ENERGY.least < 2e-3
        each.close()
    assert resumed.point.tobytes() == optimizer.point.tobytes()


@pytest.mark.parametrize("name", ["adam", "natural-gradient", "rotosolve", "lbfgs", "scipy-lbfgsb"])
def test_a_minimum_is_recognised_and_stands_still(name):
    optimizer = begin(name, ENERGY)
    told = train(optimizer, ENERGY, 3000)
    assert optimizer.converged
    assert len(told) < 3000
    optimizer.close()


@pytest.mark.parametrize("name", ["adam", "rotosolve", "lbfgs", "spsa"])
def test_estimates_never_tell_that_it_is_over(name):
    optimizer = begin(name, NOISY)
    assert len(train(optimizer, NOISY, 400)) == 400
    assert optimizer.steps > 10


@pytest.mark.parametrize("name", NAMES)
def test_settings_are_published_with_default_and_meaning(name):
    schema = optimizers()[name].settings_type.model_json_schema()
    assert schema["additionalProperties"] is False
    for described in schema["properties"].values():
        assert described["description"].endswith(".")
        assert "default" in described


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("adma", ["an optimizer expected", "adam", "spsa", "'adma'"]),
        ("adam?learningrate=1", ["no setting 'learningrate'", "learning_rate", "beta1"]),
        ("adam?learning_rate=-1", ["setting learning_rate", "greater than 0", "'-1'"]),
        ("adam?schedule=linear", ["schedule", "'cosine'", "'linear'"]),
        ("spsa?resamplings=0", ["resamplings", "greater than or equal to 1", "'0'"]),
        ("spsa?perturbation=nan", ["perturbation", "finite", "'nan'"]),
        ("spsa?blocking=perhaps", ["blocking", "boolean", "'perhaps'"]),
        ("lbfgs?history=ten", ["history", "integer", "'ten'"]),
        ("lbfgs?history=3&history=4", ["each setting once", "history"]),
    ],
)
def test_wrong_settings_are_refused_in_words(reference, said):
    with pytest.raises(InputRejected) as refused:
        begin(reference, ENERGY)
    for words in said:
        assert words in str(refused.value)


@pytest.mark.parametrize("start", [[], [0.1], [0.1, 0.2, np.nan, 0.4], [[0.1, 0.2, 0.3, 0.4]]])
def test_a_start_that_does_not_fit_is_refused(start):
    with pytest.raises(InputRejected, match="a start of"):
        make_optimizer("adam", np.array(start), Landscape(4), 1)


def test_the_state_of_another_optimizer_is_refused():
    adam, spsa = begin("adam", ENERGY), begin("spsa", ENERGY)
    with pytest.raises(QorumError, match="adam: a state of mean, most"):
        adam.restore(spsa.state())
    wide = make_optimizer("adam", np.zeros(5), Landscape(5), 1)
    with pytest.raises(QorumError, match="shape"):
        adam.restore(wide.state())
    assert adam.point.tobytes() == START.tobytes()
