"""Jobs: the fewest that carry out a step's orders, with seeds and names that do not depend on one another."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from qorum.backends import derive_seed
from qorum.counts import Counts
from qorum.ledger.jobs import REQUEST, BatchPlan, Computed, Failure, Job, JobResult, Order, batch
from qorum.ledger.tokens import job_token

PLAN = BatchPlan("study", 3, 17, 2, {"aer": 2, "cirq": 100})
KEYS = {(digest, backend): f"{digest} for {backend}" for digest in "abcde" for backend in ("aer", "cirq")}
STEP = Job("t1", 7, "aer", ("a", "b"), ("ka", "kb"), (5, 6), 100, {}, parameters=((0.5, 1.0), (2.0,)))
JOB = Job("study", 3, "aer", ("a", "b"), ("ka", "kb"), (5, 6), 100, {"optimization_level": 2}, attempt=1)


def orders(backend: str, digests: str, shots: int = 100) -> list[Order]:
    return [Order(digest, backend, shots) for digest in digests]


def test_one_job_for_each_backend_and_number_of_shots_and_none_too_large():
    found = batch(
        [*orders("cirq", "ab"), *orders("aer", "abcde"), *orders("cirq", "c", 7), *orders("cirq", "d")],
        KEYS,
        PLAN,
    )
    assert [(job.backend, "".join(job.digests), job.shots) for job in found] == [
        ("cirq", "abd", 100),
        ("aer", "ab", 100),
        ("aer", "cd", 100),
        ("aer", "e", 100),
        ("cirq", "c", 7),
    ]


def test_a_job_holds_all_that_a_worker_needs():
    (job,) = batch(orders("cirq", "ba"), KEYS, PLAN)
    assert (job.experiment_id, job.step, job.attempt) == ("study", 3, 0)
    assert job.compiled == ("b for cirq", "a for cirq")
    assert job.seeds == (derive_seed(17, "b", "cirq", 3), derive_seed(17, "a", "cirq", 3))
    assert job.options == {"optimization_level": 2}


def test_what_did_not_compile_is_not_ordered():
    keys = {pair: key for pair, key in KEYS.items() if pair != ("b", "aer")}
    assert [job.digests for job in batch(orders("aer", "abc"), keys, PLAN)] == [("a", "c")]
    assert batch(orders("braket", "abc"), keys, PLAN) == []


def test_a_purchase_is_one_circuit_on_one_backend_in_one_step():
    assert Order("a", "aer", 100).purchase(3) == "3/aer/a"
    assert JOB.purchases == ["3/aer/a", "3/aer/b"]


def test_a_step_of_a_training_is_bought_as_a_whole():
    assert STEP.purchases == [STEP.token]
    assert replace(STEP, parameters=()).purchases == ["7/aer/a", "7/aer/b"]


def test_a_job_brings_an_outcome_for_each_circuit_and_one_without_any():
    assert JOB.num_outcomes == 2
    assert replace(JOB, digests=("a",)).num_outcomes == 1
    assert replace(JOB, digests=()).num_outcomes == 1


def test_the_token_is_that_of_the_work():
    expected = {
        "experiment_id": "study", "step": 3, "digests": ["a", "b"], "parameters": [], "backend": "aer",
        "shots": 100, "options": {"optimization_level": 2, "seeds": [5, 6]}, "replica": 0, "attempt": 1,
    }  # fmt: skip
    assert JOB.token == job_token(**expected)
    valued = replace(JOB, parameters=((0.5, 1.0), (2.0,)))
    assert valued.token == job_token(**{**expected, "parameters": [0.5, 1.0, 2.0]})
    assert JOB.result_key == f"results/study/jobs/{JOB.token}.json"
    assert JOB.request_key == f"results/study/jobs/{JOB.token}{REQUEST}"
    assert REQUEST == ".request.json"


@pytest.mark.parametrize(
    "change",
    [
        {"seeds": (5, 7)},
        {"attempt": 2},
        {"step": 4},
        {"shots": 99},
        {"options": {}},
        {"backend": "b"},
        {"digests": ("b", "a")},
        {"parameters": ((0.5,), (1.0,))},
    ],
)
def test_other_work_has_another_token(change: dict[str, object]):
    assert replace(JOB, **change).token != JOB.token


def test_where_a_circuit_lies_in_the_cache_is_not_part_of_its_identity():
    assert replace(JOB, compiled=("x", "y")).token == JOB.token


def test_jobs_and_results_survive_json():
    for job in (JOB, STEP):
        assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job
    outcomes = (
        Counts({"0": 3}, "aer", seed=5),
        Failure("hung", retryable=True),
        Failure("no", refused=True),
        Computed({"value": -1.5, "gradient": [0.25, None]}),
    )
    result = JobResult(JOB.token, outcomes, 1.5, {"3/aer/a": 0.25})
    assert JobResult.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_a_stored_job_without_parameters_is_one_without_any():
    stored = {name: value for name, value in JOB.to_json().items() if name != "parameters"}
    assert Job.from_json(stored) == JOB


def test_a_failure_is_final_and_may_have_cost_unless_it_is_said_otherwise():
    assert not Failure("broke").retryable
    assert not Failure("broke").refused
