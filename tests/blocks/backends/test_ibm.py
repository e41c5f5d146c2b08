"""IBM's fake devices, which run here. What every backend must do is in tests/contracts; IBM's own devices are
in tests/faults/vendors.
"""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from blocks.backends import _aer_noise, load_backend
from qorum.circuits.compilation import compile_circuit
from qorum.counts import Counts
from qorum.errors import BackendFailed
from qorum.routing.fidelity import estimate_success


def ghz(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits, name=f"ghz{num_qubits}")
    circuit.h(0)
    for qubit in range(num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    circuit.measure_all()
    return circuit


def run(name: str, *circuits: QuantumCircuit, shots: int = 1000, seed: int = 3) -> list[Counts]:
    backend = load_backend(name)
    target = backend.profile().target
    compiled = [compile_circuit(one, target, optimization_level=1, seed=1) for one in circuits]
    return backend.run(compiled, shots, [seed + place for place in range(len(compiled))])


def test_a_fake_device_runs_here_and_is_free():
    backend = load_backend("ibm?fake=fake_torino")
    assert backend.backend_name == "ibm?fake=torino"
    assert backend.remote is None
    profile = backend.profile()
    assert (profile.name, profile.device, profile.pool) == ("ibm?fake=torino", "fake_torino", "cpu")
    assert profile.target.num_qubits == 133
    assert (profile.noisy, profile.dynamic, profile.price.is_free) == (True, True, True)
    assert profile.calibration_id == load_backend("aer?noise=fake_torino").profile().calibration_id


def test_circuits_of_a_batch_are_repeatable_each_by_its_own_seed():
    circuits = [ghz(3), ghz(4), ghz(3)]
    found = run("ibm?fake=brisbane", *circuits)
    assert found == run("ibm?fake=brisbane", *circuits)
    assert [counts.num_bits for counts in found] == [3, 4, 3]
    assert found[0].histogram != found[2].histogram
    assert {counts.backend for counts in found} == {"ibm?fake=brisbane"}
    assert run("ibm?fake=brisbane", circuits[1], seed=4) == [found[1]]
    assert found[1].histogram == run("aer?noise=fake_brisbane", circuits[1], seed=4)[0].histogram


def test_a_circuit_that_branches_runs_on_133_qubits():
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)):
        circuit.x(1)
    circuit.measure(1, 1)
    [counts] = run("ibm?fake=torino", circuit)
    assert counts.histogram["11"] > 700


def test_more_qubits_in_use_than_memory_holds_are_refused():
    circuit = QuantumCircuit(133, 1, name="wide")
    circuit.x(range(133))
    circuit.measure(0, 0)
    backend = load_backend("ibm?fake=torino")
    with pytest.raises(
        BackendFailed, match=r"ibm\?fake=torino: wide: at most \d+ qubits in use expected, found 133"
    ):
        backend.run([circuit], 10, [1])


def test_a_device_with_one_way_gates_of_two_kinds_is_compiled_to_and_noisy():
    [counts] = run("ibm?fake=cairo", ghz(5))
    assert 800 < counts.histogram["00000"] + counts.histogram["11111"] < 980
    told, target = _aer_noise.fake_devices()["fake_cairo"].target, _aer_noise.device_target("fake_cairo")
    assert (15, 18) not in told["cx"]
    assert target["cx"][(15, 18)] == told["cx"][(18, 15)]
    assert (target.dt, target.pulse_alignment, target.granularity) == (told.dt, 16, 16)


@pytest.mark.parametrize("num_qubits", [5, 10])
def test_among_devices_that_are_alike_the_one_whose_qubits_wait_longest_is_last(num_qubits):
    """Toronto's gates err as the others', but were recorded to take 7 µs and not half of one: idle decay."""
    alike = [name for name, device in _aer_noise.fake_devices().items() if device.num_qubits == 27]
    assert len(alike) == 12
    success = {name: estimate_success(ghz(num_qubits), _aer_noise.device_target(name)) for name in alike}
    assert min(success, key=success.__getitem__) == "fake_toronto"
