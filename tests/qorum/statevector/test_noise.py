"""Channels against the textbook's maps, Qiskit's and Aer's; noise models that cannot be."""

from __future__ import annotations

from math import exp

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qiskit.quantum_info import Kraus, SuperOp
from qiskit_aer.noise import depolarizing_error, thermal_relaxation_error

from qorum.statevector.noise import Channel, NoiseModel, depolarizing, thermal_relaxation

probabilities = st.floats(0, 1)
ratios = st.floats(1e-3, 2)
times = st.floats(1e-6, 50)


def random_density(num_qubits: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(2, 2**num_qubits, 2**num_qubits))
    rho = (root[0] + 1j * root[1]) @ (root[0] + 1j * root[1]).conj().T
    return rho / np.trace(rho)


def acted(channel: Channel, rho: np.ndarray) -> np.ndarray:
    return sum(operator @ rho @ operator.conj().T for operator in channel.operators)


@given(probability=probabilities, num_qubits=st.integers(1, 2), seed=st.integers(0, 99))
def test_depolarizing_mixes_in_the_fully_mixed_state(probability: float, num_qubits: int, seed: int) -> None:
    rho = random_density(num_qubits, seed)
    mixed = np.eye(2**num_qubits) / 2**num_qubits
    expected = (1 - probability) * rho + probability * mixed
    assert np.allclose(acted(depolarizing(probability, num_qubits), rho), expected, atol=1e-14)


@given(t2=ratios, time=times, seed=st.integers(0, 99))
def test_relaxation_decays_population_with_t1_and_coherence_with_t2(
    t2: float, time: float, seed: int
) -> None:
    rho = random_density(1, seed)
    after = acted(thermal_relaxation(1.0, t2, time), rho)
    assert after[1, 1] == pytest.approx(rho[1, 1] * exp(-time), abs=1e-14)
    assert after[0, 1] == pytest.approx(rho[0, 1] * exp(-time / t2), abs=1e-14)
    assert np.trace(after) == pytest.approx(1, abs=1e-14)


@given(t2=ratios, time=st.floats(1e-6, 5))
def test_what_happens_without_error_is_the_identity_unless_t2_is_close_to_twice_t1(
    t2: float, time: float
) -> None:
    channel = thermal_relaxation(1.0, t2, time)
    assert channel.quiet[0, 0] == pytest.approx(1, abs=1e-15)
    if channel.quiet_is_identity:
        assert np.array_equal(channel.quiet, channel.quiet[0, 0] * np.eye(2))
    else:
        # An error in every state would be likelier than the decay of coherence from |1>.
        assert t2 > 1
        assert channel.quiet_probability == 1


@pytest.mark.parametrize(
    ("mine", "aers"),
    [
        (depolarizing(0.07, 1), depolarizing_error(0.07, 1)),
        (depolarizing(0.07, 2), depolarizing_error(0.07, 2)),
        (thermal_relaxation(3.0, 2.0, 0.5), thermal_relaxation_error(3.0, 2.0, 0.5)),
        (thermal_relaxation(3.0, 5.5, 0.5), thermal_relaxation_error(3.0, 5.5, 0.5)),
        (thermal_relaxation(3.0, 6.0, 0.5), thermal_relaxation_error(3.0, 6.0, 0.5)),
    ],
)
def test_channels_are_aers(mine: Channel, aers) -> None:
    assert np.allclose(mine.superoperator, SuperOp(aers).data, atol=1e-12)


def test_a_superoperator_is_that_of_its_kraus_operators_as_qiskit_orders_them() -> None:
    generator = np.random.default_rng(3)
    columns = generator.normal(size=(8, 4)) + 1j * generator.normal(size=(8, 4))
    isometry, _ = np.linalg.qr(columns)
    channel = Channel((isometry[:4], isometry[4:]))
    assert np.allclose(channel.superoperator, SuperOp(Kraus(list(channel.operators))).data, atol=1e-14)


def test_operators_that_lose_probability_are_refused() -> None:
    with pytest.raises(ValueError, match=r"off by 1\.0e-01"):
        Channel((np.sqrt(0.9) * np.eye(2),))


@pytest.mark.parametrize("t2", [0.0, 2.1, -1.0])
def test_relaxation_times_that_no_channel_has_are_refused(t2: float) -> None:
    with pytest.raises(ValueError, match="t2 <= 2 t1"):
        thermal_relaxation(1.0, t2, 1.0)


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        ({"depolarizing_1q": 1.1}, "depolarizing_1q"),
        ({"readout_error": -0.1}, "readout_error"),
        ({"depolarizing_2q": float("nan")}, "depolarizing_2q"),
        ({"t1": 1e-6}, "both t1 and t2"),
        ({"t1": 1e-6, "t2": 3e-6}, "t2 <= 2 t1"),
    ],
)
def test_a_noise_model_that_cannot_be_is_refused(figures: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NoiseModel(**figures)


def test_only_a_model_without_any_error_is_ideal() -> None:
    assert NoiseModel().is_ideal
    for figures in (
        {"depolarizing_1q": 0.1},
        {"depolarizing_2q": 0.1},
        {"readout_error": 0.1},
        {"t1": 1.0, "t2": 1.0},
    ):
        assert not NoiseModel(**figures).is_ideal


def test_depolarizing_comes_before_relaxation_and_on_both_qubits_together() -> None:
    noise = NoiseModel(depolarizing_2q=0.1, t1=1e-6, t2=1e-6)
    assert [operands for _, operands in noise.after_gate(2)] == [(0, 1), (0,), (1,)]
    assert [operands for _, operands in noise.after_gate(1)] == [(0,)]
