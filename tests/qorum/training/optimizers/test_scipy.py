"""SciPy's minimizers by replay: the same bits as SciPy itself, and no thread is left behind."""

import gc
import threading
import time

import numpy as np
import pytest
from scipy.optimize import minimize

from qorum.errors import QorumError
from qorum.training.objective import Request
from tests.work import at_most

from .objectives import START, Energy, Waves, begin, stored_and_loaded, train

ENERGY = Energy()
NAMES = ("scipy-cobyla", "scipy-lbfgsb")


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("qorum-scipy")]


def test_cobyla_asks_for_the_points_that_scipy_asks_for():
    asked = []

    def value(point):
        asked.append(point.copy())
        return float(ENERGY.evaluate(Request(point[None]), 0).values[0])

    minimize(value, START, method="COBYLA", tol=1e-6, options={"rhobeg": 0.5})
    told = train(begin("scipy-cobyla", ENERGY), ENERGY, 1000)
    assert [request.points[0].tobytes() for request, _ in told] == [point.tobytes() for point in asked]


def test_lbfgsb_asks_for_the_points_that_scipy_asks_for():
    asked = []

    def value_and_gradient(point):
        asked.append(point.copy())
        answer = ENERGY.evaluate(Request(point[None], gradient=True), 0)
        return float(answer.values[0]), answer.gradient

    options = {"gtol": 1e-6, "ftol": 1e-12}
    minimize(value_and_gradient, START, jac=True, method="L-BFGS-B", options=options)
    told = train(begin("scipy-lbfgsb", ENERGY), ENERGY, 1000)
    assert [request.points[0].tobytes() for request, _ in told] == [point.tobytes() for point in asked]


@pytest.mark.parametrize("name", NAMES)
def test_the_incumbent_is_the_best_point_seen(name):
    optimizer = begin(f"{name}", ENERGY)
    told = train(optimizer, ENERGY, 9)
    values = [float(answer.values[0]) for _, answer in told]
    best = int(np.argmin(values))
    assert values[best] < values[0]
    assert optimizer.point.tobytes() == told[best][0].points[0].tobytes()
    optimizer.close()


@pytest.mark.parametrize("name", NAMES)
def test_its_thread_ends_when_it_is_closed(name):
    before = threads()
    optimizer = begin(name, ENERGY)
    assert threads() == before, "nothing is started before the first question"
    request = optimizer.ask()
    assert len(threads()) == len(before) + 1
    optimizer.close()
    optimizer.close()
    assert threads() == before
    assert optimizer.ask().points.tobytes() == request.points.tobytes(), "it may be asked again"
    optimizer.close()


@pytest.mark.parametrize("name", NAMES)
def test_its_thread_ends_when_it_is_forgotten(name):
    before = threads()
    forgotten = [begin(name, ENERGY) for _ in range(5)]
    for optimizer in forgotten:
        train(optimizer, ENERGY, 3)
    assert len(threads()) == len(before) + 5
    del forgotten, optimizer
    gc.collect()
    deadline = time.monotonic() + 5
    while threads() != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads() == before


@pytest.mark.parametrize("name", NAMES)
def test_its_thread_ends_when_it_has_converged_or_moved(name):
    before = threads()
    optimizer = begin(name, ENERGY)
    train(optimizer, ENERGY, 5)
    optimizer.moved(0.0)
    assert threads() == before
    train(optimizer, ENERGY, 1000)
    assert optimizer.converged
    deadline = time.monotonic() + 5
    while threads() != before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threads() == before
    assert optimizer.ask().points[0].tobytes() == optimizer.point.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_log_that_another_build_made_is_refused(name):
    optimizer = begin(name, ENERGY)
    train(optimizer, ENERGY, 8)
    state = stored_and_loaded(optimizer.state())
    optimizer.close()
    state["log"]["points"][6, 1] = np.nextafter(state["log"]["points"][6, 1], 9)
    resumed = begin(name, ENERGY)
    resumed.restore(state)
    for _ in range(2):
        with pytest.raises(QorumError, match="SciPy or its BLAS is another build"):
            resumed.ask()
    resumed.close()


def test_a_log_that_goes_on_after_the_minimizer_is_done_is_refused():
    optimizer = begin("scipy-cobyla?tolerance=0.000001", ENERGY)
    train(optimizer, ENERGY, 1000)
    state = optimizer.state() | {"finished": False}
    shorter = begin("scipy-cobyla?tolerance=0.1", ENERGY)
    shorter.restore(state)
    with pytest.raises(QorumError, match="another build"):
        shorter.ask()


def test_replaying_a_thousand_evaluations_takes_calls_in_proportion():
    waves = Waves(((1.0,),) * 20)
    optimizer = begin("scipy-cobyla?tolerance=1e-12", waves, start=np.zeros(20))
    assert len(train(optimizer, waves, 1000)) == 1000
    state, following = stored_and_loaded(optimizer.state()), optimizer.ask()
    optimizer.close()
    resumed = begin("scipy-cobyla?tolerance=1e-12", waves, start=np.zeros(20))
    resumed.restore(state)
    with at_most(calls=4_000 * 1000):
        asked = resumed.ask()
    assert asked.points.tobytes() == following.points.tobytes()
    resumed.close()
