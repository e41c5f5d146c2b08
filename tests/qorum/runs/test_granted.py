"""From an assignment to paid orders, and what a step's batches teach: nothing where they failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from qiskit import QuantumCircuit

from qorum.backends import Price
from qorum.circuits.compiled import CompiledCircuit
from qorum.counts import Counts
from qorum.errors import CircuitRejected
from qorum.ledger.budget import Purse
from qorum.ledger.jobs import BatchPlan, Failure, Job, JobResult, Order, Outcome
from qorum.routing.assignments import Assignment
from qorum.routing.runtimes import BatchLoad, Observation, RuntimeModel
from qorum.runs.experiments import Definition, RunOptions
from qorum.runs.stages import Compilation, Granted, Intake, Routing, observations
from tests.qorum.runs.accepted import accepted
from tests.qorum.runs.progress import profile

PER_SHOT = Price(per_task=0.5, per_shot=0.01)


def compiled(key: str, cxs: int = 1) -> CompiledCircuit:
    circuit = QuantumCircuit(2)
    circuit.sx(0)
    for _ in range(cxs):
        circuit.cx(0, 1)
    return CompiledCircuit.of(key, circuit, circuit)


def routing(chosen: Mapping[str, tuple[str, ...]], **prices: Price) -> Routing:
    profiles = {name: profile(name, max_circuits=7) for name in ("aer", "cirq", "dear")}
    profiles |= {name: replace(profiles[name], price=price) for name, price in prices.items()}
    assignments = {
        digest: Assignment(digest, "fidelity", names, (), {}, {"ibm": "no token", "idle": "too small"})
        for digest, names in chosen.items()
    }
    return Routing(profiles, assignments)


# What is asked.


def test_what_is_asked_for_twice_is_accepted_once():
    intake = Intake(
        {
            "bell": accepted("bell", "a"),
            "bad": CircuitRejected("bad", "no gate"),
            "bell#2": accepted("bell#2", "a"),
            "other": accepted("other", "b"),
        }
    )
    assert list(intake.accepted) == ["a", "b"]


def test_first_orders_are_one_for_each_circuit_and_backend_chosen():
    found = routing({"a": ("aer", "cirq"), "b": ("cirq",), "c": ()}).first_orders(300)
    assert found == [Order("a", "aer", 300), Order("a", "cirq", 300), Order("b", "cirq", 300)]


def test_backends_that_were_asked_for_and_left_out_are_told_with_the_reason():
    asked = replace(routing({"a": ("aer",)}), missing={"qulacs": "unknown"}, requested=("ibm", "aer"))
    assert asked.left_out("a") == {"qulacs": "unknown", "ibm": "no token"}
    assert routing({"a": ("aer",)}).left_out("a") == {}


def test_a_steps_plan_is_that_of_its_experiment():
    definition = Definition(
        experiment_id="study", circuits=(), options=RunOptions(seed=5, optimization_level=3, shots=10)
    )
    expected = BatchPlan("study", 2, 5, 3, dict.fromkeys(("aer", "cirq", "dear"), 7))
    assert routing({}).plan(definition, 2) == expected


def test_a_compilation_knows_what_compiled_by_circuit_and_by_key():
    one, two = compiled("k1"), compiled("k2")
    found = Compilation({("a", "aer"): one, ("a", "cirq"): CircuitRejected("a", "no"), ("b", "aer"): two})
    assert found.compiled == {("a", "aer"): one, ("b", "aer"): two}
    assert found.keys == {("a", "aer"): "k1", ("b", "aer"): "k2"}
    assert found.by_key == {"k1": one, "k2": two}


# What is paid.


def granted(limit_usd: float, **prices: Price) -> tuple[Granted, Purse]:
    """Of a step that orders two circuits of a paid backend, one of a free one; one more did not compile."""
    orders = [
        Order("a", "dear", 100), Order("b", "aer", 100), Order("b", "dear", 100), Order("c", "dear", 100),
    ]  # fmt: skip
    compilation = Compilation(
        {
            ("a", "dear"): compiled("k1"),
            ("b", "dear"): compiled("k2"),
            ("b", "aer"): compiled("k3"),
            ("c", "dear"): CircuitRejected("c", "no"),
        }
    )
    purse = Purse(limit_usd)
    routed = routing({}, **(prices or {"dear": PER_SHOT}))
    return Granted.of(orders, 3, compilation, routed, purse), purse


def test_what_the_purse_has_money_for_is_ordered_and_reserved():
    found, purse = granted(3.0)
    assert [(order.digest, order.backend) for order in found.orders] == [
        ("a", "dear"),
        ("b", "aer"),
        ("b", "dear"),
    ]
    assert found.refused == {}
    assert purse.left_usd == 0.0
    purse.settle("3/dear/a", 1.0)
    assert (purse.spent_usd, purse.left_usd) == (1.0, 0.5)


def test_what_it_has_no_money_for_is_refused_with_the_reason_and_the_rest_goes_on():
    found, purse = granted(1.5)
    assert [(order.digest, order.backend) for order in found.orders] == [("a", "dear"), ("b", "aer")]
    assert list(found.refused) == [("b", "dear")]
    assert "costs up to 1.5000 USD but 0.0000 USD are left" in found.refused["b", "dear"]
    assert purse.left_usd == 0.0


def test_the_fee_of_a_job_is_reserved_once_for_all_its_circuits():
    found, purse = granted(60.0, dear=Price(per_task=48.0, circuits_per_task=1000))
    assert [order.most_usd for order in found.orders] == [48.0, 0.0, 0.0]
    assert purse.left_usd == 12.0


def test_what_is_free_needs_no_money():
    found, purse = granted(0.0, dear=Price())
    assert len(found.orders) == 3
    assert purse.left_usd == 0.0


def test_seconds_are_reserved_as_they_may_be_at_most_and_gates_as_they_are():
    by_second, by_gate = (
        Price(per_second=2.0),
        Price(per_one_qubit_gate_shot=0.01, per_two_qubit_gate_shot=0.1),
    )
    _, purse = granted(1000.0, dear=by_second)
    device = profile("dear")
    sized = [(2, compiled("k").size)]
    most = RuntimeModel().predict(BatchLoad.of(device, sized, 100)).high
    assert 1000.0 - purse.left_usd == pytest.approx(2 * 2.0 * most)
    _, purse = granted(1000.0, dear=by_gate)
    assert 1000.0 - purse.left_usd == pytest.approx(2 * 100 * (0.01 + 0.1))


# What is learned.


def taught(outcomes: tuple[Outcome, ...], seconds: float = 4.0) -> list[Observation]:
    job = Job("study", 0, "aer", ("a", "b"), ("k1", "k2"), (1, 2), 100, {})
    compilation = Compilation({("a", "aer"): compiled("k1"), ("b", "aer"): compiled("k2", cxs=9)})
    return observations([(job, JobResult(job.token, outcomes, seconds, {}))], compilation, routing({}))


GOOD = Counts({"00": 100}, "aer")


def test_a_batch_teaches_how_long_its_circuits_took_together():
    sizes = [(2, compiled("k").size), (2, compiled("k", cxs=9).size)]
    assert taught((GOOD, GOOD)) == [Observation(BatchLoad.of(profile("aer"), sizes, 100), 4.0)]


@pytest.mark.parametrize("outcomes", [(GOOD, Failure("hung")), (Failure("x"), GOOD), (Failure("x"),) * 2])
def test_a_batch_in_which_anything_failed_teaches_nothing(outcomes: tuple[Outcome, ...]):
    assert taught(outcomes) == []


def test_a_result_that_took_no_time_was_there_before_and_teaches_nothing():
    assert taught((GOOD, GOOD), seconds=0.0) == []
