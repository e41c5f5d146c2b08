"""Claims about the estimated success probability."""

from __future__ import annotations

import math

import numpy as np
import pytest
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import Delay, IfElseOp, Measure, Parameter, Reset
from qiskit.circuit.library import CZGate, QFTGate, RZGate, SXGate, efficient_su2
from qiskit.quantum_info import Statevector, average_gate_fidelity
from qiskit.transpiler import InstructionProperties, QubitProperties, Target
from qiskit_aer import AerSimulator
from qiskit_aer.noise import thermal_relaxation_error
from qiskit_ibm_runtime.fake_provider import FakeGuadalupeV2, FakeMumbaiV2, FakeNairobiV2, FakeTorontoV2
from scipy.stats import spearmanr

from qorum.circuits.native import ideal_target
from qorum.routing.fidelity import estimate_success, idle_error, success_probability

T1, T2 = 100e-6, 80e-6
SX, CZ, READOUT = (0.001, 50e-9), (0.01, 500e-9), (0.02, 1e-6)


def line_of_three(**changes) -> Target:
    """Qubits 0-1-2 in a line; qubit 2 has no known T1 or T2 and a dead coupler's error is 1."""
    target = Target(num_qubits=3, dt=1e-9, qubit_properties=changes.get("qubits") or _qubits())

    def properties(cost):
        return InstructionProperties(error=cost[0], duration=cost[1])

    target.add_instruction(SXGate(), {(q,): properties(SX) for q in range(3)})
    target.add_instruction(RZGate(Parameter("a")), {(q,): properties((0.0, 0.0)) for q in range(3)})
    target.add_instruction(CZGate(), {(0, 1): properties(CZ), (1, 2): properties((1.0, 500e-9))})
    target.add_instruction(Measure(), {(q,): properties(READOUT) for q in range(3)})
    target.add_instruction(Reset(), {(q,): None for q in range(3)})
    target.add_instruction(Delay(Parameter("t")), {(q,): None for q in range(3)})
    target.add_instruction(IfElseOp, name="if_else")
    return target


def _qubits():
    return [QubitProperties(t1=T1, t2=T2), QubitProperties(t1=T1, t2=T2), QubitProperties()]


def relaxed(seconds: float) -> float:
    return 0.5 + math.exp(-seconds / T1) / 6 + math.exp(-seconds / T2) / 3


def test_gates_and_readout_multiply():
    circuit = QuantumCircuit(3, 2)
    circuit.sx([0, 1])
    circuit.cz(0, 1)
    circuit.measure([0, 1], [0, 1])
    expected = (1 - 0.001) ** 2 * (1 - 0.01) * (1 - 0.02) ** 2
    assert success_probability(circuit, line_of_three()) == pytest.approx(expected, rel=1e-12)


def test_a_qubit_that_waits_between_two_operations_decays():
    circuit = QuantumCircuit(3)
    circuit.sx(0)
    for _ in range(3):
        circuit.sx(1)
    circuit.cz(0, 1)
    expected = (1 - 0.001) ** 4 * (1 - 0.01) * relaxed(100e-9)
    assert success_probability(circuit, line_of_three()) == pytest.approx(expected, rel=1e-12)


def test_waiting_before_the_first_and_after_the_last_operation_costs_nothing():
    circuit = QuantumCircuit(3)
    circuit.delay(5000, 0)
    circuit.sx(0)
    circuit.barrier()
    circuit.sx(1)
    circuit.delay(1, 1, unit="ms")
    assert success_probability(circuit, line_of_three()) == pytest.approx((1 - 0.001) ** 2, rel=1e-12)


def test_a_written_delay_between_operations_counts_in_its_own_unit():
    for length, unit in ((3000, "dt"), (3, "us"), (3e-6, "s")):
        circuit = QuantumCircuit(3)
        circuit.sx(0)
        circuit.delay(length, 0, unit=unit)
        circuit.sx(0)
        expected = (1 - 0.001) ** 2 * relaxed(3e-6)
        assert success_probability(circuit, line_of_three()) == pytest.approx(expected, rel=1e-12)


def test_a_qubit_without_known_coherence_is_not_charged_for_waiting():
    circuit = QuantumCircuit(3)
    circuit.sx(2)
    circuit.delay(5000, 2)
    circuit.sx(2)
    assert success_probability(circuit, line_of_three()) == pytest.approx((1 - 0.001) ** 2, rel=1e-12)


def test_a_reset_qubit_rests_in_the_ground_state():
    circuit = QuantumCircuit(3)
    circuit.sx(0)
    circuit.reset(0)
    circuit.delay(5000, 0)
    circuit.sx(0)
    assert success_probability(circuit, line_of_three()) == pytest.approx((1 - 0.001) ** 2, rel=1e-12)


def test_of_two_branches_the_worst_counts_and_waits_for_its_condition():
    circuit = QuantumCircuit(3, 1)
    circuit.sx(1)
    circuit.measure(0, 0)
    with circuit.if_test((circuit.clbits[0], 1)) as otherwise:
        circuit.sx(1)
    with otherwise:
        circuit.sx(1)
        circuit.sx(1)
    expected = (1 - 0.001) ** 3 * (1 - 0.02) * relaxed(1e-6 - 50e-9)
    assert success_probability(circuit, line_of_three()) == pytest.approx(expected, rel=1e-12)


def test_a_loop_fails_as_often_as_it_runs():
    looped, unrolled = QuantumCircuit(3), QuantumCircuit(3)
    with looped.for_loop(range(7)):
        looped.sx(0)
    for _ in range(7):
        unrolled.sx(0)
    target = line_of_three()
    assert success_probability(looped, target) == pytest.approx(success_probability(unrolled, target))


def test_a_dead_coupler_leaves_no_hope_and_no_nan():
    circuit = QuantumCircuit(3, 1)
    with circuit.for_loop(range(3)):
        circuit.cz(1, 2)
    assert success_probability(circuit, line_of_three()) == 0.0


def test_a_circuit_compiled_for_another_device_is_refused():
    circuit = QuantumCircuit(3)
    circuit.cz(0, 2)
    with pytest.raises(ValueError, match=r"no cz on qubits \[0, 2\]: compile"):
        success_probability(circuit, line_of_three())


def test_an_ideal_target_gives_exactly_one():
    circuit = QuantumCircuit(20)
    for layer in range(1000):
        circuit.cx(layer % 19, layer % 19 + 1)
    target = ideal_target(dynamic=True)
    assert success_probability(circuit, target) == 1.0
    assert estimate_success(circuit, target) == 1.0


@pytest.mark.parametrize("seconds", [0.0, 1e-7, 2e-5, 1e-3])
def test_idle_error_is_the_infidelity_of_thermal_relaxation(seconds):
    channel = thermal_relaxation_error(T1, T2, seconds).to_quantumchannel()
    assert idle_error(seconds, T1, T2) == pytest.approx(1 - average_gate_fidelity(channel), abs=1e-9)


def test_an_estimate_needs_no_compilation_and_gets_close_on_a_uniform_device():
    circuit = QuantumCircuit(2, 2)
    circuit.h(0)
    circuit.cx(0, 1)
    circuit.measure([0, 1], [0, 1])
    target = line_of_three(qubits=[QubitProperties(t1=T1, t2=T2)] * 3)
    compiled = transpile(circuit, target=target, initial_layout=[0, 1], optimization_level=1)
    exact = success_probability(compiled, target)
    assert estimate_success(circuit, target) == pytest.approx(exact, rel=0.01)


def _workload() -> dict[str, QuantumCircuit]:
    def ghz(n):
        circuit = QuantumCircuit(n)
        circuit.h(0)
        for qubit in range(1, n):
            circuit.cx(qubit - 1, qubit)
        return circuit

    fourier = QuantumCircuit(5)
    fourier.x([0, 3])
    fourier.append(QFTGate(5), range(5))
    fourier.h(range(5))
    ansatz = efficient_su2(5, reps=2, entanglement="linear")
    dense = efficient_su2(6, reps=2, entanglement="full")
    rng = np.random.default_rng(7)
    hidden = QuantumCircuit(6)
    hidden.x(5)
    hidden.h(range(6))
    for qubit in (0, 2, 3):
        hidden.cx(qubit, 5)
    hidden.h(range(5))
    circuits = {
        "ghz3": ghz(3),
        "ghz7": ghz(7),
        "qft": fourier,
        "hidden": hidden,
        "ansatz": ansatz.assign_parameters(rng.uniform(0, 6, ansatz.num_parameters)),
        "dense": dense.assign_parameters(rng.uniform(0, 6, dense.num_parameters)),
    }
    for circuit in circuits.values():
        circuit.measure_all()
    return circuits


def _polarization_fidelity(ideal: dict[str, float], noisy: dict[str, float], num_bits: int) -> float:
    """Hellinger fidelity, scaled so that uniform noise has 0: Lubinski et al., arXiv:2110.03137."""

    def fidelity(other):
        return sum(math.sqrt(share * other(key)) for key, share in ideal.items()) ** 2

    of_noise = fidelity(lambda key: 2.0**-num_bits)
    return (fidelity(lambda key: noisy.get(key, 0.0)) - of_noise) / (1 - of_noise)


@pytest.fixture(scope="module")
def measured():
    """Per device and circuit: ESP, its estimate, and the fidelity of Aer's noisy simulation."""
    rows = []
    for fake in (FakeNairobiV2(), FakeGuadalupeV2(), FakeMumbaiV2(), FakeTorontoV2()):
        noisy = AerSimulator.from_backend(fake, seed_simulator=1)
        for name, circuit in _workload().items():
            compiled = transpile(circuit, target=fake.target, optimization_level=1, seed_transpiler=3)
            timed = transpile(
                compiled, fake, optimization_level=0, scheduling_method="asap", seed_transpiler=3
            )
            counts = noisy.run(timed, shots=2048).result().get_counts()
            ideal = Statevector(circuit.remove_final_measurements(inplace=False)).probabilities_dict()
            shares = {key: count / 2048 for key, count in counts.items()}
            esp, estimate = success_probability(compiled, fake.target), estimate_success(circuit, fake.target)
            fidelity = _polarization_fidelity(ideal, shares, circuit.num_clbits)
            rows.append((fake.name, name, esp, estimate, fidelity))
    return rows


def test_esp_ranks_devices_for_a_circuit_as_noisy_simulation_does(measured):
    names = sorted({row[1] for row in measured})
    per_circuit = [[(row[2], row[4]) for row in measured if row[1] == name] for name in names]
    assert np.mean([spearmanr(*zip(*pairs, strict=True)).statistic for pairs in per_circuit]) > 0.8


def test_esp_ranks_circuits_and_devices_together_as_noisy_simulation_does(measured):
    exact, simulated = [row[2] for row in measured], [row[4] for row in measured]
    assert spearmanr(exact, simulated).statistic > 0.75


def test_estimates_rank_as_the_compiled_circuits_do(measured):
    exact, estimated = [row[2] for row in measured], [row[3] for row in measured]
    assert spearmanr(exact, estimated).statistic > 0.9
