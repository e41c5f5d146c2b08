"""Density matrices against Aer's with the same noise, and against arithmetic by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.quantum_info import DensityMatrix
from qiskit_aer import AerSimulator
from scipy.stats import chi2_contingency

from blocks.backends._aer_noise import given_noise
from qorum.errors import CircuitRejected
from qorum.statevector.density import density_matrix, sample
from qorum.statevector.hardware import largest_circuit
from qorum.statevector.noise import NoiseModel

from .noisy_circuits import NOISES, dynamic_circuit, p_value, random_native

SHOTS = 20_000


def aers_density_matrix(circuit: QuantumCircuit, noise: NoiseModel) -> np.ndarray:
    saved = circuit.copy()
    saved.save_density_matrix()
    simulator = AerSimulator(method="density_matrix", max_parallel_threads=1)
    result = simulator.run(saved, noise_model=given_noise(noise)).result()
    return np.asarray(result.data(0)["density_matrix"])


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 4])
def test_the_density_matrix_is_aers(num_qubits: int, noise: NoiseModel) -> None:
    for seed in range(2):
        circuit = random_native(num_qubits, 5, seed)
        exact = aers_density_matrix(circuit, noise)
        mine = density_matrix(circuit, noise, dtype=torch.complex128).numpy()
        assert np.abs(mine - exact).max() < 1e-10
        assert np.abs(density_matrix(circuit, noise).numpy() - exact).max() < 1e-5


def test_a_reset_in_noise_is_aers() -> None:
    circuit = random_native(3, 4, 1)
    circuit.reset(1)
    circuit.ry(0.3, 1)
    circuit.cx(1, 0)
    noise = NOISES["all"]
    mine = density_matrix(circuit, noise, dtype=torch.complex128).numpy()
    assert np.abs(mine - aers_density_matrix(circuit, noise)).max() < 1e-10


@settings(max_examples=15, deadline=None)
@given(num_qubits=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_without_noise_it_is_the_projector_on_the_state(num_qubits: int, seed: int) -> None:
    circuit = random_native(num_qubits, 4, seed)
    mine = density_matrix(circuit, NoiseModel(), dtype=torch.complex128).numpy()
    assert np.abs(mine - DensityMatrix(circuit).data).max() < 1e-12


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
def test_samples_are_those_of_the_diagonal_with_flipped_readouts(noise: NoiseModel) -> None:
    circuit = random_native(3, 5, 2)
    populations = np.diag(aers_density_matrix(circuit, noise)).real.reshape(2, 2, 2)
    error = noise.readout_error
    flip = np.array([[1 - error, error], [error, 1 - error]])
    read = np.einsum("ia,jb,kc,abc->ijk", flip, flip, flip, populations).ravel()
    circuit.measure_all()
    exact = {f"{outcome:03b}": float(read[outcome]) for outcome in range(8)}
    assert p_value(sample(circuit, noise, SHOTS, 7), exact) > 1e-3


def test_a_certain_readout_error_flips_every_bit() -> None:
    circuit = QuantumCircuit(2, 4)
    circuit.x(0)
    circuit.measure([0, 1, 0], [0, 1, 3])
    assert sample(circuit, NoiseModel(readout_error=1), 100, 1) == {"0010": 100}


def test_two_readouts_of_one_qubit_err_independently() -> None:
    circuit = QuantumCircuit(1, 2)
    circuit.measure([0, 0], [0, 1])
    counts = sample(circuit, NoiseModel(readout_error=0.2), SHOTS, 1)
    assert p_value(counts, {"00": 0.64, "01": 0.16, "10": 0.16, "11": 0.04}) > 1e-3


def test_a_wrong_record_decides_and_the_state_stays_as_it_was() -> None:
    """The bit is recorded wrong in a fifth of the shots, in which the other qubit is flipped."""
    circuit = QuantumCircuit(2, 3)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)):
        circuit.x(1)
    circuit.x(0)
    circuit.measure([0, 1], [1, 2])
    counts = sample(circuit, NoiseModel(readout_error=0.2), SHOTS, 3)
    exact = {
        f"{second}{first}{record}": (0.2 if record else 0.8)
        * (0.8 if first else 0.2)
        * (0.8 if second == record else 0.2)
        for record in (0, 1)
        for first in (0, 1)
        for second in (0, 1)
    }
    assert p_value(counts, exact) > 1e-3


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
def test_dynamic_circuits_are_sampled_as_aer_does(noise: NoiseModel) -> None:
    circuit = dynamic_circuit()
    mine = sample(circuit, noise, SHOTS, 5)
    simulator = AerSimulator(method="density_matrix", max_parallel_threads=1)
    result = simulator.run(circuit, noise_model=given_noise(noise), shots=SHOTS, seed_simulator=2).result()
    aers = {key.replace(" ", ""): count for key, count in result.get_counts().items()}
    keys = sorted(key for key in mine.keys() | aers.keys() if mine.get(key, 0) + aers.get(key, 0) >= 10)
    assert sum(mine.get(key, 0) for key in keys) > 0.99 * SHOTS
    table = [[histogram.get(key, 0) for key in keys] for histogram in (mine, aers)]
    assert chi2_contingency(table).pvalue > 1e-3


def test_a_state_that_depends_on_a_measurement_is_refused() -> None:
    with pytest.raises(CircuitRejected, match="found a measurement or if"):
        density_matrix(dynamic_circuit(), NOISES["all"])


def test_a_gate_of_three_qubits_is_refused_under_noise() -> None:
    circuit = QuantumCircuit(3, name="toffoli")
    circuit.ccx(0, 1, 2)
    with pytest.raises(CircuitRejected, match=r"toffoli: .*one of 3: compile"):
        density_matrix(circuit, NOISES["all"])


def test_what_does_not_fit_is_refused_before_anything_is_allocated() -> None:
    most = largest_circuit(torch.complex64, torch.device("cpu"), "density matrix")
    with pytest.raises(CircuitRejected, match=f"at most {most} qubits fit"):
        sample(QuantumCircuit(most + 1, 1), NoiseModel(), 10, 1)
