"""What is reserved for a job at IonQ, and what it was charged."""

from __future__ import annotations

import json

import pytest

from qorum.errors import BackendFailed
from qorum.remote import Charge

from .conftest import fetched, flipped, one, submit


def test_what_is_reserved_is_the_vendor_s_figure_and_covers_the_invoice(vendor, server, cloud):
    circuits = [one(), flipped(0), flipped(1)]
    single = cloud().estimate(circuits[:1], 400)
    assert single == Charge(25.79, 25.79, "usd", False, "GET /jobs/estimate")
    reserved = cloud().estimate(circuits, 400)
    assert len(server.recorded) == 2
    job, _ = fetched(cloud(), *circuits)
    charged = cloud().invoice(job, circuits, 400)
    assert charged == Charge(3 * 25.79, 3 * 25.79, "usd", True, f"GET /jobs/{job}/cost")
    assert charged.usd == pytest.approx(vendor.invoice())
    assert reserved.usd >= charged.usd
    assert reserved.usd == pytest.approx(3 * 25.79)


def test_a_cost_that_is_not_billed_yet_is_not_final(cloud):
    job = submit(cloud())
    charge = cloud().invoice(job, [one()], 400)
    assert (charge.usd, charge.is_final) == (25.79, False)


def test_simulators_are_free_and_nobody_is_asked(server, cloud):
    block = cloud(device="simulator")
    assert block.estimate([one()], 400).usd == 0.0
    assert block.invoice("job", [one()], 400).usd == 0.0
    assert not server.recorded


def test_prices_in_another_unit_are_not_taken_for_dollars(server, cloud):
    rates = {"job_cost_minimum": 1.0, "cost_1q_gate": 0.0, "cost_2q_gate": 0.0}
    told = {"cost_unit": "credits", "estimated_cost": 1.0, "rate_information": rates}
    server.fault("GET", "/estimate$", "corrupt", body=json.dumps(told).encode(), times=2)
    with pytest.raises(BackendFailed, match="prices in USD expected, found credits"):
        cloud().estimate([one()], 400)
    with pytest.raises(BackendFailed, match="prices in USD expected, found credits"):
        cloud().profile()
