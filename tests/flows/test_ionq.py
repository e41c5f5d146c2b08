"""A run with a device of IonQ's, imitated: its circuits are bought once, and agree with simulators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from qiskit import QuantumCircuit

from flows.run_circuits import run_circuits
from tests.faults.vendors.ionq import Ionq
from tests.faults.vendors.loopback import Server

KEY = "canary-51c07e"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Ionq:
    monkeypatch.setenv("IONQ_API_KEY", KEY)
    return Ionq({KEY})


@pytest.fixture
def name(vendor: Ionq) -> Iterator[str]:
    with Server(vendor) as serving:
        yield f"ionq?device=qpu.forte-1&url={serving.url}/v0.4"


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


async def run(name: str, **options: object):
    return await run_circuits(
        [lopsided()], backends=[name, "torch", "aer"], shots=2000, dispatch="inline",
        **{"replicas": 3, "experiment_id": "e", "max_cost_usd": 60.0, **options},
    )  # fmt: skip


async def test_a_device_and_two_simulators_agree_and_the_bill_is_the_vendor_s(
    home: Path, vendor: Ionq, name: str
):
    report = await run(name)
    (circuit,) = report["circuits"]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert sorted(circuit["accepted"]) == ["aer", name, "torch"]
    assert circuit["distribution"]["011"] == pytest.approx(0.75, abs=0.05)
    (job,) = [job for job in vendor.jobs.values() if job.is_paid]
    assert report["totals"]["cost_usd"] == pytest.approx(job.cost)
    again = await run(name)
    assert again["totals"] == report["totals"]
    assert len([job for job in vendor.jobs.values() if job.is_paid]) == 1
    assert KEY.encode() not in everything_in(home)


async def test_with_too_small_a_budget_nothing_is_bought(home: Path, vendor: Ionq, name: str):
    report = await run(name, max_cost_usd=20.0)
    (circuit,) = report["circuits"]
    assert name not in circuit["accepted"]
    assert not vendor.jobs
