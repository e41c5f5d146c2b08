from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from blocks.backends.pennylane_device import PennyLaneDevice
from qorum.errors import BackendFailed


@pytest.mark.parametrize("device", ["lightning.qubit", "default.qubit"])
def test_mid_circuit_measurement_is_refused_by_name(device):
    circuit = QuantumCircuit(2, 1, name="mine")
    circuit.measure(1, 0)
    circuit.h(1)
    with pytest.raises(BackendFailed, match=r"mine: a static circuit expected, found measure on qubit 1"):
        PennyLaneDevice(device=device).run([circuit], 10, [1])


@pytest.mark.parametrize("device", ["lightning.qubit", "default.qubit"])
def test_each_device_is_an_engine_of_its_own(device):
    profile = PennyLaneDevice(device=device).profile()
    assert (profile.provider, profile.engine, profile.dynamic) == ("xanadu", device, False)


@pytest.mark.parametrize("device", ["lightning.qubit", "default.qubit"])
def test_a_tape_open_in_the_caller_does_not_catch_the_gates(device, gate_between_rotations):
    import pennylane as qml

    circuits = [circuit for circuit, _ in gate_between_rotations]
    with qml.tape.QuantumTape() as tape:
        PennyLaneDevice(device=device).run(circuits, 10, range(4))
    assert len(tape) == 0
