"""What is reserved for a job at IBM, and what it was charged."""

from __future__ import annotations

import pytest

from blocks.settings import Settings, using
from qorum.backends import Billed
from qorum.errors import BackendFailed
from qorum.remote import Charge

from .conftest import fetched, one, ready, submit
from .ibm import SECONDS

OWN = """
[[price]]
provider = "ibm"
device = "*"
source = "our open plan"
"""


def test_what_is_reserved_covers_the_invoice_which_is_ibm_s_seconds_by_the_table(ibm, runtime):
    circuits = ready(one())
    reserved = runtime().estimate(circuits, 400)
    assert reserved.usd == pytest.approx(60 * 1.60)
    job, _ = fetched(runtime(), *circuits)
    charged = runtime().invoice(job, circuits, 400)
    assert charged == Charge(SECONDS * 1.60, SECONDS, "seconds", True, f"GET /jobs/{job}/metrics")
    assert charged.usd == pytest.approx(ibm.invoice())
    assert charged.usd <= reserved.usd


def test_a_usage_that_is_not_final_yet_is_reckoned_as_the_bound(ibm, runtime):
    ibm.is_billed = False
    job, _ = fetched(runtime(), *ready(one()))
    charge = runtime().invoice(job, ready(one()), 400)
    assert (charge.usd, charge.is_final) == (96.0, False)
    ibm.is_billed = True
    assert runtime().invoice(job, ready(one()), 400).is_final


def test_a_job_that_ran_too_long_is_charged_and_one_that_was_cancelled_in_time_is_not(ibm, runtime):
    job = submit(runtime(), *ready(one()))
    runtime().cancel(job)
    assert runtime().invoice(job, ready(one()), 400) == Charge(
        0.0, 0.0, "seconds", True, f"GET /jobs/{job}/metrics"
    )
    ibm.ends, ibm.queue = ("Cancelled - Ran too long", "", 1305), 0
    job = submit(runtime(max_execution_seconds=7), *ready(one()))
    assert runtime().poll(job).state == "failed"
    assert runtime().invoice(job, ready(one()), 400).usd == pytest.approx(7 * 1.60)


def test_the_profile_s_price_is_what_is_reserved_for_a_job(runtime):
    price = runtime(max_execution_seconds=10).profile().price
    assert price.of([Billed(1000, seconds=500.0)] * 100) == pytest.approx(16.0)


def test_on_the_open_plan_a_user_s_own_table_makes_it_free(tmp_path, runtime):
    (tmp_path / "prices.toml").write_text(OWN)
    with using(Settings(prices=tmp_path / "prices.toml")):
        assert runtime().profile().price.is_free
        assert runtime().estimate(ready(one()), 400) == Charge(
            0.0, 60, "seconds", False, "max_execution_seconds"
        )
        job, _ = fetched(runtime(), *ready(one()))
        charge = runtime().invoice(job, ready(one()), 400)
        assert (charge.usd, charge.amount, charge.is_final) == (0.0, SECONDS, True)


@pytest.mark.parametrize(("text", "why"), [("price = 1", "entries"), (None, "No such file")])
def test_a_table_that_cannot_be_read_is_said_so_before_anything_is_sent(
    tmp_path, ibm_server, runtime, text, why
):
    if text:
        (tmp_path / "prices.toml").write_text(text)
    with using(Settings(prices=tmp_path / "prices.toml")):
        for ask in (runtime().profile, lambda: runtime().estimate(ready(one()), 400)):
            with pytest.raises(BackendFailed, match=f"QORUM_PRICES: .*{why}"):
                ask()
    assert not ibm_server.recorded
