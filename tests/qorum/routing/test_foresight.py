"""What tells how hard a circuit is, before it is run."""

from __future__ import annotations

from qiskit import QuantumCircuit

from qorum.circuits.sizes import CircuitSize
from qorum.routing.foresight import bond_of, forks_of, is_demanding


def test_entanglement_is_counted_across_the_cut_that_most_gates_cross():
    ghz = QuantumCircuit(60)
    ghz.h(0)
    for qubit in range(59):
        ghz.cx(qubit, qubit + 1)
    assert bond_of(ghz) == 1
    far = QuantumCircuit(60)
    for _ in range(5):
        far.cx(0, 59)
        far.swap(20, 30)
    assert bond_of(far) == 15  # five of the one, twice five of the other
    assert bond_of(QuantumCircuit(1)) == 0
    small = QuantumCircuit(4)
    for _ in range(9):
        small.cx(1, 2)
    assert bond_of(small) == 2


def test_measurements_fork_only_where_something_follows_them():
    circuit = QuantumCircuit(3, 3)
    circuit.h(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.h(0)
    with circuit.if_test((circuit.clbits[1], 1)):
        circuit.x(1)
    circuit.measure([0, 1, 2], [0, 1, 2])
    assert forks_of(circuit) == 2
    code = QuantumCircuit(3, 20)
    for turn in range(10):
        code.cx(0, 2)
        code.cx(1, 2)
        code.measure(2, turn)
    assert forks_of(code) == 9


def test_a_circuit_is_demanding_by_its_width_its_size_or_its_forks():
    size = CircuitSize(100, 60)
    assert not is_demanding(20, size, 1024, 0)
    assert is_demanding(25, size, 1024, 0)
    assert is_demanding(21, size, 1024, 60)
    assert not is_demanding(5, size, 1024, 60)
    assert is_demanding(24, CircuitSize(10_000, 5_000), 1024, 0)
