"""What a training minimizes, on every kind of backend."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit

from blocks.objectives import open_objective
from qorum.errors import InputRejected, NoEligibleBackend
from qorum.statevector.observables import PauliSum
from qorum.training.objective import Request
from tests.qorum.training.problems import ansatz, asymmetric, entangled_rotations, points

NOISE = "depolarizing_1q=0.002&depolarizing_2q=0.02&t1_us=100"


@pytest.mark.parametrize("backend", ["aer", "aer?method=density_matrix", "aer?method=matrix_product_state"])
def test_exact_values_of_ideal_backends_agree(backend: str) -> None:
    for circuit in (ansatz(3, 1), entangled_rotations()):
        request = Request(points(circuit, 2), gradient=True)
        exact = open_objective("torch", circuit, asymmetric(3), 0)
        objective = open_objective(backend, circuit, asymmetric(3), 0)
        left, right = exact.evaluate(request, 0), objective.evaluate(request, 0)
        np.testing.assert_allclose(right.values, left.values, atol=1e-9)
        np.testing.assert_allclose(right.gradient, left.gradient, atol=1e-9)


def test_two_engines_agree_on_what_noise_does_to_energies() -> None:
    circuit, observable = ansatz(3, 2), asymmetric(3)
    request = Request(points(circuit, 2), gradient=True)
    ours, theirs = (
        open_objective(f"{name}?{NOISE}", circuit, observable, 0).evaluate(request, 0)
        for name in ("torch", "aer")
    )
    ideal = open_objective("torch", circuit, observable, 0).evaluate(request, 0)
    np.testing.assert_allclose(ours.values, theirs.values, atol=1e-9)
    np.testing.assert_allclose(ours.gradient, theirs.gradient, atol=1e-9)
    assert (abs(ours.values - ideal.values) > 1e-3).all()


def test_noise_raises_the_lowest_energy() -> None:
    """Of |00> under -ZI - IZ, by the share that four noisy gates leave."""
    circuit = QuantumCircuit(2)
    for _ in range(4):
        circuit.x([0, 1])
        circuit.barrier()
    observable = PauliSum.from_terms(2, [("ZI", -1.0), ("IZ", -1.0)])
    request = Request(np.zeros((1, 0)))
    for name in ("torch", "aer"):
        [value] = (
            open_objective(f"{name}?depolarizing_1q=0.01", circuit, observable, 0).evaluate(request, 0).values
        )
        assert value == pytest.approx(-2 * 0.99**4, abs=1e-9)


@pytest.mark.parametrize("backend", ["torch", "torch?precision=single", "aer", "cirq", "pennylane", "braket"])
def test_samples_of_ideal_backends_agree_with_exact_values(backend: str) -> None:
    circuit, observable = ansatz(3, 1), asymmetric(3)
    request = Request(points(circuit, 2))
    exact = open_objective("torch", circuit, observable, 0).evaluate(request, 0)
    sampled = open_objective(backend, circuit, observable, 4_000)
    answer = sampled.evaluate(request, 5)
    assert (abs(answer.values - exact.values) < 5 * np.sqrt(answer.variances)).all()
    assert (answer.variances > 0).all()
    assert answer.shots == 8_000
    again = open_objective(backend, circuit.copy(), observable, 4_000).evaluate(request, 5)
    assert again.values.tobytes() == answer.values.tobytes()


@pytest.mark.parametrize("backend", [f"torch?{NOISE}", f"torch?method=trajectories&{NOISE}", f"aer?{NOISE}"])
def test_samples_under_noise_agree_with_its_exact_values(backend: str) -> None:
    circuit, observable = ansatz(3, 1), asymmetric(3)
    request = Request(points(circuit))
    exact = open_objective(f"torch?{NOISE}", circuit, observable, 0).evaluate(request, 0)
    answer = open_objective(backend, circuit, observable, 20_000).evaluate(request, 5)
    # What basis rotations add of noise is not in the exact values.
    allowed = 5 * np.sqrt(answer.variances) + 0.01
    assert (abs(answer.values - exact.values) < allowed).all()


def test_gradients_from_samples_of_a_backend_are_those_of_the_engine() -> None:
    circuit, observable = ansatz(2, 1), asymmetric(2)
    request = Request(points(circuit), gradient=True, metric=True)
    exact = open_objective("torch", circuit, observable, 0).evaluate(request, 0)
    answer = open_objective("aer", circuit, observable, 40_000).evaluate(request, 5)
    np.testing.assert_allclose(answer.gradient, exact.gradient, atol=0.05)
    np.testing.assert_allclose(answer.metric, exact.metric, atol=0.01)


def test_a_fake_device_is_trained_on_through_its_layout() -> None:
    """Each string of its own: a wrong layout would read the wrong qubit."""
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.cx(0, 2)
    for place, expected in enumerate((-1, 1, -1)):
        label = "I" * (2 - place) + "Z" + "I" * place
        observable = PauliSum.from_terms(3, [(label, 1.0)])
        request = Request(np.zeros((1, 0)))
        exact = open_objective("aer?noise=fake_manila", circuit, observable, 0).evaluate(request, 0)
        sampled = open_objective("aer?noise=fake_manila", circuit, observable, 500).evaluate(request, 0)
        assert exact.values[0] == pytest.approx(expected, abs=0.1)
        assert sampled.values[0] == pytest.approx(expected, abs=0.3)
        assert abs(exact.values[0]) < 1 - 1e-6 or expected == 1


@pytest.mark.parametrize("backend", ["aer", "aer?method=density_matrix", "aer?depolarizing_2q=1e-12"])
def test_idle_qubits_do_not_mix_up_observables(backend: str) -> None:
    random = np.random.default_rng(3)
    for _ in range(10):
        circuit = QuantumCircuit(6)
        for first, second in zip(*[iter(random.permutation(6)[:4].tolist())] * 2, strict=True):
            circuit.rx(random.normal(), first)
            circuit.ry(random.normal(), second)
            circuit.cx(first, second)
        request = Request(np.zeros((1, 0)))
        for label in ("".join(random.choice(list("IXYZ"), 6)) for _ in range(3)):
            observable = PauliSum.from_terms(6, [(label, 0.7), ("IIIIIZ", 0.2)])
            exact = open_objective("torch", circuit, observable, 0).evaluate(request, 0)
            found = open_objective(backend, circuit, observable, 0).evaluate(request, 0)
            np.testing.assert_allclose(found.values, exact.values, atol=1e-9)


@pytest.mark.parametrize(
    ("backend", "shots", "reason"),
    [
        ("aer?method=stabilizer", 0, "Clifford"),
        ("aer?method=stabilizer", 100, "Clifford"),
        ("cirq", 0, "only samples: set shots"),
        (f"torch?method=trajectories&{NOISE}", 0, "only samples: set shots"),
        ("aer", 10_000_000, "at most 1000000 shots"),
        ("nowhere", 0, "unknown"),
    ],
)
def test_a_backend_that_cannot_do_it_is_refused_with_words(backend: str, shots: int, reason: str) -> None:
    with pytest.raises(NoEligibleBackend, match=reason):
        open_objective(backend, ansatz(2, 1), asymmetric(2), shots)


def test_a_circuit_wider_than_the_device_is_refused() -> None:
    with pytest.raises(NoEligibleBackend, match="at most 5 qubits expected, found 6"):
        open_objective("aer?noise=fake_manila", ansatz(6, 1), asymmetric(6), 100)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_here_is_refused(device: str) -> None:
    present = torch.cuda.is_available() if device == "cuda" else torch.backends.mps.is_available()
    if present:
        pytest.skip("it is here")
    with pytest.raises(NoEligibleBackend, match=f"no {device} device on this machine"):
        open_objective(f"torch?device={device}", ansatz(2, 1), asymmetric(2), 0)


@pytest.mark.parametrize("shots", [-1, 1.5, True, "100"])
def test_shots_that_are_no_number_of_samples_are_refused(shots) -> None:
    with pytest.raises(InputRejected, match="a whole number"):
        open_objective("torch", ansatz(2, 1), asymmetric(2), shots)


def test_measurements_and_branches_are_refused() -> None:
    circuit = ansatz(2, 1)
    circuit.measure_all()
    for shots in (0, 100):
        with pytest.raises(InputRejected, match="without classical bits"):
            open_objective("aer", circuit, asymmetric(2), shots)
    resetting = ansatz(2, 1)
    resetting.reset(0)
    with pytest.raises(InputRejected, match="reset"):
        open_objective("torch", resetting, asymmetric(2), 0)
    with pytest.raises(InputRejected, match="reset"):
        open_objective("aer", resetting, asymmetric(2), 100)
