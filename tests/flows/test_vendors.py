"""Runs with devices of four vendors, imitated: circuits are bought once, and agree with simulators."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from qiskit import QuantumCircuit

from blocks.backends.aws_braket import AwsBraket
from blocks.backends.azure_quantum import AzureQuantum
from blocks.backends.ibm_runtime import IbmRuntime
from blocks.backends.ionq_cloud import IonqCloud
from flows.check_connections import check_connections
from flows.run_circuits import run_circuits
from qorum.ledger import submissions
from tests.faults.vendors.internet import Internet
from tests.flows.told import newest_at_the_server, stored_in


@dataclass(frozen=True)
class Device:
    """A paid device.

    Attributes:
        vendor: whose.
        name: of the backend.
        order: method and path (a regular expression) of the request that buys.
        too_little: USD that do not suffice for a circuit of 2,000 shots.
    """

    vendor: str
    name: str
    order: tuple[str, str] = ("POST", "/jobs$")
    too_little: float = 20.0


TASK, PUT = ("POST", "/quantum-task$"), ("PUT", "/jobs/")
IONQ = Device("ionq", "ionq?device=qpu.forte-1")
IBM = Device("ibm", "ibm?device=ibm_manila&max_execution_seconds=20", too_little=31.9)  # 20 s: 32 USD
FORTE = Device("aws", "aws?bucket=results&device=forte-1", TASK)
GARNET = Device("aws", "aws?bucket=results&device=garnet", TASK, too_little=0.5)
AZURE = Device("azure", "azure?target=ionq.qpu.forte-1", PUT)
HELIOS = Device("azure", "azure?target=quantinuum.qpu.h2-1&usd_per_hqc=10.0", PUT)
CEPHEUS = Device("azure", "azure?most_seconds=0.5&target=rigetti.qpu.cepheus-1-108q", PUT, too_little=0.1)
DEVICES = [IONQ, IBM, FORTE, GARNET, AZURE, HELIOS, CEPHEUS]
ONE_OF_EACH = [IONQ, IBM, GARNET, AZURE]


def name_of(device: Device) -> str:
    return device.name.partition("&")[0]


def lopsided(name: str = "lopsided", *, flipped: bool = False) -> QuantumCircuit:
    """Reads 011 in 3/4 of the shots, else 100: another order of qubits or of bits would show."""
    circuit = QuantumCircuit(3, 3, name=name)
    circuit.ry(2.0943951023931953, 0)  # 2π/3
    circuit.cx(0, 2)
    circuit.x(2)
    circuit.cx(0, 1)
    if flipped:
        circuit.x(1)  # 010 and 101 then
    circuit.measure([0, 1, 2], [1, 0, 2])
    return circuit


async def run(*names: str, circuits: list[QuantumCircuit] | None = None, **options: object) -> dict[str, Any]:
    return dict(
        await run_circuits(
            circuits or [lopsided()], backends=[*names], shots=2000, dispatch="inline",
            **{"replicas": len(names), "experiment_id": "e", "max_cost_usd": 5000.0, **options},
        )
    )  # fmt: skip


def bought(vendors: Internet, device: Device) -> int:
    return len(vendors.servers[device.vendor].calls(*device.order))


@pytest.mark.parametrize("device", DEVICES, ids=name_of)
async def test_a_device_and_two_simulators_agree_and_the_bill_is_the_vendor_s(
    home: Path, vendors: Internet, device: Device
):
    report = await run(device.name, "torch", "aer")
    (circuit,) = report["circuits"]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert sorted(circuit["accepted"]) == sorted(["aer", device.name, "torch"])
    assert circuit["distribution"]["011"] == pytest.approx(0.75, abs=0.05)
    assert report["totals"]["cost_usd"] == pytest.approx(vendors.invoice())
    assert vendors.invoice() > 0
    again = await run(device.name, "torch", "aer")
    assert again["totals"] == report["totals"]
    assert bought(vendors, device) == 1


async def test_devices_of_four_vendors_and_a_simulator_agree_in_one_run_and_no_key_is_left_anywhere(
    home: Path, vendors: Internet, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    caplog.set_level(logging.DEBUG)
    names = [*(device.name for device in ONE_OF_EACH), "torch"]
    report = await run(*names)
    (circuit,) = report["circuits"]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert sorted(circuit["accepted"]) == sorted(names)
    assert circuit["distribution"]["011"] == pytest.approx(0.75, abs=0.05)
    assert [bought(vendors, device) for device in ONE_OF_EACH] == [1, 1, 1, 1]
    assert report["totals"]["cost_usd"] == pytest.approx(vendors.invoice())
    terminal = capfd.readouterr()
    told = [stored_in(home), (await newest_at_the_server()).encode(), json.dumps(report).encode()]
    assert all(b"lopsided" in one for one in told), "it was looked where something stands"
    told += [caplog.text.encode(), (terminal.out + terminal.err).encode()]
    assert not [secret for secret in vendors.secrets if any(secret.encode() in one for one in told)]


async def test_circuits_for_a_device_with_program_sets_are_one_task(home: Path, vendors: Internet):
    both = [lopsided("one"), lopsided("two", flipped=True)]
    report = await run(GARNET.name, "torch", "aer", circuits=both)
    for circuit, most in zip(report["circuits"], ("011", "010"), strict=True):
        assert GARNET.name in circuit["accepted"], circuit
        assert circuit["distribution"][most] == pytest.approx(0.75, abs=0.05)
    (task,) = vendors.aws.tasks.values()
    assert len(task["programs"]) == 2


LOST = [
    *((device, kind) for device in (IONQ, IBM, GARNET, AZURE) for kind in ("drop", "error")),
    (AZURE, "drop, and not seen when it is looked up"),
]


@pytest.mark.parametrize(("device", "kind"), LOST, ids=lambda part: getattr(part, "vendor", part))
async def test_a_job_whose_answer_is_lost_is_looked_up_and_bought_once(
    home: Path, vendors: Internet, monkeypatch: pytest.MonkeyPatch, device: Device, kind: str
):
    # What a vendor may list late, and what is settled only then, would be waited for.
    monkeypatch.setattr(submissions, "LEASE", timedelta(seconds=2))
    for block in (IonqCloud, IbmRuntime, AwsBraket, AzureQuantum):
        monkeypatch.setattr(block, "list_lag_seconds", property(lambda self: 1.0))
    server, is_hidden = vendors.servers[device.vendor], "not seen" in kind
    if is_hidden:  # then it is asked for again under its id, which is refused
        vendors.azure.again = "conflict"
        server.fault("GET", "/jobs/", "refuse", status=404)
    server.fault(*device.order, "error" if kind == "error" else "drop", status=502)
    report = await run(device.name, "torch", "aer")
    (circuit,) = report["circuits"]
    assert device.name in circuit["accepted"], circuit
    assert bought(vendors, device) == (2 if is_hidden else 1)
    assert report["totals"]["cost_usd"] == pytest.approx(vendors.invoice())
    assert len(vendors.azure.jobs) <= 1


@pytest.mark.parametrize("device", DEVICES, ids=name_of)
async def test_with_too_small_a_budget_nothing_is_bought(home: Path, vendors: Internet, device: Device):
    report = await run(device.name, "torch", "aer", max_cost_usd=device.too_little)
    (circuit,) = report["circuits"]
    assert device.name not in circuit["accepted"]
    assert bought(vendors, device) == 0


async def test_without_a_price_nothing_is_bought(home: Path, vendors: Internet):
    name = "azure?target=quantinuum.qpu.h2-1"
    report = await run(name, "torch", "aer")
    assert name not in report["circuits"][0]["accepted"]
    assert not vendors.azure.jobs


async def test_fake_devices_and_a_simulator_agree_for_nothing(home: Path):
    report = await run("ibm?fake=torino", "ibm?fake=brisbane", "aer", max_cost_usd=0.0)
    (circuit,) = report["circuits"]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert len(circuit["accepted"]) == 3
    assert report["totals"]["cost_usd"] == 0.0


async def test_a_limit_of_the_month_holds_over_runs_and_vendors(
    home: Path, vendors: Internet, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QORUM_MONTHLY_LIMITS", "all=100,ibm=5seconds")
    first = await run(IONQ.name, "torch", "aer", experiment_id="first")
    assert IONQ.name in first["circuits"][0]["accepted"]
    second = await run(IBM.name, "torch", "aer", experiment_id="second")
    (circuit,) = second["circuits"]
    assert "20.0000 seconds but 5.0000 seconds are left this month of ibm=5seconds" in str(circuit)
    assert circuit["status"] == "agreed"
    found = await check_connections([IONQ.name])
    (left,) = found.report.connections[0].month
    assert left == f"{100.0 - vendors.invoice():.2f} of all=100"
    monkeypatch.setenv("QORUM_MONTHLY_LIMITS", f"all={vendors.invoice() + 1.0}")
    third = await run(GARNET.name, "torch", "aer", experiment_id="third")
    assert GARNET.name not in third["circuits"][0]["accepted"]
    assert [bought(vendors, device) for device in (IONQ, IBM, GARNET)] == [1, 0, 0]
