"""What is reserved for a job at Azure Quantum, and what it was charged."""

from __future__ import annotations

import pytest

from qorum.backends import Billed
from qorum.errors import BackendFailed
from qorum.remote import Charge

from .azure import USD_PER_HQC
from .conftest import fetched, flipped, one, submit

PAID = ("ionq.qpu.forte-1", "quantinuum.sim.h2-1e", "quantinuum.qpu.h2-1", "rigetti.qpu.cepheus-1-108q")
FREE = ("ionq.simulator", "quantinuum.sim.h2-1sc", "rigetti.sim.qvm")


@pytest.fixture
def block(workspace):
    def make(target: str):
        return workspace(target=target, usd_per_hqc=USD_PER_HQC, most_seconds=0.5)

    return make


@pytest.mark.parametrize("target", PAID)
def test_what_is_reserved_covers_the_invoice_which_is_the_vendor_s(azure, block, target):
    cloud = block(target)
    reserved = cloud.estimate([one()], 400)
    assert reserved.usd > 0
    assert not reserved.is_final
    job, _ = fetched(cloud)
    charged = cloud.invoice(job, [one()], 400)
    usd = azure.jobs[job].cost["estimatedTotal"]
    assert charged == Charge(usd, usd, "usd", True, f"GET /jobs/{job}: costEstimate")
    assert charged.usd == pytest.approx(azure.invoice())
    assert 0 < charged.usd <= reserved.usd


def test_what_is_reserved_is_the_published_formula(block):
    """Gates of `one`: three on one qubit, one on two; three qubits, three measurements."""
    ionq, quantinuum, rigetti = (
        block(target).estimate([one()], 1000) for target in (PAID[0], PAID[2], PAID[3])
    )
    assert ionq.usd == pytest.approx(25.7899 + 1000 * (3 * 0.0001645 + 0.001121))
    assert (quantinuum.unit, quantinuum.amount) == ("hqc", pytest.approx(5 + 0.2 * (3 + 14 + 5 * 6)))
    assert quantinuum.usd == pytest.approx(USD_PER_HQC * quantinuum.amount)
    assert rigetti.usd == pytest.approx(2.0 * 0.5)


@pytest.mark.parametrize("target", PAID)
@pytest.mark.parametrize("circuit", [one(), flipped(2, width=30)])
def test_a_run_that_reserves_by_the_profile_reserves_no_less_than_the_estimate(block, target, circuit):
    price, shots = block(target).profile().price, 700
    two = sum(step.operation.num_qubits == 2 for step in circuit.data)
    ones = sum(step.operation.num_qubits == 1 and step.name != "measure" for step in circuit.data)
    billed = Billed(shots, one_qubit_gates=ones, two_qubit_gates=two)
    assert price.of([billed]) >= block(target).estimate([circuit], shots).usd > 0


@pytest.mark.parametrize("target", FREE)
def test_simulators_are_free_and_nobody_is_asked(azure_server, block, target):
    assert block(target).estimate([one()], 400).usd == 0.0
    assert block(target).invoice("job", [one()], 400) == Charge(0.0, 0.0, "usd", True, f"{target} is free")
    assert not azure_server.recorded
    assert block(target).profile().price.is_free


def test_a_credit_that_is_paid_for_already_costs_nothing(workspace):
    block = workspace(target="quantinuum.sim.h2-1e", usd_per_hqc=0)
    assert block.estimate([one()], 400).usd == 0.0
    assert block.profile().price.is_free


def test_a_cost_that_is_not_reported_yet_is_what_was_reserved_and_not_final(azure, block):
    job = submit(block(PAID[0]))
    reserved = block(PAID[0]).estimate([one()], 400)
    assert block(PAID[0]).invoice(job, [one()], 400) == reserved
    azure.currency = ""
    assert [block(PAID[0]).poll(job).state for _ in range(2)][-1] == "done"
    assert block(PAID[0]).invoice(job, [one()], 400) == reserved


def test_a_cost_told_before_a_job_has_ended_is_not_final(azure, block):
    job = submit(block(PAID[0]))
    azure.queue, azure.jobs[job].cost = 10**6, {"currencyCode": "usd", "estimatedTotal": 3.5}
    charge = block(PAID[0]).invoice(job, [one()], 400)
    assert (charge.usd, charge.is_final) == (3.5, False)


def test_a_cancelled_job_costs_what_the_vendor_says(azure, block):
    job = submit(block(PAID[0]))
    block(PAID[0]).cancel(job)
    assert block(PAID[0]).poll(job).state == "cancelled"
    charge = block(PAID[0]).invoice(job, [one()], 400)
    assert (charge.usd, charge.is_final) == (0.0, True)
    azure.jobs[job].cost = None
    assert not block(PAID[0]).invoice(job, [one()], 400).is_final


def test_a_bill_in_another_currency_is_not_taken_for_dollars(azure, block):
    azure.currency = "EUR"
    job, _ = fetched(block(PAID[0]))
    with pytest.raises(BackendFailed, match=r"a cost in USD expected, found 26\.\d* EUR"):
        block(PAID[0]).invoice(job, [one()], 400)
