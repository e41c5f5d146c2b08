"""Trainings run under the guards that runs have: what hangs, dies or lies ends nothing but itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from blocks import guarded
from blocks.batches import close_processes
from blocks.guarded import GuardedBackend
from flows.train_vqe import train_vqe
from qorum.errors import BackendFailed, BudgetExceeded
from qorum.ledger.budget import Purse
from qorum.statevector.observables import PauliSum
from tests.flows.trainings.asked import SMALL, SPSA
from tests.qorum.training.problems import ansatz


@pytest.fixture(autouse=True)
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Registers `breaking?fault=…`, too."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.broken_backends,tests.failing_backends")
    yield
    close_processes()


@pytest.mark.parametrize("fault", ["dies", "hangs"])
async def test_a_backend_that_takes_its_process_along_or_hangs_is_replaced(
    home: Path, fault: str, monkeypatch: pytest.MonkeyPatch, told: Callable[[], str]
):
    monkeypatch.setenv("QORUM_CIRCUIT_SECONDS", "1")
    report = await train_vqe(
        **SPSA,
        backend=f"breaking?every=True&fault={fault}",
        backup_backends=["aer"],
        max_steps=2,
        training_id="saved",
    )
    assert report["backend"] == "aer"
    assert report["steps"] == 2
    assert "moved from breaking" in told()


TRAINING = """
import asyncio
from flows.train_vqe import train_vqe
asyncio.run(train_vqe({hamiltonian!r}, ansatz={ansatz!r}, optimizer="spsa", shots=64,
    backend="breaking?every=True&fault=hangs", training_id="hanging"))
"""


def test_sigterm_ends_a_training_whose_backend_hangs(home: Path, tmp_path: Path):
    code = TRAINING.format(hamiltonian=SMALL["hamiltonian"], ansatz=SMALL["ansatz"])
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ, start_new_session=True)
    try:
        _ends_soon_after_sigterm(process, home / "store/checkpoints/hanging/runners")
    finally:  # its temporary server outlives a process that a signal ends
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _ends_soon_after_sigterm(process: subprocess.Popen[bytes], runners: Path) -> None:
    for _ in range(1200):
        if runners.is_dir() and _computes(process.pid):
            break
        time.sleep(0.1)
    assert _computes(process.pid)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)  # seconds where nothing else runs; an hour if the backend is waited for


def _computes(parent: int) -> bool:
    """Whether a process of a backend is there."""
    for child in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.Error):
            if any("sandbox_child" in word for word in child.cmdline()):
                return True
    return False


def bound(num_qubits: int = 2) -> list[Any]:
    circuit = ansatz(num_qubits, 1)
    circuit = circuit.assign_parameters([0.3] * circuit.num_parameters)
    circuit.measure_all()
    return [circuit]


def test_here_and_in_the_backends_process_answers_are_the_same(monkeypatch: pytest.MonkeyPatch):
    backend = GuardedBackend("aer", Purse(0.0))
    here = backend.run(bound(), 500, [7])
    bare = [circuit.remove_final_measurements(inplace=False) for circuit in bound()]
    observable = PauliSum.from_terms(2, [("ZZ", 1.0), ("XI", 0.5)])
    exact = backend.expectation(bare, [observable])
    monkeypatch.setattr(guarded, "TRIFLE_SECONDS", 0.0)
    assert backend.run(bound(), 500, [7]) == here
    assert backend.expectation(bare, [observable]) == pytest.approx(exact, abs=1e-12)


def test_a_backend_that_falls_silent_may_have_charged_and_one_that_refuses_has_not():
    purse = Purse(1.0)
    with pytest.raises(BackendFailed, match="out of order"):
        GuardedBackend("failing?fault=breaks&price=0.25", purse).run(bound(), 10, [1])
    assert purse.spent_usd == 0
    with pytest.raises(BackendFailed):
        GuardedBackend("breaking?every=True&fault=dies&price=0.25", purse).run(bound(), 10, [1])
    assert purse.spent_usd == 0.25
    for fault in ("raises", "none"):
        purse = Purse(0.25)
        with pytest.raises(BackendFailed, match="broke"):
            GuardedBackend(f"breaking?every=True&fault={fault}&price=0.25", purse).run(bound(), 10, [1])
        assert purse.spent_usd == 0.25
    purse = Purse(0.75)
    with pytest.raises(BudgetExceeded):
        GuardedBackend("failing?price=0.25", purse).run(bound() * 4, 10, [1] * 4)
    assert len(GuardedBackend("failing?price=0.25", purse).run(bound() * 3, 10, [1] * 3)) == 3
    assert purse.left_usd == 0
