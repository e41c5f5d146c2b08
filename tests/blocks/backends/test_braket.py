from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit

from blocks.backends.braket_device import BraketDevice
from qorum.errors import BackendFailed


@pytest.mark.parametrize("simulator", ["statevector", "density_matrix"])
def test_reset_is_refused_by_name(simulator):
    circuit = QuantumCircuit(2, 1, name="mine")
    circuit.reset(1)
    with pytest.raises(BackendFailed, match=r"mine: a static circuit expected, found reset on qubit 1"):
        BraketDevice(simulator=simulator).run([circuit], 10, [1])


@pytest.mark.parametrize(("simulator", "engine"), [("statevector", "sv"), ("density_matrix", "dm")])
def test_the_counts_are_those_of_braket_s_own_local_simulator(simulator, engine, distance):
    from braket.circuits import Circuit
    from braket.devices import LocalSimulator

    theirs = Circuit().ry(0, 0.7).cnot(0, 2).cphaseshift(2, 1, 0.8).v(1).zz(0, 1, 0.4).si(2).h(1).h(2)
    exact = LocalSimulator(f"braket_{engine}").run(theirs.probability(), shots=0).result().values[0]
    expected = {f"{index:03b}"[::-1]: float(value) for index, value in enumerate(np.asarray(exact))}
    ours = QuantumCircuit(3)
    ours.ry(0.7, 0)
    ours.cx(0, 2)
    ours.cp(0.8, 2, 1)
    ours.sx(1)
    ours.rzz(0.4, 0, 1)
    ours.sdg(2)
    ours.h([1, 2])
    ours.measure_all()
    (counts,) = BraketDevice(simulator=simulator).run([ours], 40_000, [1])
    assert distance(counts, expected) < 0.02


def test_a_density_matrix_takes_fewer_qubits_than_a_state_vector():
    assert BraketDevice().profile().num_qubits == 24
    assert BraketDevice(simulator="density_matrix").profile().num_qubits == 12
