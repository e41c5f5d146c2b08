"""What a job costs, circuit by circuit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit import QuantumCircuit

from qorum.backends import Billed, Price
from qorum.circuits.compiled import CompiledCircuit
from qorum.counts import Counts
from qorum.ledger.charges import Tab, charged
from qorum.ledger.jobs import Failure, Job, JobResult
from tests.qorum.runs.progress import profile


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=30),
    st.integers(1, 8),
    st.integers(1, 8),
    st.sampled_from([0.0, 5.0, 50.0]),
)
def test_what_circuits_add_one_by_one_is_what_their_jobs_cost(
    seconds: list[float], circuits_per_task: int, max_circuits: int, minimum: float
):
    price = Price(
        per_task=0.3,
        per_circuit=0.02,
        per_shot=0.001,
        per_second=1.6,
        minimum_seconds=minimum,
        per_two_qubit_gate_shot=0.0001,
        circuits_per_task=circuits_per_task,
    )
    taking = replace(profile("dear", max_circuits=max_circuits), price=price)
    bill = [Billed(100, each, 1, 2) for each in seconds]
    tab, added = Tab(), 0.0
    for one in bill:
        added += tab.adds("jobs", taking, one)
        tab.put("jobs", taking, one)
    size = min(circuits_per_task, max_circuits)
    whole = replace(price, circuits_per_task=size)
    assert added == pytest.approx(whole.of(bill))
    assert tab.adds("others", taking, bill[0]) == price.of([bill[0]])


DEAR = Price(per_task=1.0, per_circuit=0.5, per_shot=0.01, circuits_per_task=2)
SEEN, REFUSED, SILENT = Counts({"0": 100}, "dear"), Failure("no", refused=True), Failure("silent")


def bought(price: Price, *outcomes: Counts | Failure, training: bool = False) -> list[float]:
    """What two circuits of one job are charged, in the order of its purchases."""
    circuit = CompiledCircuit.of("k", QuantumCircuit(1, 1), QuantumCircuit(1, 1))
    given = ((0.1,), (0.2,)) if training else ()
    job = Job("e", 0, "dear", ("a", "b"), ("k", "k"), (1, 2), 100, {}, parameters=given)
    found = charged(job, JobResult(job.token, outcomes, 10.0, {}), [circuit, circuit], price).charged_usd
    assert list(found) == list(job.purchases)
    return list(found.values())


def test_a_job_is_charged_what_it_costs_and_nothing_of_what_was_refused():
    """One task of 1, two circuits of 0.5, 200 shots of 0.01: 4 in all."""
    both = bought(DEAR, SEEN, SILENT)
    assert sum(both) == pytest.approx(4.0), "what a backend fell silent on it may have charged"
    one = bought(DEAR, SEEN, REFUSED)
    assert one == [both[0], 0.0]
    assert bought(DEAR, REFUSED, REFUSED) == [0.0, 0.0]
    assert bought(Price(), SEEN, SILENT) == [0.0, 0.0]


def test_a_trainings_job_is_bought_as_a_whole():
    assert bought(DEAR, SEEN, REFUSED, training=True) == [pytest.approx(4.0)]
    assert bought(DEAR, REFUSED, REFUSED, training=True) == [0.0]
