"""A run with a device at Amazon Braket, imitated: its circuits are bought once, and agree with simulators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from qiskit import QuantumCircuit

from blocks.backends.aws_braket import AwsBraket
from flows.run_circuits import run_circuits
from qorum.ledger import submissions
from tests.faults.vendors.aws import Aws
from tests.faults.vendors.aws_results import Style
from tests.faults.vendors.loopback import Server

ID, SECRET = "AKIACANARY77AD20C1F9", "canary-e1/90c+7d3b"


@pytest.fixture
def vendor(monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    return Aws({ID: SECRET}, style=Style(in_files=True, backwards=True))


@pytest.fixture
def server(vendor: Aws) -> Iterator[Server]:
    with Server(vendor) as serving:
        yield serving


def lopsided(name: str, *, flipped: bool = False) -> QuantumCircuit:
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


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


async def run(name: str, **options: object):
    return await run_circuits(
        [lopsided("one"), lopsided("two", flipped=True)], backends=[name, "torch", "aer"], shots=2000,
        dispatch="inline", **{"replicas": 3, "experiment_id": "e", "max_cost_usd": 400.0, **options},
    )  # fmt: skip


@pytest.mark.parametrize("device", ["forte-1", "garnet"])
async def test_a_device_and_two_simulators_agree_and_the_bill_is_the_vendor_s(
    home: Path, vendor: Aws, server: Server, device: str
):
    name = f"aws?bucket=results-of-tests&device={device}&url={server.url}"
    report = await run(name)
    for circuit, most in zip(report["circuits"], ("011", "010"), strict=True):
        assert circuit["status"] == "agreed", circuit["warnings"]
        assert sorted(circuit["accepted"]) == ["aer", name, "torch"]
        assert circuit["distribution"][most] == pytest.approx(0.75, abs=0.05)
    (task,) = vendor.tasks.values()
    assert len(task["programs"]) == 2, "both circuits in one task"
    assert report["totals"]["cost_usd"] == pytest.approx(vendor.invoice())
    again = await run(name)
    assert again["totals"] == report["totals"]
    assert len(vendor.tasks) == 1
    assert len(server.calls("POST", "/quantum-task$")) == 1
    stored = everything_in(home)
    assert SECRET.encode() not in stored
    assert ID.encode() not in stored


async def test_a_lost_answer_is_looked_up_and_the_task_is_bought_once(
    home: Path, vendor: Aws, server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(submissions, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(AwsBraket, "list_lag_seconds", property(lambda self: 1.0))  # it would be waited for
    server.fault("POST", "/quantum-task$", "error", status=500)
    report = await run(f"aws?bucket=results-of-tests&device=garnet&url={server.url}")
    assert [circuit["status"] for circuit in report["circuits"]] == ["agreed", "agreed"]
    assert len(server.calls("POST", "/quantum-task$")) == len(vendor.tasks) == 1
    assert report["totals"]["cost_usd"] == pytest.approx(vendor.invoice())


async def test_with_too_small_a_budget_nothing_is_bought(home: Path, vendor: Aws, server: Server):
    name = f"aws?bucket=results-of-tests&device=forte-1&url={server.url}"
    report = await run(name, max_cost_usd=20.0)
    assert all(name not in circuit["accepted"] for circuit in report["circuits"])
    assert not vendor.tasks
