"""Samples against the accepted circuit: what all backends share is seen, what none can compare is settled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from qiskit import QuantumCircuit, qasm2

from blocks.object_store import open_store
from flows.run_circuits import run_circuits
from qorum.circuits.compiled import decode, encode
from qorum.circuits.formats import to_qpy

ASYMMETRIC = """OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[3];
ry(0.7) q[0]; cx q[0],q[1]; ry(0.3) q[2]; cx q[2],q[1]; measure q -> c;"""


def wide_and_flat(num_qubits: int, layers: int = 6) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, num_qubits)
    for layer in range(layers):
        for qubit in range(num_qubits):
            circuit.ry(0.5 + 0.37 * qubit + 0.9 * layer, qubit)
            circuit.rz(1.1 * qubit - 0.4 * layer, qubit)
        for qubit in range(layer % 2, num_qubits - 1, 2):
            circuit.cx(qubit, qubit + 1)
    circuit.measure(range(num_qubits), range(num_qubits))
    return circuit


async def test_a_circuit_compiled_wrongly_for_all_backends_is_disputed_with_the_reason(home: Path):
    await run_circuits([ASYMMETRIC], backends=["aer", "cirq"], experiment_id="right", dispatch="inline")
    store = open_store()
    [place] = store.list("compiled/")
    right = decode(store.get(place), place.rpartition("/")[2])
    wrong = right.circuit.copy_empty_like()
    for step in right.circuit.data:  # every control takes its target's place
        wrong.append(step.operation, step.qubits[::-1] if step.name == "cx" else step.qubits, step.clbits)
    store.put(place, encode(replace(right, qpy=to_qpy(wrong))))
    report = await run_circuits(
        [ASYMMETRIC], backends=["aer", "cirq", "torch"], experiment_id="wrong", dispatch="inline"
    )
    circuit = report["circuits"][0]
    assert circuit["status"] == "disputed"
    assert not circuit["distribution"]
    assert {found["backend"] for found in circuit["rejected"]} == {"aer", "cirq", "torch"}
    assert all("exact amplitudes (3 qubits)" in found["reason"] for found in circuit["rejected"])


async def test_a_wide_flat_circuit_and_wide_clifford_ones_are_agreed_with_no_backend_named(home: Path):
    ghz = QuantumCircuit(60, 60)
    ghz.h(0)
    for qubit in range(59):
        ghz.cx(qubit, qubit + 1)
    ghz.measure(range(60), range(60))
    code = QuantumCircuit(21, 71)
    for turn in range(6):
        for ancilla in range(10):
            code.cx([ancilla, ancilla + 1], 11 + ancilla)
            code.measure(11 + ancilla, 10 * turn + ancilla)
            code.reset(11 + ancilla)
    code.measure(range(11), range(60, 71))
    texts = [qasm2.dumps(circuit) for circuit in (wide_and_flat(16), ghz, code, wide_and_flat(60, 3))]
    report = await run_circuits(texts, dispatch="inline")
    flat, wide, repeated, shallow = report["circuits"]
    assert [circuit["status"] for circuit in report["circuits"]] == ["agreed"] * 4
    assert set(shallow["accepted"]) == {"products", "aer?method=matrix_product_state"}
    assert shallow["referee"] == "exact matrix products (60 qubits)"
    assert flat["referee"] == "exact amplitudes (16 qubits)"
    assert wide["referee"] == "exact stabilizers (60 qubits)"
    assert {"stim", "aer?method=stabilizer"} <= set(wide["accepted"])
    assert repeated["referee"].startswith("no exact referee for dynamic circuits")
    assert set(repeated["accepted"]) == {"stim", "aer?method=stabilizer"}
    assert any("stand by" in warning for warning in repeated["warnings"])


async def test_the_same_command_gives_the_same_counts_before_and_after_times_were_learned(home: Path):
    circuits = [ASYMMETRIC, "template:qft?num_qubits=4"]
    reports = [
        await run_circuits(circuits, experiment_id=f"run-{number}", dispatch="inline") for number in range(3)
    ]
    counts = [
        [
            {replica["backend"]: replica["counts"] for replica in circuit["replicas"]}
            for circuit in report["circuits"]
        ]
        for report in reports
    ]
    assert counts[0] == counts[1] == counts[2]
    assert open_store().list("aggregated/")  # they were learned
