"""Quantum trajectories against the density matrix."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from scipy.stats import chi2_contingency

from qorum.errors import CircuitRejected
from qorum.statevector import density, trajectories
from qorum.statevector.noise import NoiseModel
from qorum.statevector.trajectories import sample

from .noisy_circuits import NOISES, dynamic_circuit, p_value, random_native

SHOTS = 10_000


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
@pytest.mark.parametrize("num_qubits", [1, 3, 4])
def test_they_sample_the_density_matrix(num_qubits: int, noise: NoiseModel) -> None:
    circuit = random_native(num_qubits, 4, 5)
    # Readout errors are random on their own, see below.
    gates = NoiseModel(
        noise.depolarizing_1q, noise.depolarizing_2q, 0, noise.t1, noise.t2, noise.gate_time_1q
    )
    populations = torch.diag(density.density_matrix(circuit, gates, dtype=torch.complex128)).real
    exact = {f"{i:0{num_qubits}b}": float(p) for i, p in enumerate(populations)}
    circuit.measure_all()
    assert p_value(sample(circuit, gates, SHOTS, 11), exact) > 1e-3


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
def test_dynamic_circuits_are_sampled_as_by_density_matrices(noise: NoiseModel) -> None:
    circuit = dynamic_circuit()
    one, other = sample(circuit, noise, SHOTS, 1), density.sample(circuit, noise, SHOTS, 2)
    keys = sorted(key for key in one.keys() | other.keys() if one.get(key, 0) + other.get(key, 0) >= 10)
    assert sum(one.get(key, 0) for key in keys) > 0.99 * SHOTS
    table = [[histogram.get(key, 0) for key in keys] for histogram in (one, other)]
    assert chi2_contingency(table).pvalue > 1e-3


def test_they_are_right_however_many_run_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small batches and an early turn to those that are furthest: what large states make happen."""
    monkeypatch.setattr(trajectories, "BATCH_AMPLITUDES", 3 << 4)
    monkeypatch.setattr(trajectories, "WAITING_AMPLITUDES", 5 << 4)
    circuit, noise = random_native(4, 4, 5), NOISES["depolarizing"]
    populations = torch.diag(density.density_matrix(circuit, noise, dtype=torch.complex128)).real
    circuit.measure_all()
    counts = sample(circuit, noise, 4_000, 3)
    assert p_value(counts, {f"{i:04b}": float(p) for i, p in enumerate(populations)}) > 1e-3


@pytest.mark.parametrize("name", ["strong", "relaxation, T2 = 2 T1"])
def test_averages_over_many_gates_show_no_bias(name: str) -> None:
    """An error in where errors fall grows with the length of the circuit."""
    circuit = QuantumCircuit(2)
    for layer in range(20):
        circuit.ry(0.3 + 0.1 * layer, 0)
        circuit.rx(0.2, 1)
        circuit.cx(layer % 2, 1 - layer % 2)
    noise = NOISES[name]
    populations = torch.diag(density.density_matrix(circuit, noise, dtype=torch.complex128)).real
    circuit.measure_all()
    counts = sample(circuit, NoiseModel(**{**vars(noise), "readout_error": 0}), SHOTS, 2)
    assert p_value(counts, {f"{i:02b}": float(p) for i, p in enumerate(populations)}) > 1e-3


def test_a_decay_is_exponential_in_the_number_of_gates() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.x(0)
    for _ in range(9):
        circuit.rz(0.1, 0)
    circuit.measure(0, 0)
    counts = sample(circuit, NoiseModel(t1=1e-6, t2=2e-6, gate_time_1q=100e-9), SHOTS, 1)
    left = float(np.exp(-1))
    assert p_value(counts, {"0": 1 - left, "1": left}) > 1e-3


def test_readouts_err_independently() -> None:
    circuit = QuantumCircuit(2, 3)
    circuit.x(1)
    circuit.measure([0, 1, 1], [0, 1, 2])
    counts = sample(circuit, NoiseModel(readout_error=0.1), SHOTS, 1)
    right = 0.9
    exact = {
        f"{b}{a}{zero}": (right if zero == 0 else 0.1) * (right if a else 0.1) * (right if b else 0.1)
        for zero in (0, 1)
        for a in (0, 1)
        for b in (0, 1)
    }
    assert p_value(counts, exact) > 1e-3


def test_a_seed_repeats_its_counts_and_another_does_not() -> None:
    circuit, noise = random_native(4, 4, 5), NOISES["all"]
    circuit.measure_all()
    assert sample(circuit, noise, 500, 1) == sample(circuit, noise, 500, 1)
    assert sample(circuit, noise, 500, 1) != sample(circuit, noise, 500, 2)


@pytest.mark.parametrize("shots", [1, 7, 1_001])
def test_no_shot_is_lost(shots: int) -> None:
    assert sum(sample(dynamic_circuit(), NOISES["strong"], shots, 4).values()) == shots


def test_free_parameters_and_wide_gates_are_refused() -> None:
    from qiskit.circuit import Parameter

    free, wide = QuantumCircuit(1, 1), QuantumCircuit(3, 1)
    free.ry(Parameter("theta"), 0)
    wide.ccx(0, 1, 2)
    with pytest.raises(CircuitRejected, match="theta"):
        sample(free, NOISES["all"], 10, 1)
    with pytest.raises(CircuitRejected, match="one of 3"):
        sample(wide, NOISES["all"], 10, 1)
