"""Claims about what jobs cost."""

from __future__ import annotations

from datetime import date

import pytest

from qorum.backends import FREE, Billed, Price
from qorum.routing.prices import OWN_TABLE, load_prices, price_entry, price_of


@pytest.mark.parametrize(
    ("provider", "device", "shots", "work", "cost"),
    [
        ("braket", "arn:aws:braket:us-east-1::device/qpu/ionq/Forte-1", 1000, {}, 80.30),
        ("braket", "arn:aws:braket:eu-north-1::device/qpu/iqm/Garnet", 1000, {}, 1.75),
        ("braket", "Ankaa-3", 1000, {}, 1.20),
        ("braket", "arn:aws:braket:::device/quantum-simulator/amazon/sv1", 1000, {"seconds": 60}, 0.075),
        ("braket", "arn:aws:braket:::device/quantum-simulator/amazon/tn1", 1, {"seconds": 0.1}, 0.01375),
        ("ibm", "ibm_torino", 4096, {"seconds": 2.5}, 4.0),
        (
            "azure",
            "ionq.qpu.aria-1",
            1000,
            {"one_qubit_gates": 200, "two_qubit_gates": 100},
            12.4166 + 44.0 + 97.5,
        ),
        (
            "azure",
            "ionq.qpu.forte-enterprise-1",
            1000,
            {"one_qubit_gates": 200, "two_qubit_gates": 100},
            25.7899 + 32.9 + 112.1,
        ),
        ("azure", "rigetti.qpu.cepheus-1-108q", 1000, {"seconds": 0.05}, 0.1),
        ("azure", "ionq.simulator", 1000, {}, 0.0),
    ],
)
def test_a_job_costs_what_the_vendor_states(provider, device, shots, work, cost):
    price = price_of(provider, device)
    assert price is not None
    circuit = Billed(shots, **work)
    assert price.of([circuit]) == pytest.approx(cost, rel=1e-6)
    assert price.of([circuit] * 3) == pytest.approx(3 * cost, rel=1e-6)


def test_fees_of_a_task_are_shared_by_its_circuits_and_fees_of_a_circuit_are_not():
    price = Price(per_task=0.30, per_circuit=0.01, per_shot=0.001, circuits_per_task=2)
    circuits = [Billed(10), Billed(20), Billed(30)]
    assert price.of(circuits) == pytest.approx(2 * 0.30 + 3 * 0.01 + 0.060)
    assert price.of_each(circuits) == pytest.approx([0.17, 0.18, 0.34])


def test_the_least_seconds_of_a_task_are_billed_once_for_its_circuits():
    price = Price(per_second=1.0, minimum_seconds=3.0, circuits_per_task=10)
    assert price.of([Billed(1, seconds=0.5)] * 4) == pytest.approx(3.0)
    assert price.of([Billed(1, seconds=2.0)] * 4) == pytest.approx(8.0)
    assert sum(price.of_each([Billed(1, seconds=0.5)] * 4)) == pytest.approx(3.0)


def test_an_unknown_price_is_not_free():
    assert price_of("braket", "arn:aws:braket:::device/qpu/acme/Unheard-of") is None
    assert price_of("acme", "ibm_torino") is None
    assert price_of("azure", "ionq.qpu.unheard-of") is None


def test_every_entry_tells_its_date_or_that_it_has_none_and_its_source():
    entries = load_prices(OWN_TABLE)
    assert len(entries) >= 12
    for entry in entries:
        assert entry.source in entry.explain()
        assert (entry.as_of.isoformat() if entry.as_of else "undated") in entry.explain()
    assert {entry.as_of for entry in entries} > {None, date(2025, 9, 17)}


def test_a_users_prices_come_first_and_leave_the_others_alone(tmp_path):
    mine = tmp_path / "prices.toml"
    mine.write_text(
        '[[price]]\nprovider = "ibm"\ndevice = "*"\nsource = "open plan"\n'
        '[[price]]\nprovider = "braket"\ndevice = "*garnet*"\nper_task = 1\nsource = "contract"\n'
    )
    assert price_of("ibm", "ibm_torino", mine) == FREE
    assert price_of("braket", "Garnet", mine) == Price(per_task=1.0)
    assert price_of("braket", "Ankaa-3", mine) == price_of("braket", "Ankaa-3")
    entry = price_entry("ibm", "ibm_torino", mine)
    assert entry is not None
    assert "free" in entry.explain()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("price = [", "TOML file expected"),
        ("", r"\[\[price\]\] entries and nothing else expected"),
        ('[[price]]\nprovider = "x"\ndevice = "y"\n', r"entry 1: needs text for \['source'\]"),
        ('[[price]]\nprovider = "x"\ndevice = "y"\nsource = "z"\nper_shots = 1\n', r"\['per_shots'\]"),
        ('[[price]]\nprovider = "x"\ndevice = "y"\nsource = "z"\nper_shot = -1\n', "at least 0 expected"),
        ('[[price]]\nprovider = "x"\ndevice = "y"\nsource = "z"\nper_shot = nan\n', "at least 0 expected"),
        ('[[price]]\nprovider = "x"\ndevice = "y"\nsource = "z"\nper_shot = "1"\n', "at least 0 expected"),
        ('[[price]]\nprovider = "x"\ndevice = "y"\nsource = "z"\nas_of = "2026"\n', "a date such as"),
    ],
)
def test_a_slip_in_a_users_file_is_named_instead_of_read_as_free(tmp_path, text, complaint):
    mine = tmp_path / "prices.toml"
    mine.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        price_of("ibm", "ibm_torino", mine)


def test_only_a_price_without_any_charge_is_free():
    assert FREE.is_free
    assert Price(circuits_per_task=100).is_free
    assert not Price(per_two_qubit_gate_shot=1e-6).is_free
