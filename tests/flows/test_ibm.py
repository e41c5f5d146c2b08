"""A run with a device of IBM's, imitated: its circuits are bought once, and agree with simulators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from qiskit import QuantumCircuit

from blocks.backends import _ibm_api, ibm_runtime
from flows.run_circuits import run_circuits
from qorum.ledger import submissions
from tests.faults.vendors.ibm import CRN, DEVICE, Ibm
from tests.faults.vendors.loopback import Server

KEY = "canary-77ab0c"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Ibm:
    monkeypatch.setattr(_ibm_api, "_tokens", _ibm_api._Tokens())
    monkeypatch.setenv("QISKIT_IBM_TOKEN", KEY)
    monkeypatch.setenv("QISKIT_IBM_INSTANCE", CRN)
    return Ibm({KEY})


@pytest.fixture
def name(vendor: Ibm) -> Iterator[str]:
    with Server(vendor) as serving:
        yield f"ibm?device={DEVICE}&max_execution_seconds=20&url={serving.url}"


def lopsided() -> QuantumCircuit:
    """Reads 011 in 3/4 of the shots, else 100: another order of qubits or of bits would show."""
    circuit = QuantumCircuit(3, 3, name="lopsided")
    circuit.ry(2.0943951023931953, 0)  # 2π/3
    circuit.cx(0, 2)
    circuit.x(2)
    circuit.cx(0, 1)
    circuit.measure([0, 1, 2], [1, 0, 2])
    return circuit


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def run(*names: str, **options: object):
    return await run_circuits(
        [lopsided()], backends=[*names], shots=2000, dispatch="inline",
        **{"replicas": 3, "experiment_id": "e", "max_cost_usd": 40.0, **options},
    )  # fmt: skip


async def test_a_device_and_two_simulators_agree_and_the_bill_is_the_vendor_s(
    home: Path, vendor: Ibm, name: str
):
    report = await run(name, "torch", "aer")
    (circuit,) = report["circuits"]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert sorted(circuit["accepted"]) == ["aer", name, "torch"]
    assert circuit["distribution"]["011"] == pytest.approx(0.75, abs=0.05)
    (job,) = vendor.jobs.values()
    assert report["totals"]["cost_usd"] == pytest.approx(job.cost) == pytest.approx(4.0)
    again = await run(name, "torch", "aer")
    assert again["totals"] == report["totals"]
    assert len(vendor.jobs) == 1
    kept = everything_in(home)
    assert not [secret for secret in (KEY, *vendor.tokens) if secret.encode() in kept]


async def test_a_job_whose_answer_is_lost_is_found_and_not_bought_again(
    home: Path, vendor: Ibm, monkeypatch: pytest.MonkeyPatch
):
    # One that was found is settled when the list must tell of its duplicates.
    monkeypatch.setattr(submissions, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(ibm_runtime, "SUBMIT_SECONDS", 5.0)
    monkeypatch.setattr(ibm_runtime, "LIST_SECONDS", 0.0)
    with Server(vendor) as serving:
        serving.fault("POST", "/jobs$", "error", status=502, times=9)
        name = f"ibm?device={DEVICE}&max_execution_seconds=20&url={serving.url}"
        report = await run(name, "torch", "aer")
        (circuit,) = report["circuits"]
        assert name in circuit["accepted"], circuit
        assert len(serving.calls("POST", "/jobs$")) == len(vendor.jobs) == 1
    assert report["totals"]["cost_usd"] == pytest.approx(4.0)


async def test_with_too_small_a_budget_nothing_is_bought(home: Path, vendor: Ibm, name: str):
    report = await run(name, "torch", "aer", max_cost_usd=31.9)  # 20 s may be charged, 32 USD
    (circuit,) = report["circuits"]
    assert name not in circuit["accepted"]
    assert not vendor.jobs


async def test_fake_devices_and_a_simulator_agree_for_nothing(home: Path):
    report = await run("ibm?fake=torino", "ibm?fake=brisbane", "aer", max_cost_usd=0.0)
    (circuit,) = report["circuits"]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert len(circuit["accepted"]) == 3
    assert report["totals"]["cost_usd"] == 0.0
