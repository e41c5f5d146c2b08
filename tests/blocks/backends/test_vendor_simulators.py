"""What the translations to Cirq, PennyLane and Braket owe beyond the contract of every backend."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from blocks.backends import load_backend
from qorum.errors import BackendFailed

NAMES = (
    *("cirq", "cirq?simulator=qsim", "cirq?simulator=cirq"),
    *("pennylane", "pennylane?device=default.qubit"),
    *("braket", "braket?simulator=density_matrix"),
)


@pytest.fixture(params=NAMES)
def backend(request: pytest.FixtureRequest):
    return load_backend(request.param)


def test_every_native_gate_acts_as_qiskit_defines_it(backend, gate_between_rotations, distance):
    circuits, exact = zip(*gate_between_rotations, strict=True)
    # 40,000 samples of 8 outcomes lie 0.005 from their distribution, 0.02 once in 10^7 (McDiarmid).
    for counts, distribution in zip(backend.run(circuits, 40_000, range(4)), exact, strict=True):
        assert distance(counts, distribution) < 0.02


def test_clbits_read_right_to_left_whatever_qubits_they_hold(backend, scattered):
    circuit, outcome = scattered
    (counts,) = backend.run([circuit], 50, [3])
    assert counts.histogram == {outcome: 50}


def test_a_circuit_without_gates_or_with_nothing_measured_reads_zeros(backend):
    empty, unmeasured = QuantumCircuit(2, 3), QuantumCircuit(2, 3)
    empty.measure(0, 1)
    unmeasured.x(0)
    assert [counts.histogram for counts in backend.run([empty, unmeasured], 9, [1, 2])] == [{"000": 9}] * 2


def test_global_generators_are_neither_read_nor_moved(backend):
    circuit = QuantumCircuit(3)
    circuit.h(range(3))
    circuit.measure_all()
    results = []
    for global_seed in (1, 2):
        np.random.seed(global_seed)
        random.seed(global_seed)
        before = np.random.get_state()[1].tolist(), random.getstate()
        results.append(backend.run([circuit] * 3, 100, [5, 6, 7]))
        assert (np.random.get_state()[1].tolist(), random.getstate()) == before
    assert results[0] == results[1]


def test_an_instruction_it_cannot_run_is_named(backend):
    circuit = QuantumCircuit(3, 1, name="mine")
    circuit.ccx(0, 1, 2)
    circuit.measure(2, 0)
    with pytest.raises(BackendFailed, match=r"mine.*found ccx"):
        backend.run([circuit], 10, [0])


def test_a_free_parameter_is_named(backend):
    circuit = QuantumCircuit(1, 1, name="mine")
    circuit.rx(Parameter("theta"), 0)
    with pytest.raises(BackendFailed, match=r"mine: rx: .*theta"):
        backend.run([circuit], 10, [0])


def test_a_circuit_too_large_is_refused_before_it_takes_memory(backend):
    with pytest.raises(BackendFailed, match="found 60"):
        backend.run([QuantumCircuit(60, 1)], 10, [0])


def test_threads_running_at_once_get_what_each_gets_alone(backend):
    # Above 10 qubits Braket enters Numba's parallel loops, which abort the process if entered twice.
    num_qubits = 5 if "density" in backend.backend_name else 12
    circuit = QuantumCircuit(num_qubits)
    circuit.ry(0.7, range(0, num_qubits, 2))
    for qubit in range(num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
        circuit.rzz(0.3, qubit + 1, qubit)
    circuit.measure_all()
    alone = [backend.run([circuit], 200, [seed])[0] for seed in range(4)]
    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(lambda seed: backend.run([circuit] * 5, 200, [seed] * 5), range(4)))
    assert at_once == [[counts] * 5 for counts in alone]
