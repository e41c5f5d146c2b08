"""Claims about predicted run times."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from qorum.backends import BackendProfile
from qorum.circuits.native import ideal_target
from qorum.circuits.sizes import CircuitSize
from qorum.routing.runtimes import PRIORS, BatchLoad, Observation, RuntimeModel

PROFILE = BackendProfile("torch", "qorum", "torch", "cpu", "cpu", 28, ideal_target(dynamic=False))

HUNDRED = CircuitSize(100, 60, 20)

LAWS = {
    "fast": (2e-3, 4e-6, 2e-10, 2e-11, 5e-8),
    "slow": (4e-1, 3e-4, 4e-8, 8e-8, 2e-5),
    "like the prior": PRIORS["cpu"].seconds,
}


def seconds(law, workload: BatchLoad) -> float:
    return sum(each * count for each, count in zip(law, workload.terms, strict=True))


def past(law, *, runs=60, largest=18, scatter=0.1, seed=0) -> list[Observation]:
    rng = np.random.default_rng(seed)
    observations = []
    for _ in range(runs):
        gates = int(rng.integers(5, 300))
        blocks = -(-gates // int(rng.integers(1, 10)))
        size = CircuitSize(gates, blocks, int(rng.integers(0, blocks + 1)))
        sizes = [(int(rng.integers(2, largest)), size)] * int(rng.integers(1, 20))
        workload = BatchLoad.of(PROFILE, sizes, int(rng.choice([256, 1024, 8192])))
        observations.append(Observation(workload, seconds(law, workload) * rng.lognormal(0, scatter)))
    return observations


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_recovered_from_noisy_runs_and_carried_on_to_larger_circuits(name):
    model = RuntimeModel.fit(past(LAWS[name]))
    for num_qubits in (3, 10, 18, 22):
        workload = BatchLoad.of(PROFILE, [(num_qubits, HUNDRED)], 1024)
        assert model.predict(workload).seconds == pytest.approx(seconds(LAWS[name], workload), rel=0.3)


@pytest.mark.parametrize("name", LAWS)
def test_nine_of_ten_new_runs_fall_between_the_limits(name):
    inside = []
    for seed in range(8):
        model = RuntimeModel.fit(past(LAWS[name], scatter=0.3, seed=seed))
        for run in past(LAWS[name], runs=100, scatter=0.3, seed=100 + seed):
            prediction = model.predict(run.workload)
            inside.append(prediction.low <= run.seconds <= prediction.high)
    assert 0.86 < np.mean(inside) < 0.94


def test_without_data_the_prior_speaks_and_says_how_little_it_knows():
    workload = BatchLoad.of(PROFILE, [(20, CircuitSize(200, 50, 20))], 1000)
    prediction = RuntimeModel().predict(workload)
    assert prediction.seconds == pytest.approx(5e-3 + 200 * 2e-5 + 2**20 * (30 * 2e-9 + 20 * 1e-9) + 1e-3)
    assert prediction.high > 5 * prediction.seconds > 25 * prediction.low
    sure = RuntimeModel.fit(past(PRIORS["cpu"].seconds)).predict(workload)
    assert sure.high / sure.low < 0.1 * prediction.high / prediction.low


def test_a_few_runs_of_small_circuits_do_not_run_away_with_large_ones():
    model = RuntimeModel.fit(past(LAWS["like the prior"], runs=5, largest=6, scatter=0.3))
    workload = BatchLoad.of(PROFILE, [(24, CircuitSize(200, 70, 20))], 1024)
    truth = seconds(LAWS["like the prior"], workload)
    assert truth / 5 < model.predict(workload).seconds < truth * 5
    assert model.predict(workload).high > 3 * model.predict(workload).seconds


def test_a_run_that_loaded_a_library_first_does_not_spoil_the_rest():
    runs = past(LAWS["fast"])
    late = [replace(runs[0], seconds=runs[0].seconds + 4.0), *runs[1:]]
    workload = BatchLoad.of(PROFILE, [(12, HUNDRED)], 1024)
    expected = RuntimeModel.fit(runs).predict(workload).seconds
    assert RuntimeModel.fit(late).predict(workload).seconds == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        ({"seconds": 0.0}, "seconds above 0 expected, found 0.0"),
        ({"seconds": -1.0}, "seconds above 0"),
        ({"seconds": math.nan}, "seconds above 0"),
        ({"seconds": math.inf}, "seconds above 0"),
        ({"seconds": "3"}, "seconds above 0"),
        ({"workload": BatchLoad("torch", "cpu", 1, -5, 1.0, 1.0, 10)}, "finite counts"),
        ({"workload": BatchLoad("torch", "cpu", 1, 5, 1.0, math.inf, 10)}, "finite counts"),
        ({"workload": BatchLoad("torch", "cpu", 0, 0, 0.0, 0.0, 0)}, "nothing was run"),
        ({"workload": BatchLoad("torch", "tpu", 1, 5, 1.0, 1.0, 10)}, "one of the pools"),
    ],
)
def test_an_impossible_observation_changes_nothing_and_is_named(bad, complaint):
    runs = past(LAWS["fast"], runs=10)
    model = RuntimeModel.fit([*runs, replace(runs[0], **bad)])
    assert model == replace(RuntimeModel.fit(runs), ignored=model.ignored)
    assert len(model.ignored) == 1
    assert complaint in model.ignored[0]
    assert model.ignored[0].startswith("observation 10, torch: ")
    workload = runs[0].workload
    assert model.predict(workload) == RuntimeModel.fit(runs).predict(workload)


def test_backends_do_not_learn_from_each_other():
    slow = [
        replace(run, workload=replace(run.workload, backend="cirq")) for run in past(LAWS["slow"], seed=2)
    ]
    workload = BatchLoad.of(PROFILE, [(10, CircuitSize(50, 20, 10))], 1024)
    alone = RuntimeModel.fit(past(LAWS["fast"])).predict(workload)
    assert RuntimeModel.fit([*slow, *past(LAWS["fast"])]).predict(workload) == alone


def test_a_stored_model_predicts_the_same():
    model = RuntimeModel.fit(past(LAWS["slow"]))
    again = RuntimeModel.from_json(json.loads(json.dumps(model.to_json())))
    workload = BatchLoad.of(PROFILE, [(10, CircuitSize(50, 20, 10))], 1024)
    assert again == model
    assert again.predict(workload) == model.predict(workload)


def test_learning_goes_on_and_forgets_the_oldest():
    old, new = past(LAWS["slow"], runs=250), past(LAWS["fast"], runs=200, seed=3)
    workload = BatchLoad.of(PROFILE, [(10, CircuitSize(50, 20, 10))], 1024)
    model = RuntimeModel.fit((*RuntimeModel.fit(old).observations, *new))
    assert len(model.observations) == 200
    assert model.predict(workload) == RuntimeModel.fit(new).predict(workload)


@pytest.mark.parametrize("data", [{}, {"version": 3, "observations": []}, {"version": 1}])
def test_an_unknown_or_damaged_store_is_refused(data):
    with pytest.raises(ValueError, match="delete them"):
        RuntimeModel.from_json(data)


def test_engines_are_charged_for_the_state_they_keep():
    noisy = replace(PROFILE, noisy=True)
    tableau = replace(PROFILE, clifford_only=True, num_qubits=1000)
    device = replace(PROFILE, pool="qpu", noisy=True)
    size = CircuitSize(12, 7)
    work = [BatchLoad.of(profile, [(10, size)], 100).work for profile in (PROFILE, noisy, tableau, device)]
    assert work == [7 * 2**10, 7 * 100 * 2**10, 7 * 10**2, 7 * 100]
    assert BatchLoad.of(noisy, [(4, size)], 100).work == 7 * 4**4
    assert BatchLoad.of(tableau, [(1000, size)], 1).work == 7 * 1000**2


def test_diagonal_gates_are_told_apart_where_no_noise_follows_each_gate():
    size = CircuitSize(12, 7, 3)
    ideal, noisy = (
        BatchLoad.of(profile, [(4, size)], 100) for profile in (PROFILE, replace(PROFILE, noisy=True))
    )
    assert (ideal.work, ideal.diagonal) == (4 * 2**4, 3 * 2**4)
    assert (noisy.work, noisy.diagonal) == (7 * 4**4, 0)


def test_an_engine_that_merges_diagonal_gates_is_seen_to_be_the_faster_one_for_them():
    laws = {"torch": LAWS["fast"], "cirq": (1e-3, 4e-6, 1e-10, 1e-10, 5e-8)}
    rng = np.random.default_rng(5)

    def fourier(n: int) -> CircuitSize:
        return CircuitSize(n * (n + 6) // 2, n * (n + 2) // 2, n * (n - 1) // 2)

    def ansatz(n: int) -> CircuitSize:
        return CircuitSize(12 * n - 4, 4 * n - 4)

    def workload(name: str, n: int, size: CircuitSize) -> BatchLoad:
        return BatchLoad.of(replace(PROFILE, name=name), [(n, size)], 1024)

    runs = [
        Observation(run, seconds(law, run) * rng.lognormal(0, 0.1))
        for name, law in laws.items()
        for n in range(4, 21)
        for run in [workload(name, n, (fourier, ansatz)[n % 2](n))]
    ]
    model = RuntimeModel.fit(runs)
    merging, plain = (model.predict(workload(name, 22, fourier(22))).seconds for name in laws)
    assert merging < 0.7 * plain
    merging, plain = (model.predict(workload(name, 22, ansatz(22))).seconds for name in laws)
    assert plain < 0.7 * merging


def test_run_times_stored_before_blocks_were_counted_still_count():
    stored = {
        "version": 1,
        "observations": [
            {
                "workload": {
                    "backend": "torch",
                    "pool": "cpu",
                    "circuits": 1,
                    "gates": gates,
                    "work": gates * 2.0**16,
                    "shots": 1024,
                },
                "seconds": gates * 3e-3,
            }
            for gates in range(90, 300, 10)
        ],
    }
    model = RuntimeModel.from_json(stored)
    assert model.ignored == ()
    workload = BatchLoad.of(PROFILE, [(16, CircuitSize(188, 60))], 1024)
    assert model.observations[0].workload.work == 30 * 2**16
    assert model.predict(workload).seconds == pytest.approx(188 * 3e-3, rel=0.2)
    assert RuntimeModel.from_json(model.to_json()) == model
