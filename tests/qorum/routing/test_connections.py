"""What a table shows of backends that were asked."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from qorum.backends import BackendProfile, Price
from qorum.circuits.native import ideal_target
from qorum.routing.connections import Connection, ConnectionsReport

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PROFILE = BackendProfile(
    name="x",
    provider="x",
    engine="x",
    device="x",
    pool="qpu",
    num_qubits=5,
    target=ideal_target(dynamic=False),
)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, "0 s"),
        (119.0, "119 s"),
        (120.0, "2 min"),
        (7199.0, "120 min"),
        (7200.0, "2.0 h"),
        (1e6, "277.8 h"),
    ],
)
def test_a_queue_is_told_in_seconds_minutes_or_hours(seconds, told):
    found = Connection.of("x", replace(PROFILE, queue_wait=seconds), "there")
    assert found.cells(NOW)["queue"] == told


@pytest.mark.parametrize(
    ("age", "told"),
    [
        (timedelta(seconds=-5), "0 s ago"),
        (timedelta(minutes=90), "90 min ago"),
        (timedelta(hours=47), "47.0 h ago"),
        (timedelta(hours=49), "2 d ago"),
    ],
)
def test_a_calibration_is_told_with_its_age(age, told):
    found = Connection.of("x", replace(PROFILE, calibrated_at=NOW - age), "there")
    assert found.cells(NOW)["calibrated"] == f"{NOW - age:%Y-%m-%d %H:%M} ({told})"


@pytest.mark.parametrize(
    ("price", "told"),
    [
        (Price(), "free"),
        (Price(per_task=0.3, per_shot=0.01), "10.30 USD"),
        (Price(per_circuit=25.0, per_one_qubit_gate_shot=0.001, per_two_qubit_gate_shot=2.0), "2,026.00 USD"),
        (Price(per_shot=1e-6), "0.001 USD"),
    ],
)
def test_a_price_is_that_of_a_bell_pair(price, told):
    assert Connection.of("x", replace(PROFILE, price=price), "").cells(NOW)["1,000 shots"] == told


def test_nothing_is_told_that_is_not_known():
    cells = Connection(backend="x", is_reachable=False, reason="why").cells(NOW)
    assert {name: cell for name, cell in cells.items() if cell} == {
        **{"backend": "x", "reachable": "no", "1,000 shots": "unknown", "reason": "why"},
    }
    offline = Connection.of("x", replace(PROFILE, queue_wait=math.inf), "there").cells(NOW)
    assert (offline["reachable"], offline["online"], offline["queue"]) == ("yes", "no", "")


def test_a_report_is_good_if_somebody_was_asked_and_all_can_be_reached():
    good, bad = Connection(backend="a", is_reachable=True), Connection(backend="b", is_reachable=False)
    for asked, is_good in (((), False), ((good,), True), ((good, bad), False)):
        report = ConnectionsReport(asked_at=NOW, connections=asked)
        assert report.is_good is is_good
        assert ConnectionsReport.model_validate_json(report.as_json()) == report
