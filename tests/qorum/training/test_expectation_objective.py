"""Expectation values of bound circuits: the engine with noise, and how circuits are compiled and bound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import DensityMatrix
from qiskit.transpiler import CouplingMap, Target

from qorum.backends import BackendProfile, ExpectationBackend
from qorum.circuits.native import ideal_target
from qorum.counts import Counts
from qorum.errors import InputRejected
from qorum.statevector.expectations import expectation
from qorum.statevector.noise import NoiseModel
from qorum.statevector.observables import PauliSum
from qorum.training.bound_circuits import BoundCircuits, compiler_for, measured_in
from qorum.training.engine_objective import EngineObjective
from qorum.training.expectation_objective import ExpectationObjective
from qorum.training.measurement import Basis
from qorum.training.objective import Request
from qorum.training.work import run_on

from .problems import ansatz, asymmetric, entangled_rotations, points, slopes

LINE = Target.from_configuration(
    ["sx", "rz", "cx", "measure"],
    num_qubits=6,
    coupling_map=CouplingMap([(3, 5), (5, 1), (1, 0), (0, 4), (4, 2)]),
)
"""A device whose neighbours are not those of the circuits."""


class Engine:
    """The engine behind a target of its own, with noise or without."""

    can_expect = True

    def __init__(self, target: Target, noise: NoiseModel, max_circuits: int = 1_000) -> None:
        self._target, self._noise, self._most = target, noise, max_circuits
        self.batches: list[int] = []

    def profile(self) -> BackendProfile:
        return BackendProfile(
            "engine", "qorum", "torch", "cpu", "cpu", 6, self._target, max_circuits=self._most
        )

    def run(self, circuits: Sequence[QuantumCircuit], shots: int, seeds: Sequence[int]) -> list[Counts]:
        raise NotImplementedError("this backend only knows expectation values")

    def expectation(self, circuits: Sequence[QuantumCircuit], observables: Sequence[PauliSum]) -> list[float]:
        self.batches.append(len(circuits))
        return [expectation(c, o, self._noise) for c, o in zip(circuits, observables, strict=True)]


def engine(target: Target = LINE, noise: NoiseModel | None = None) -> ExpectationBackend:
    return Engine(target, noise or NoiseModel())


def bound_on(target: Target, circuit: QuantumCircuit, at: np.ndarray) -> list[QuantumCircuit]:
    profile = engine(target).profile()
    (work,) = BoundCircuits("engine", [circuit], compiler_for(profile, 0), 9).work(at, shots=1)
    return work.bound()


@pytest.mark.parametrize("circuit", [ansatz(4, 1), entangled_rotations()])
@pytest.mark.parametrize("target", [LINE, ideal_target(dynamic=True)])
def test_compiled_circuits_give_the_energies_and_gradients_of_the_given_one(circuit, target) -> None:
    observable = asymmetric(circuit.num_qubits)
    request = Request(points(circuit, 3), gradient=True)
    exact = EngineObjective(circuit, observable).evaluate(request)
    backend = engine(target)
    answer = ExpectationObjective(backend.profile(), circuit, observable).evaluate(
        request, run=run_on(backend)
    )
    np.testing.assert_allclose(answer.values, exact.values, atol=1e-9)
    np.testing.assert_allclose(answer.gradient, exact.gradient, atol=1e-9)
    assert backend.batches == [answer.circuits]  # type: ignore[attr-defined]


def test_jobs_hold_no_more_circuits_than_the_backend_takes_and_give_the_same_bits() -> None:
    circuit, request = ansatz(3, 1), Request(points(ansatz(3, 1), 2), gradient=True)
    few, many = Engine(LINE, NoiseModel(), 5), Engine(LINE, NoiseModel())
    left, right = (
        ExpectationObjective(own.profile(), circuit, asymmetric(3)).evaluate(request, run=run_on(own))
        for own in (few, many)
    )
    assert few.batches == [5, 5, 4]
    assert many.batches == [14]
    assert left.values.tobytes() == right.values.tobytes()
    assert left.gradient is not None
    assert right.gradient is not None
    assert left.gradient.tobytes() == right.gradient.tobytes()


def test_gradients_with_noise_are_those_of_differences() -> None:
    circuit, noise = entangled_rotations(), NoiseModel(0.01, 0.05, t1=50e-6, t2=40e-6)
    noisy = engine(ideal_target(dynamic=True), noise)
    objective = ExpectationObjective(noisy.profile(), circuit, asymmetric(3))
    where, run = points(circuit), run_on(noisy)
    answer = objective.evaluate(Request(where, gradient=True), run=run)
    differences = slopes(lambda at: objective.evaluate(Request(at), run=run).values, where[0])
    np.testing.assert_allclose(answer.gradient, differences, atol=1e-8)


def test_full_depolarizing_leaves_the_constant_and_none_leaves_the_pure_state() -> None:
    circuit = ansatz(3, 1).assign_parameters(points(ansatz(3, 1))[0])
    observable = asymmetric(3)
    assert expectation(circuit, observable, NoiseModel(1.0, 1.0)) == pytest.approx(observable.constant)
    nearly = expectation(circuit, observable, NoiseModel(1e-13))
    assert nearly == pytest.approx(expectation(circuit, observable, NoiseModel()), abs=1e-9)


def test_a_density_matrix_is_contracted_with_the_ket_first() -> None:
    """One qubit's Y tells a matrix from its transpose."""
    circuit = QuantumCircuit(1)
    circuit.rx(0.8, 0)
    found = expectation(circuit, PauliSum.from_terms(1, [("Y", 1.0)]), NoiseModel(1e-12))
    assert found == pytest.approx(-np.sin(0.8))


def test_the_same_request_gives_the_same_bits_in_a_fresh_object() -> None:
    circuit, observable = ansatz(3, 1), asymmetric(3)
    request = Request(points(circuit, 2), gradient=True)
    used, run = ExpectationObjective(engine().profile(), circuit, observable), run_on(engine())
    used.evaluate(Request(points(circuit, 1, seed=3)), run=run)
    first = used.evaluate(request, run=run)
    again = ExpectationObjective(engine().profile(), circuit.copy(), observable).evaluate(request, 5, run)
    assert first.values.tobytes() == again.values.tobytes()
    assert first.gradient is not None
    assert again.gradient is not None
    assert first.gradient.tobytes() == again.gradient.tobytes()


def test_a_circuit_too_wide_for_the_target_and_a_metric_are_refused() -> None:
    with pytest.raises(InputRejected, match="at most 6 qubits"):
        ExpectationObjective(engine().profile(), ansatz(7, 1), asymmetric(3))
    objective = ExpectationObjective(engine().profile(), ansatz(2, 1), asymmetric(2))
    with pytest.raises(InputRejected, match="no metric"):
        objective.evaluate(Request(np.zeros((1, 4)), metric=True))


def test_measured_circuits_read_the_letters_of_their_basis() -> None:
    """+1 eigenstates of Y, Z and X on qubits 0, 1 and 2 always read 0, whatever the target."""
    circuit = QuantumCircuit(3)
    circuit.rx(-np.pi / 2, 0)
    circuit.ry(np.pi / 2, 2)
    for target in (LINE, ideal_target(dynamic=True)):
        measured = measured_in(circuit, Basis(x=0b101, z=0b001))
        [bound] = bound_on(target, measured, np.zeros((1, 0)))
        readout = {
            bound.find_bit(step.clbits[0]).index: bound.find_bit(step.qubits[0]).index
            for step in bound.data
            if step.name == "measure"
        }
        state = DensityMatrix(bound.remove_final_measurements(inplace=False))
        assert sorted(readout) == [0, 1, 2]
        assert state.probabilities([readout[bit] for bit in range(3)])[0] == pytest.approx(1)


def test_binding_survives_compilation_that_drops_parameters() -> None:
    circuit = ansatz(2, 1)
    measured = measured_in(circuit, Basis())
    bound = bound_on(LINE, measured, points(circuit, 2))
    assert [own.num_parameters for own in bound] == [0, 0]
