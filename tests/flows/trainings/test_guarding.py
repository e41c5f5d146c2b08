"""Trainings run under the guards that runs have: what hangs, dies or lies ends nothing but itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from blocks import batches, compiling, processes
from blocks.executor import Executor
from blocks.object_store import LocalFolder
from blocks.objectives import open_objective
from blocks.processes import close_processes
from flows.train_vqe import train_vqe
from qorum.errors import BackendFailed, BudgetExceeded, QorumError
from qorum.statevector.observables import PauliSum
from qorum.training.objective import Objective, Request
from tests.failing_backends import CALLS, CIRCUITS
from tests.flows.trainings.asked import SMALL, SPSA
from tests.qorum.training.problems import ansatz


@pytest.fixture(autouse=True)
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Registers `breaking?fault=…`, too."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.broken_backends,tests.failing_backends")
    for counter in (CALLS, CIRCUITS):
        counter.clear()
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


OBSERVABLE = PauliSum.from_terms(2, [("ZZ", 1.0), ("XI", 0.5)])


def objective(backend: str, shots: int, executor: Executor | None = None) -> Objective:
    return open_objective(backend, ansatz(2, 1), OBSERVABLE, shots, executor=executor)


POINT = Request(np.full((1, 4), 0.3))


@pytest.mark.parametrize("shots", [0, 500])
def test_here_and_in_the_backends_process_answers_are_the_same(shots: int, monkeypatch: pytest.MonkeyPatch):
    request = replace(POINT, gradient=True)
    here = objective("aer", shots).evaluate(request, 7)
    assert not processes.processes
    monkeypatch.setattr(batches, "TRIFLE_SECONDS", 0.0)
    apart = objective("aer", shots).evaluate(request, 7)
    assert [name for name, *_ in processes.processes] == ["aer"]
    assert apart.values.tobytes() == here.values.tobytes()
    assert apart.gradient is not None
    assert here.gradient is not None
    assert apart.gradient.tobytes() == here.gradient.tobytes()


def charge(backend: str, limit: float, shots: int = 10) -> tuple[float, str]:
    """What one evaluation cost, and how it failed; each circuit is a quarter of a dollar."""
    executor = Executor("t", limit, LocalFolder(path=Path("store").absolute()))
    executor.open()
    try:
        objective(f"{backend}&price=0.25", shots, executor).evaluate(POINT, 1)
    except (BackendFailed, BudgetExceeded) as error:
        return executor.purse.spent_usd, str(error)
    return executor.purse.spent_usd, ""


def test_a_backend_that_falls_silent_may_have_charged_and_one_that_refuses_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    spent, why = charge("failing?fault=breaks", 9.0)
    assert (spent, "out of order" in why) == (0, True)
    for fault, cost in (("dies", 0.5), ("raises", 1.0), ("none", 1.5)):
        spent, why = charge(f"breaking?every=True&fault={fault}", 9.0, shots=4)
        assert spent == cost, "all of them, those of the processes before included"
        assert why
    spent, why = charge("failing?number=2", 1.75, shots=4)
    assert (spent, "0.2500 USD are left" in why) == (1.5, True), "two circuits are half a dollar"
    assert not CALLS["failing?number=2&price=0.25"]


def test_a_paid_job_that_is_stored_is_found_by_the_next_process_and_a_damaged_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    name, store = "failing?price=0.25", LocalFolder(path=Path("store").absolute())
    answers = []
    for _ in range(2):
        executor = Executor("t", 9.0, store)
        executor.open()
        answers.append(objective(name, 40, executor).evaluate(replace(POINT, gradient=True), 3).to_numbers())
    assert answers[0] == answers[1]
    assert executor.purse.spent_usd == 0.25 * CIRCUITS[name] > 0
    for key in store.list("results/t/jobs/"):
        store.delete(key)
        store.put(key, b"{")
    executor = Executor("t", 0.0, store)
    executor.open()
    with pytest.raises(QorumError, match="found something else"):
        objective(name, 40, executor).evaluate(replace(POINT, gradient=True), 3)


def test_an_answer_that_is_not_finite_is_bought_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    name, store = "failing?fault=nan&price=0.25", LocalFolder(path=Path("store").absolute())
    for attempt in (1, 2):
        executor = Executor("t", 9.0, store)
        executor.open()
        assert not objective(name, 0, executor).evaluate(POINT, 3).is_finite
        assert executor.purse.spent_usd == 0.25 * attempt


def test_a_training_compiles_into_the_cache_and_out_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = LocalFolder(path=tmp_path)
    first = objective("aer?noise=fake_manila", 40, Executor("t", 0.0, store)).evaluate(POINT, 3)
    kept = store.list("compiled/")
    assert len(kept) == 2, "a circuit for each group of strings"

    def nobody(*_: Any, **__: Any) -> list[Any]:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compiling, "compile_batch", lambda fresh, *_, **__: nobody() if fresh else [])
    again = objective("aer?noise=fake_manila", 40, Executor("other", 0.0, store)).evaluate(POINT, 3)
    assert again.values.tobytes() == first.values.tobytes()


def test_what_was_refused_first_and_done_at_the_second_attempt_is_charged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    name = "failing?every=2&fault=busy&price=0.25"
    executor = Executor("t", 9.0, LocalFolder(path=Path("store").absolute()))
    executor.open()
    asked = objective(name, 0, executor)
    asked.evaluate(POINT, 1)
    other = replace(POINT, points=POINT.points + 0.1)
    with pytest.raises(BackendFailed):
        asked.evaluate(other, 2)
    asked.evaluate(other, 2)
    assert executor.purse.spent_usd == 0.25 * CIRCUITS[name] == 0.5
