"""Batches on local backends: the same counts in this process and apart; a dying child costs one circuit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from qiskit import QuantumCircuit

from blocks import batches
from blocks.backends import backend_types, load_backend
from blocks.batches import MANY, Batch, close_processes, sample_batch
from qorum.circuits.compilation import compile_circuit
from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.native import ideal_target
from qorum.results.counts import Counts
from tests.broken_backends import POISON


@pytest.fixture
def processes() -> Iterator[None]:
    yield
    close_processes()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.broken_backends")
    backend_types.cache_clear()
    yield
    backend_types.cache_clear()


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
    apart = sample_batch(Batch(name, circuits, range(MANY), 100), seen.append)
    assert name in batches._processes
    backend = load_backend(name)
    here = backend.run([circuit.circuit for circuit in circuits], 100, list(range(MANY)))
    assert list(apart.outcomes) == here
    assert apart.seconds > 0
    assert seen == sorted(seen)
    assert seen[-1] == MANY


def test_few_or_large_circuits_stay_in_this_process(processes: None):
    large = QuantumCircuit(16, 1)
    large.measure(0, 0)
    wide = CompiledCircuit.of("wide", large, large)
    sample_batch(Batch("torch", [compiled(1)], [1], 10))
    sample_batch(Batch("torch", [wide, *[compiled(number) for number in range(MANY)]], range(MANY + 1), 10))
    assert not batches._processes


def test_a_circuit_that_kills_the_child_is_lost_alone(broken: None, processes: None):
    circuits = [compiled(number, POISON if number == 60 else POISON + 1) for number in range(MANY)]
    found = sample_batch(Batch("breaking?fault=dies", circuits, range(MANY), 10)).outcomes
    assert [number for number, outcome in enumerate(found) if isinstance(outcome, str)] == [60]
    assert "memory" in str(found[60])  # what a kill from outside usually means
    assert sum(isinstance(outcome, Counts) for outcome in found) == MANY - 1
