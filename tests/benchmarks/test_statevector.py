"""The engines that are compared with one another run the same circuits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from benchmarks._circuits import MARKED, fourier, grover, hardware_efficient, quantum_volume
from benchmarks._engines import Engine, Lightning, Ours, Qulacs, bound, peers
from benchmarks._interleaved import StatesDiffer, check_same, interleaved
from benchmarks._training_energy import ising_chain

CIRCUITS: dict[str, Callable[[int], QuantumCircuit]] = {
    "hardware-efficient ansatz": hardware_efficient,
    "QFT of an entangled state": fourier,
    "QFT of zeros": lambda n: fourier(n, product_input=False),
    "Grover": grover,
    "quantum volume": quantum_volume,
}


def engines() -> list[Engine]:
    return [Ours(cold=True), Ours(cold=False), Ours(cold=False, double=True), Lightning(double=True)]


@pytest.mark.parametrize("num_qubits", [4, 5, 6])
@pytest.mark.parametrize("family", CIRCUITS)
def test_every_engine_reaches_the_state_that_qiskit_reaches(family: str, num_qubits: int) -> None:
    circuit = CIRCUITS[family](num_qubits)
    values = np.random.default_rng(num_qubits).uniform(-3, 3, circuit.num_parameters).tolist()
    expected = Statevector(bound(circuit, values)).data
    for engine in [*engines(), *peers()[0]]:
        job = engine.job(circuit, values)
        job.run()
        found = job.amplitudes(job.run())  # a second run starts anew
        assert found.shape == expected.shape
        assert abs(np.vdot(expected, found)) ** 2 == pytest.approx(1, abs=1e-5), engine.name


def test_qulacs_with_free_parameters_reaches_the_same_state() -> None:
    pytest.importorskip("qulacs")
    circuit = hardware_efficient(4)
    _, run = Qulacs().parametric(circuit)
    for seed in (1, 2):
        values = np.random.default_rng(seed).uniform(-3, 3, circuit.num_parameters).tolist()
        expected = Statevector(bound(circuit, values)).data
        assert abs(np.vdot(expected, run(values).get_vector())) ** 2 == pytest.approx(1, abs=1e-9)


def test_figures_of_engines_that_differ_are_refused() -> None:
    class Wrong(Ours):
        def job(self, circuit: QuantumCircuit, values: object = ()) -> object:
            return super().job(circuit.reverse_bits(), values)

    with pytest.raises(StatesDiffer, match="QFT-5: fidelity"):
        check_same(Ours(cold=True), [Wrong(cold=True)], fourier(5), [])


def test_three_iterations_of_grover_raise_the_marked_state() -> None:
    probabilities = Statevector(grover(5)).probabilities()
    assert int(probabilities.argmax()) == MARKED % 32
    assert probabilities.max() == pytest.approx(np.sin(7 * np.arcsin(32**-0.5)) ** 2)


def test_the_ising_chain_has_its_known_ground_energy() -> None:
    n = 6
    exact = 1 - 1 / np.sin(np.pi / (2 * (2 * n + 1)))  # critical, open ends (Pfeuty 1970)
    assert np.linalg.eigvalsh(ising_chain(n).to_matrix())[0] == pytest.approx(exact)


def test_every_round_times_everything() -> None:
    order: list[str] = []
    timings = interleaved(
        3, lambda _: {name: lambda name=name: order.append(name) for name in "ab"}, repeat=2
    )
    assert "".join(order) == "aabb" + "bbaa" + "aabb"
    assert {name: len(seconds) for name, seconds in timings.seconds.items()} == {"a": 3, "b": 3}
