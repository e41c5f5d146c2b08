"""What a job costs, circuit by circuit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qorum.backends import Billed, Price
from qorum.ledger.charges import Tab
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
