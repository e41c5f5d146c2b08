"""Batches on local backends: the same counts in this process and apart; a dying child costs one circuit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from qiskit import QuantumCircuit

from blocks import processes as warm
from blocks.backends import load_backend
from blocks.batches import MANY, Batch, run_batch
from blocks.interruption import in_thread
from blocks.processes import close_processes, stop_processes
from qorum.circuits.compilation import compile_circuit
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.ledger.jobs import Failure
from tests.broken_backends import POISON


@pytest.fixture
def processes() -> Iterator[None]:
    yield
    close_processes()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.broken_backends")


def compiled(number: int, num_qubits: int = 3) -> CompiledCircuit:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    circuit.ry(0.1 * number, 0)
    circuit.cx(0, 1)
    circuit.rx(0.3 + 0.01 * number, num_qubits - 1)
    circuit.measure(range(num_qubits), range(num_qubits))
    native = compile_circuit(circuit, ideal_target(dynamic=False), optimization_level=1, seed=0)
    return CompiledCircuit.of(f"key {number}", circuit, native)


@pytest.mark.parametrize("name", ["torch", "aer", "pennylane", "cirq", "braket"])
def test_a_process_of_its_own_gives_the_same_counts(name: str, processes: None):
    circuits = [compiled(number) for number in range(MANY)]
    seen: list[int] = []
    apart = run_batch(Batch(name, circuits, range(MANY), 100), seen.append)
    assert name in {backend for backend, *_ in warm.processes}
    backend = load_backend(name)
    here = backend.run([circuit.circuit for circuit in circuits], 100, list(range(MANY)))
    assert list(apart.outcomes) == here
    assert apart.seconds > 0
    assert seen == sorted(seen)
    assert seen[-1] == MANY


def test_only_trifles_of_our_own_backends_stay_in_this_process(broken: None, processes: None):
    run_batch(Batch("aer", [compiled(1)], [1], 10))
    run_batch(Batch("aer", [compiled(1, 9)], [1], 1024))
    assert not warm.processes
    large = QuantumCircuit(16, 1)
    large.measure(0, 0)
    found = run_batch(Batch("aer", [CompiledCircuit.of("wide", large, large)], [1], 10))
    assert [name for name, *_ in warm.processes] == ["aer"]
    assert found.outcomes == (Counts({"0": 10}, "aer", seed=1),)
    run_batch(Batch("breaking", [compiled(1)], [1], 10))
    assert [name for name, *_ in warm.processes] == ["aer", "breaking"]


def test_what_hangs_is_given_up_after_its_time_and_others_go_on(
    broken: None, processes: None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("QORUM_CIRCUIT_SECONDS", "2")
    (hung,) = run_batch(Batch("breaking?fault=hangs", [compiled(1, POISON)], [1], 10)).outcomes
    assert "not done after 2 s" in str(hung)
    monkeypatch.delenv("QORUM_CIRCUIT_SECONDS")
    (well,) = run_batch(Batch("breaking?fault=hangs", [compiled(2, POISON + 1)], [2], 10)).outcomes
    assert isinstance(well, Counts)


@pytest.mark.timeout(120)  # it would hang for an hour
async def test_a_cancelled_task_ends_what_its_backend_computes(broken: None, processes: None):
    batch = Batch("breaking?fault=hangs", [compiled(1, POISON)], [1], 10)
    task = asyncio.create_task(in_thread(stop_processes, run_batch, batch))
    await asyncio.sleep(0.5)  # before or while the child starts, or while it hangs: it ends soon
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run_batch(Batch("breaking", [compiled(1)], [1], 10)).outcomes  # others can run again


def test_a_circuit_that_kills_the_child_is_lost_alone(broken: None, processes: None):
    circuits = [compiled(number, POISON if number == 60 else POISON + 1) for number in range(MANY)]
    found = run_batch(Batch("breaking?fault=dies", circuits, range(MANY), 10)).outcomes
    assert [number for number, outcome in enumerate(found) if isinstance(outcome, Failure)] == [60]
    assert "memory" in str(found[60])  # what a kill from outside usually means
    assert sum(isinstance(outcome, Counts) for outcome in found) == MANY - 1


def test_a_process_of_a_backend_starts_without_torch_which_only_one_needs():
    asked = "import sys, blocks.batches; blocks.batches.load_backend('stim'); print('torch' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"
