"""Aer's noise and refusals; what every backend must do is in tests/contracts."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit, transpile
from qiskit_aer.noise import NoiseModel

from blocks.backends import _aer_noise, load_backend
from qorum.circuits.native import IDEAL_GATES
from qorum.counts import Counts
from qorum.errors import BackendFailed, NoEligibleBackend

SHOTS = 20_000


def run(name: str, circuit: QuantumCircuit, shots: int = SHOTS) -> Counts:
    backend = load_backend(name)
    # Level 0 leaves gates that cancel in place.
    compiled = transpile(circuit, target=backend.profile().target, optimization_level=0, seed_transpiler=1)
    return backend.run([compiled], shots, [3])[0]


@pytest.mark.parametrize("name", IDEAL_GATES)
def test_given_noise_reaches_every_native_gate(name: str) -> None:
    """Four times any of them keeps |00>, if it were not for full depolarizing: 1 in half of the shots."""
    num_qubits = 2 if name in _aer_noise.TWO_QUBIT_GATES else 1
    angle = (1e-9,) if name in ("rx", "ry", "rz", "p", "cp", "rzz") else ()
    circuit = QuantumCircuit(2, 1)
    for _ in range(4):
        getattr(circuit, name)(*angle, *range(num_qubits))
    circuit.measure(0, 0)
    assert run("aer", circuit).histogram == {"0": SHOTS}
    noisy = run(f"aer?method=density_matrix&depolarizing_{num_qubits}q=1", circuit)
    assert abs(noisy.histogram["1"] - SHOTS / 2) < 6 * (SHOTS / 4) ** 0.5


def test_readout_error_flips_that_share_of_the_bits() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    counts = run("aer?readout_error=0.1", circuit)
    assert abs(counts.histogram["1"] - 0.1 * SHOTS) < 6 * (0.09 * SHOTS) ** 0.5


def test_an_excited_state_decays_with_t1_over_the_gate_times() -> None:
    """One x of 500 ns and T1 = 1 us: exp(-1/2) of the excitation is left."""
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.measure(0, 0)
    counts = run("aer?t1_us=1&gate_time_1q_ns=500", circuit)
    left = 0.6065306597
    assert abs(counts.histogram["1"] - left * SHOTS) < 6 * (left * (1 - left) * SHOTS) ** 0.5


def test_density_matrix_and_trajectories_agree_on_a_noisy_circuit() -> None:
    circuit = QuantumCircuit(2, 2)
    circuit.ry(0.7, 0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    noise = "depolarizing_1q=0.05&depolarizing_2q=0.1&t1_us=2&t2_us=1"
    one = run(f"aer?{noise}", circuit).histogram
    other = run(f"aer?method=density_matrix&{noise}", circuit).histogram
    assert all(abs(one[key] - other[key]) < 6 * (one[key] + other[key]) ** 0.5 for key in one)


def test_a_fake_devices_errors_are_those_of_its_whole_noise_model() -> None:
    name = "fake_manila"
    device = _aer_noise.fake_devices()[name]
    circuit = QuantumCircuit(5, 5)
    circuit.x(range(5))
    circuit.measure(range(5), range(5))
    _, mine = _aer_noise.device_noise(name, circuit)
    whole = NoiseModel.from_backend(device)

    def errors(model: NoiseModel) -> list[str]:
        by_place = model.to_dict()["errors"]
        for error in by_place:
            error.pop("id", None)
        return sorted(map(repr, by_place))

    assert errors(mine) == errors(whole)


def test_every_gate_of_a_fake_device_that_takes_time_is_noisy() -> None:
    target = load_backend("aer?noise=fake_torino").profile().target
    circuit = QuantumCircuit(133, 133)
    circuit.x(range(4))
    _, model = _aer_noise.device_noise("fake_torino", circuit)
    noisy = set(model.noise_instructions)
    for gate in ("sx", "x", "cz", "measure"):
        assert gate in target.operation_names
        assert gate in noisy
    assert "rz" not in noisy
    assert all(not properties.duration for properties in target["rz"].values())


def test_a_delay_on_a_fake_device_relaxes_its_qubit() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    circuit.delay(500_000, 0, unit="ns")
    circuit.measure(0, 0)
    backend = load_backend("aer?noise=fake_manila")
    compiled = transpile(circuit, target=backend.profile().target, optimization_level=0, initial_layout=[0])
    t1 = backend.profile().target.qubit_properties[0].t1
    [counts] = backend.run([compiled], SHOTS, [1])
    assert counts.histogram["1"] / SHOTS == pytest.approx(2.718281828 ** (-500e-6 / t1), abs=0.06)


def test_a_fake_device_brings_its_target_and_calibration() -> None:
    torino, manila = (load_backend(f"aer?noise={name}").profile() for name in ("fake_torino", "fake_manila"))
    assert torino.target.num_qubits == 133
    assert torino.num_qubits < 133  # what memory holds
    assert manila.num_qubits == 5
    assert torino.calibrated_at is not None
    assert torino.calibrated_at.year == 2025
    assert torino.calibration_id != manila.calibration_id
    assert (torino.device, torino.noisy, torino.dynamic) == ("fake_torino", True, True)


def test_an_unknown_fake_device_is_answered_with_close_names() -> None:
    with pytest.raises(NoEligibleBackend, match="fake_torino"):
        load_backend("aer?noise=fake_tornio")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("noise=fake_torino&readout_error=0.1", "found both"),
        ("t2_us=10", "twice t1_us"),
        ("t1_us=10&t2_us=21", "twice t1_us"),
        ("method=stabilizer&t1_us=10", "stabilizer"),
        ("method=stabilizer&noise=fake_torino", "stabilizer"),
        ("depolarizing_1q=1.5", "less than or equal to 1"),
    ],
)
def test_noise_that_cannot_be_is_refused(options: str, message: str) -> None:
    with pytest.raises(NoEligibleBackend, match=message):
        load_backend(f"aer?{options}")


def test_aers_own_failure_is_reported_with_its_reason() -> None:
    circuit = QuantumCircuit(1, 1, name="magic")
    circuit.t(0)
    circuit.measure(0, 0)
    with pytest.raises(BackendFailed, match=r"magic: .*invalid instructions"):
        load_backend("aer?method=stabilizer").run([circuit], 10, [1])


def test_the_stabilizer_takes_hundreds_of_qubits() -> None:
    backend = load_backend("aer?method=stabilizer")
    assert backend.profile().clifford_only
    circuit = QuantumCircuit(300, 300)
    circuit.h(0)
    for qubit in range(299):
        circuit.cx(qubit, qubit + 1)
    circuit.measure(range(300), range(300))
    [counts] = backend.run([circuit], 100, [1])
    assert set(counts.histogram) == {"0" * 300, "1" * 300}


def test_a_circuit_without_measurements_reads_zeros() -> None:
    circuit = QuantumCircuit(2, 3)
    circuit.x(0)
    assert run("aer", circuit, 10).histogram == {"000": 10}
