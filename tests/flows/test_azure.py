"""A run with devices behind Azure Quantum, imitated: circuits are bought once, and agree with simulators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from qiskit import QuantumCircuit

from blocks.backends import _azure_workspace
from flows.run_circuits import run_circuits
from qorum.ledger import submissions
from tests.faults.vendors.azure import ACCESS_TOKEN, SUBSCRIPTION, Azure
from tests.faults.vendors.loopback import Server

KEY = "canary-51c07e"
NAMES = {
    "ionq.qpu.forte-1": "azure?target=ionq.qpu.forte-1",
    "quantinuum.qpu.h2-1": "azure?target=quantinuum.qpu.h2-1&usd_per_hqc=10.0",
    "rigetti.qpu.cepheus-1-108q": "azure?most_seconds=0.5&target=rigetti.qpu.cepheus-1-108q",
}


@pytest.fixture
def vendor() -> Azure:
    return Azure({KEY})


@pytest.fixture
def server(vendor: Azure, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with Server(vendor) as serving:
        names = f"SubscriptionId={SUBSCRIPTION};ResourceGroupName=group;WorkspaceName=work"
        given = f"{names};ApiKey={KEY};QuantumEndpoint={serving.url}/;"
        monkeypatch.setenv("AZURE_QUANTUM_CONNECTION_STRING", given)
        yield serving


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
        **{"replicas": 3, "experiment_id": "e", "max_cost_usd": 5000.0, **options},
    )  # fmt: skip


@pytest.mark.parametrize("target", NAMES)
async def test_a_device_and_two_simulators_agree_and_the_bill_is_the_vendor_s(
    home: Path, vendor: Azure, server: Server, target: str
):
    report = await run(NAMES[target])
    (circuit,) = report["circuits"]
    assert circuit["status"] == "agreed", circuit["warnings"]
    assert sorted(circuit["accepted"]) == ["aer", NAMES[target], "torch"]
    assert circuit["distribution"]["011"] == pytest.approx(0.75, abs=0.05)
    (job,) = vendor.jobs.values()
    assert (job.target, job.is_paid) == (target, True)
    assert report["totals"]["cost_usd"] == pytest.approx(vendor.invoice())
    assert vendor.invoice() > 0
    again = await run(NAMES[target])
    assert again["totals"] == report["totals"]
    assert len(vendor.jobs) == 1
    assert len(server.calls("PUT", "/jobs/")) == 1
    stored = everything_in(home)
    assert not [one for one in (KEY, "canary%2Bof", "canary+of", ACCESS_TOKEN) if one.encode() in stored]


@pytest.mark.parametrize(("again", "is_seen"), [("same", True), ("conflict", False)])
async def test_a_job_whose_answer_is_lost_is_bought_once(
    home: Path,
    vendor: Azure,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    again: Literal["same", "conflict"],
    is_seen: bool,
):
    """It is looked up; where it is not seen yet, it is asked for again under its id."""
    monkeypatch.setattr(submissions, "LEASE", timedelta(seconds=2))
    for name in ("UPLOAD_SECONDS", "READ_SECONDS", "SLACK_SECONDS"):  # after these the bill is settled
        monkeypatch.setattr(_azure_workspace, name, 1.0)
    vendor.again = again
    server.fault("PUT", "/jobs/", "drop")
    if not is_seen:
        server.fault("GET", "/jobs/", "refuse", status=404)
    device = NAMES["ionq.qpu.forte-1"]
    report = await run(device)
    (circuit,) = report["circuits"]
    assert device in circuit["accepted"]
    assert len(vendor.jobs) == 1
    assert len(server.calls("PUT", "/jobs/")) == (1 if is_seen else 2)
    assert report["totals"]["cost_usd"] == pytest.approx(vendor.invoice())


async def test_with_too_small_a_budget_or_without_a_price_nothing_is_bought(
    home: Path, vendor: Azure, server: Server
):
    for name, usd in ((NAMES["ionq.qpu.forte-1"], 20.0), ("azure?target=quantinuum.qpu.h2-1", 5000.0)):
        report = await run(name, max_cost_usd=usd, experiment_id=f"e-{usd:g}")
        (circuit,) = report["circuits"]
        assert name not in circuit["accepted"]
    assert not vendor.jobs
