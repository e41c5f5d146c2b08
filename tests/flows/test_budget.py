"""One purse for a run: routing, compilation and escalation together never spend more than it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from blocks.processes import close_processes
from flows.run_circuits import run_circuits

WIDE = "template:quantum_volume?num_qubits=6"
"""So many outcomes that a few shots settle nothing."""


@pytest.fixture(autouse=True)
def paid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Backends at a price."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.failing_backends")
    yield
    close_processes()


@pytest.fixture
def bill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where paid backends note how many circuits each batch had; their names, and so seeds, stay the same."""
    monkeypatch.chdir(tmp_path)
    return Path("bill.txt")


def bought(bill: Path) -> list[int]:
    return [int(line) for line in bill.read_text().split()]


async def test_escalation_asks_the_purse(home: Path, bill: Path):
    names = [f"failing?bill={bill}&number={number}&price=1.0" for number in (2, 3, 4)]
    report = await run_circuits(
        [WIDE], backends=names, shots=12, max_cost_usd=4.0, dispatch="inline", experiment_id="paid"
    )
    circuit = report["circuits"][0]
    assert sum(bought(bill)) == 4, "each costs a dollar, and more shots of all three are wanted"
    assert report["totals"]["cost_usd"] == pytest.approx(4.0)
    assert any("no more shots" in warning for warning in circuit["warnings"])
    assert any("raise max_cost_usd" in warning for warning in circuit["warnings"])
    again = await run_circuits(
        [WIDE], backends=names, shots=12, max_cost_usd=4.0, dispatch="inline", experiment_id="paid"
    )
    assert sum(bought(bill)) == 4, "the same experiment buys nothing twice"
    assert again["totals"]["cost_usd"] == pytest.approx(4.0)
    assert again["circuits"][0]["counts"] == circuit["counts"]


async def test_what_is_reported_is_what_gates_cost(home: Path):
    names = ["failing?gate_price=0.0001", "torch", "aer"]
    report = await run_circuits(
        ["template:ghz?num_qubits=5"], backends=names, shots=1000, max_cost_usd=1.0, dispatch="inline"
    )
    costs = {one["backend"]: one["cost_usd"] for one in report["circuits"][0]["replicas"]}
    assert costs == pytest.approx({"failing?gate_price=0.0001": 4 * 1000 * 0.0001, "torch": 0, "aer": 0})
    experiment = report["experiment_id"]
    routing = json.loads((home / f"store/results/{experiment}/routing.json").read_text())
    (assignment,) = routing.values()
    assert assignment["scores"]["failing?gate_price=0.0001"]["cost_usd"] == pytest.approx(0.4)


async def test_a_batch_that_costs_is_not_bought_again_in_halves(home: Path, bill: Path):
    circuits = [f"template:ghz?num_qubits={n}" for n in (2, 3, 4, 5)]
    paid = f"failing?bill={bill}&fault=breaks&price=0.5"
    report = await run_circuits(
        circuits, backends=[paid, "torch", "aer"], shots=100, max_cost_usd=10.0, dispatch="inline"
    )
    assert bought(bill) == [4]
    for circuit in report["circuits"]:
        assert circuit["status"] == "agreed"
        assert "out of order" in circuit["rejected"][0]["reason"]


async def test_circuits_that_the_purse_cannot_pay_run_where_it_is_free(home: Path, bill: Path):
    circuits = [f"template:ghz?num_qubits={n}" for n in (2, 3, 4, 5)]
    report = await run_circuits(
        circuits,
        backends=[f"failing?bill={bill}&price=1.0", "torch", "aer"],
        shots=100,
        max_cost_usd=2.5,
        dispatch="inline",
    )
    assert bought(bill) == [2]
    assert report["totals"]["cost_usd"] == pytest.approx(2.0)
    assert [len(circuit["replicas"]) for circuit in report["circuits"]] == [3, 3, 2, 2]
    assert all(circuit["status"] == "agreed" for circuit in report["circuits"])
