"""Dynamic circuits on Cirq: each branch of measured bits is followed as its shots would be."""

from __future__ import annotations

import pytest
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm3, transpile
from qiskit.circuit.classical import expr
from qiskit_aer import AerSimulator

from blocks.backends.cirq_simulator import CirqSimulator
from qorum.circuits.native import ideal_target
from qorum.errors import BackendFailed


def test_teleportation_delivers_the_state(distance):
    circuit = QuantumCircuit(QuantumRegister(3), ClassicalRegister(2, "bell"), ClassicalRegister(1, "out"))
    circuit.ry(0.9, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(2)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.z(2)
    circuit.ry(-0.9, 2)
    circuit.measure(2, 2)
    (counts,) = CirqSimulator().run([circuit], 40_000, [1])
    assert distance(counts, {f"0{bell:02b}": 0.25 for bell in range(4)}) < 0.02


def test_the_other_branch_is_not_taken_when_the_first_changes_its_condition():
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.reset(0)
        circuit.measure(0, 0)
    with otherwise:
        circuit.x(1)
    circuit.measure(1, 1)
    assert CirqSimulator().run([circuit], 20, [1])[0].histogram == {"00": 20}


def test_conditions_read_registers_expressions_and_bits_never_written():
    flags, out = ClassicalRegister(3, "flags"), ClassicalRegister(3, "out")
    circuit = QuantumCircuit(QuantumRegister(4), flags, out)
    circuit.x([0, 3])
    circuit.measure([0, 3], [0, 2])
    with circuit.if_test((flags, 0b101)):
        circuit.x(1)
        with circuit.if_test((flags[1], 0)):
            circuit.cx(1, 2)
    with circuit.if_test(expr.logic_and(flags[2], expr.greater(flags, 5))) as otherwise:
        circuit.reset(1)
    with otherwise:
        circuit.reset(0)
    circuit.measure([0, 1, 2], out)
    assert CirqSimulator().run([circuit], 20, [1])[0].histogram == {"110101": 20}


def test_a_reset_leaves_what_was_entangled_with_it_mixed(distance):
    circuit = QuantumCircuit(2)
    circuit.ry(1.1, 0)
    circuit.cx(0, 1)
    circuit.reset(0)
    circuit.h(0)
    circuit.measure_all()
    (counts,) = CirqSimulator().run([circuit], 40_000, [3])
    one = 0.273202  # sin(0.55)**2
    assert distance(counts, {"00": (1 - one) / 2, "01": (1 - one) / 2, "10": one / 2, "11": one / 2}) < 0.02


def test_repeated_measurement_of_one_qubit_splits_at_each_step(distance):
    circuit = QuantumCircuit(1, 10)
    for clbit in range(10):
        circuit.h(0)
        circuit.measure(0, clbit)
    (counts,) = CirqSimulator().run([circuit], 2_000, [5])
    ones = sum(key.count("1") * count for key, count in counts.histogram.items())
    assert counts.shots == 2_000
    assert abs(ones - 10_000) < 300  # 4 standard deviations of 20,000 fair coins
    assert len(counts.histogram) > 800


DYNAMIC = """OPENQASM 3.0;
include "stdgates.inc";
qubit[4] q; bit[2] c; bit[3] d;
ry(0.7) q[0]; ry(1.9) q[1]; cx q[0], q[2]; cp(0.6) q[1], q[2]; h q[1];
c[1] = measure q[1];
if (c == 2) { rx(0.8) q[1]; cx q[1], q[3]; c[0] = measure q[3]; } else { ry(0.4) q[3]; reset q[0]; }
cp(0.9) q[2], q[3]; h q[2];
d[2] = measure q[2];
if (d[2]) { if (c[0] == true) { x q[0]; } else { sx q[0]; } }
d[0] = measure q[0]; d[1] = measure q[3];
"""


@pytest.mark.parametrize("level", [0, 2])
def test_a_dynamic_circuit_from_openqasm_shows_what_another_vendor_shows(level, distance):
    circuit = qasm3.loads(DYNAMIC)
    compiled = transpile(circuit, target=ideal_target(dynamic=True), optimization_level=level)
    (counts,) = CirqSimulator().run([compiled], 100_000, [9])
    reference = AerSimulator(seed_simulator=2).run(circuit, shots=100_000).result().get_counts()
    expected = {key.replace(" ", ""): count / 100_000 for key, count in reference.items()}
    assert len(expected) > 12
    assert distance(counts, expected) < 0.02


def test_dynamic_counts_depend_on_circuit_shots_and_seed_alone():
    circuit = transpile(qasm3.loads(DYNAMIC), target=ideal_target(dynamic=True))
    backend = CirqSimulator()
    first, other, again = backend.run([circuit] * 3, 300, [7, 8, 7])
    assert first == again
    assert first.histogram != other.histogram
    assert backend.run([circuit], 300, [7]) == [first]


def test_qsim_alone_refuses_dynamic_circuits_and_says_so_in_its_profile():
    backend = CirqSimulator(simulator="qsim")
    circuit = QuantumCircuit(1, 1)
    circuit.reset(0)
    assert not backend.profile().dynamic
    with pytest.raises(BackendFailed, match="a static circuit expected, found reset on qubit 0"):
        backend.run([circuit], 10, [1])


def test_a_loop_is_refused_by_name():
    circuit = QuantumCircuit(1, 1)
    with circuit.for_loop(range(3)):
        circuit.x(0)
    with pytest.raises(BackendFailed, match="found for_loop"):
        CirqSimulator().run([circuit], 10, [1])


@pytest.mark.parametrize(("simulator", "engine"), [("auto", "qsim"), ("qsim", "qsim"), ("cirq", "cirq")])
def test_the_profile_names_the_engine_that_runs_static_circuits(simulator, engine):
    profile = CirqSimulator(simulator=simulator).profile()
    assert (profile.provider, profile.engine, profile.pool, profile.noisy) == ("google", engine, "cpu", False)
