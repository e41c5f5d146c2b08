"""Delays and resets of fresh qubits are no obstacle to any simulator."""

from __future__ import annotations

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister

from blocks.backends import load_backend
from qorum.circuits.compilation import compile_circuit
from qorum.circuits.idle import without_idle_qubits, without_idle_steps
from qorum.circuits.intake import accept_text
from qorum.circuits.native import ideal_target

TEXT = """OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[3] c;
reset q; delay[100ns] q[0];
barrier q;
reset q[1];
x q[0]; ry(0.8) q[1];
delay[2us] q;
c = measure q;
"""


@pytest.mark.parametrize("level", [0, 1, 3])
@pytest.mark.parametrize("backend", ["torch", "aer", "cirq", "pennylane", "braket"])
def test_every_simulator_runs_a_circuit_that_waits_and_starts_with_resets(backend: str, level: int):
    accepted = accept_text("idle", TEXT)
    assert not accepted.spec.dynamic
    loaded = load_backend(backend)
    target = loaded.profile().target
    compiled = compile_circuit(accepted.circuit, target, optimization_level=level, seed=0)
    (counts,) = loaded.run([compiled], 1000, [1])
    assert set(counts.histogram) == {"001", "011"}
    assert abs(counts.histogram["011"] / 1000 - 0.1516) < 0.06


@pytest.mark.parametrize("device", ["fake_manila", "fake_torino"])
def test_a_device_keeps_delays_and_resets(device: str):
    accepted = accept_text("idle", TEXT)
    loaded = load_backend(f"aer?noise={device}")
    target = loaded.profile().target
    compiled = compile_circuit(accepted.circuit, target, optimization_level=0, seed=0)
    assert compiled.count_ops()["delay"] >= 4
    assert compiled.count_ops()["reset"] == 4
    (counts,) = loaded.run([compiled], 1000, [1])
    assert counts.histogram["001"] > 650


def test_a_reset_that_follows_a_gate_stays_even_within_a_branch():
    text = (
        'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; bit c; bit r; x q[1]; h q[0]; c = measure q[0];'
        "if (c) {delay[1us] q[1]; reset q[1];} r = measure q[1];"
    )
    circuit = accept_text("branch", text).circuit
    compiled = compile_circuit(circuit, ideal_target(dynamic=True), optimization_level=1, seed=0)
    for backend in ("torch", "aer", "cirq"):
        (counts,) = load_backend(backend).run([compiled], 200, [1])
        assert set(counts.histogram) == {"10", "01"}


def test_a_circuit_without_such_steps_is_left_alone():
    circuit = accept_text("plain", 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; h q; reset q;').circuit
    thin = without_idle_steps(circuit)
    assert thin == circuit
    busy = accept_text("busy", 'OPENQASM 2.0; include "qelib1.inc"; qreg q[1]; h q;').circuit
    assert without_idle_steps(busy) is busy


def test_a_circuit_compiled_for_a_device_keeps_only_the_qubits_that_work():
    wide = QuantumCircuit(QuantumRegister(2, "a"), QuantumRegister(9, "b"), ClassicalRegister(2, "c"))
    wide.x(1)
    wide.delay(100, 5)
    wide.barrier()
    wide.cx(1, 7)
    wide.barrier(3)
    wide.measure([1, 7], [0, 1])
    wide.metadata, wide.global_phase = {"of": "one"}, 0.25
    found = without_idle_qubits(wide)
    assert (found.num_qubits, found.num_clbits, found.global_phase) == (2, 2, 0.25)
    assert [one.name for one in found.cregs] == ["c"]
    assert found.metadata == {"of": "one"}
    assert [(step.name, [found.find_bit(qubit).index for qubit in step.qubits]) for step in found.data] == [
        ("x", [0]),
        ("barrier", [0, 1]),
        ("cx", [0, 1]),
        ("measure", [0]),
        ("measure", [1]),
    ]
    few = QuantumCircuit(10)
    few.x(0)
    assert without_idle_qubits(few) is few
    assert without_idle_qubits(QuantumCircuit(11)).num_qubits == 11
