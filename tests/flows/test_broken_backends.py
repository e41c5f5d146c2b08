"""A backend that breaks costs its own replica of the circuits it breaks on, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from blocks.batches import Batch, run_batch
from blocks.processes import close_processes
from flows.run_circuits import run_circuits
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.library import accept_template
from qorum.counts import Counts

POISONED, GOOD = "template:ghz?num_qubits=3", "template:ghz?num_qubits=4"


@pytest.fixture(autouse=True)
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Registers `breaking?fault=…` beside the real backends."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.broken_backends")
    yield
    close_processes()


FAULTS = {
    "raises": "KeyError: 'a bug of the backend'",
    "panics": "index out of bounds",
    "too few": "1 histograms expected",
    "too many": "1 histograms expected",
    "none": "TypeError",
    "wide": "keys of 3 bits expected",
    "few shots": "200 shots expected",
    "text": "counts expected",
}


@pytest.mark.parametrize(("fault", "words"), FAULTS.items(), ids=FAULTS.keys())
async def test_another_backend_takes_over_for_the_circuit_on_which_one_breaks(
    home: Path, fault: str, words: str
):
    name = f"breaking?fault={fault.replace(' ', '+')}"
    report = await run_circuits(
        [POISONED, GOOD],
        backends=[name, "torch", "aer", "cirq"],
        shots=200,
        dispatch="inline",
    )
    poisoned, good = report["circuits"]
    assert (poisoned["status"], good["status"]) == ("agreed", "agreed")
    assert [found["backend"] for found in poisoned["rejected"]] == [name]
    assert words in poisoned["rejected"][0]["reason"]
    assert len(poisoned["accepted"]) == 3
    assert name in good["accepted"]
    assert not good["rejected"]


@pytest.mark.parametrize(("fault", "words"), [("load", "no module named 'vendor'"), ("raises", "KeyError")])
async def test_a_backend_that_breaks_on_everything_is_replaced(home: Path, fault: str, words: str):
    name = f"breaking?every=True&fault={fault}"
    report = await run_circuits(
        [POISONED, GOOD], backends=[name, "torch", "aer", "cirq"], shots=200, dispatch="inline"
    )
    for circuit in report["circuits"]:
        assert circuit["status"] == "agreed"
        assert len(circuit["accepted"]) == 3
        assert words in circuit["rejected"][0]["reason"]


async def test_a_backend_without_a_profile_is_left_out_with_its_reason(home: Path):
    report = await run_circuits(
        [GOOD], backends=["breaking?fault=profile", "torch", "aer"], dispatch="inline"
    )
    assert report["circuits"][0]["status"] == "agreed"
    report = await run_circuits([GOOD], backends=["breaking?fault=profile"], dispatch="inline")
    assert report["circuits"][0]["status"] == "rejected"
    assert "ZeroDivisionError: no calibration" in report["circuits"][0]["error"]["reason"]


async def test_where_every_backend_breaks_the_circuit_is_rejected_with_all_reasons(home: Path):
    names = ["breaking?every=True&fault=raises", "breaking?every=True&fault=text"]
    report = await run_circuits([GOOD], backends=names, shots=200, dispatch="inline")
    reason = report["circuits"][0]["error"]["reason"]
    assert report["circuits"][0]["status"] == "rejected"
    assert "KeyError" in reason
    assert "counts expected" in reason


def test_a_backend_that_takes_its_process_along_loses_one_circuit_of_many():
    accepted = [accept_template(POISONED if i == 120 else GOOD).circuit for i in range(210)]
    circuits = [CompiledCircuit.of(str(i), circuit, circuit) for i, circuit in enumerate(accepted)]
    sampled = run_batch(Batch("breaking?fault=dies", circuits, range(210), 50))
    lost = [i for i, outcome in enumerate(sampled.outcomes) if not isinstance(outcome, Counts)]
    assert lost == [120]
    assert len(sampled.outcomes) == 210
