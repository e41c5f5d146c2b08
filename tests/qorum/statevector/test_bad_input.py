"""What cannot be simulated is refused in words: what was expected, what was found."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter, ParameterVector
from qiskit.circuit.library import UnitaryGate

from qorum.errors import CircuitRejected
from qorum.statevector import hardware
from qorum.statevector.evolution import CPU, Circuit
from qorum.statevector.hardware import largest_circuit
from qorum.statevector.observables import PauliSum
from qorum.statevector.shift import parameter_shift
from qorum.statevector.simulate import sample, statevector

NAN, INF = float("nan"), float("inf")


def ansatz(num_parameters: int = 3) -> QuantumCircuit:
    p = ParameterVector("p", num_parameters)
    circuit = QuantumCircuit(2, name="ansatz")
    for place in range(num_parameters):
        circuit.ry(p[place], place % 2)
        circuit.cx(0, 1)
    return circuit


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_parameters_that_are_not_finite_are_refused(value: float) -> None:
    planned = Circuit(ansatz())
    with pytest.raises(CircuitRejected, match="ansatz: finite parameters expected, found NaN or infinity"):
        planned.states([0.1, value, 0.2])
    with pytest.raises(CircuitRejected, match="finite"):
        planned.states([[0.1, 0.2, 0.3], [0.1, 0.2, value]])
    with pytest.raises(CircuitRejected, match="finite"):
        parameter_shift(planned, PauliSum.from_terms(2, [["ZZ", 1.0]]), [0.1, value, 0.2])


def test_infinities_that_cancel_are_refused_too() -> None:
    with pytest.raises(CircuitRejected, match="finite"):
        Circuit(ansatz()).states([INF, -INF, 0.2])


def test_large_finite_parameters_are_accepted() -> None:
    states = Circuit(ansatz(), dtype=torch.complex128).states([1e6, -3e6, 0.2])
    assert float(states.norm()) == pytest.approx(1)


@pytest.mark.parametrize("value", [NAN, INF])
def test_bound_angles_that_are_not_finite_are_refused(value: float) -> None:
    circuit = QuantumCircuit(1, name="bound")
    circuit.rx(value, 0)
    with pytest.raises(CircuitRejected, match="bound: a finite angle expected"):
        statevector(circuit)


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ([0.1, 0.2], "found 2"),
        ([0.1, 0.2, 0.3, 0.4], "found 4"),
        ([], "found 0"),
        ([[0.1, 0.2]], "found 1x2"),
        ([[[0.1, 0.2, 0.3]]], "found 1x1x3"),
        (0.5, "found one number"),
        (None, "found none"),
    ],
)
def test_another_number_of_parameters_is_refused(given, found: str) -> None:
    with pytest.raises(CircuitRejected, match=rf"3.* expected, {found}"):
        Circuit(ansatz()).states(given)


def test_parameters_of_a_circuit_without_any_are_refused() -> None:
    with pytest.raises(CircuitRejected, match=r"expected, found 1"):
        Circuit(QuantumCircuit(1)).states([0.3])


def test_free_parameters_cannot_be_sampled() -> None:
    with pytest.raises(CircuitRejected, match=r"ansatz: bound parameters expected, found free ones: p\[0\]"):
        sample(ansatz(), 10, 1)
    with pytest.raises(CircuitRejected, match=r"ansatz: .* parameters expected, found"):
        statevector(ansatz())


def nonlinear() -> list:
    a, b = Parameter("a"), Parameter("b")
    return [a * b, a**2, a.sin(), a / (b + 2), a.exp() - b, abs(a)]


@pytest.mark.parametrize("angle", nonlinear(), ids=str)
def test_angles_that_are_not_linear_are_refused(angle) -> None:
    circuit = QuantumCircuit(1, name="curved")
    circuit.rx(angle, 0)
    with pytest.raises(CircuitRejected, match="curved: an angle that is linear in its parameters expected"):
        Circuit(circuit)


def test_products_are_accepted_once_they_are_bound() -> None:
    a, b = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(1)
    circuit.ry(a * b + a**2, 0)
    bound = circuit.assign_parameters({a: 0.4})
    state = Circuit(bound, dtype=torch.complex128).states([0.5])[0]
    assert float(state[1].real) == pytest.approx(np.sin((0.4 * 0.5 + 0.16) / 2), abs=1e-14)


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_circuits_larger_than_the_memory_are_told_the_largest_that_fits(dtype: torch.dtype) -> None:
    most = largest_circuit(dtype, CPU)
    circuit = QuantumCircuit(most + 1, name="wide")
    circuit.h(0)
    kind = str(dtype).removeprefix("torch.")
    for attempt in (
        lambda: statevector(circuit, dtype=dtype),
        lambda: Circuit(circuit, dtype=dtype),
        lambda: sample(circuit, 1, 1, dtype=dtype),
    ):
        with pytest.raises(CircuitRejected, match=f"at most {most} qubits .* cpu .*{kind}, found {most + 1}"):
            attempt()


def test_thousands_of_qubits_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CircuitRejected, match="found 5000"):
        statevector(QuantumCircuit(5000))


def test_observables_on_missing_qubits_are_refused() -> None:
    observable = PauliSum.from_terms(3, [["ZII", 1.0]])
    states = Circuit(ansatz()).states([0.1, 0.2, 0.3])
    for attempt in (observable.expectation, observable.variance, observable.apply):
        with pytest.raises(CircuitRejected, match="at most 2 qubits expected, found one on 3"):
            attempt(states)
    with pytest.raises(CircuitRejected, match="ansatz: an observable on at most 2 qubits"):
        parameter_shift(Circuit(ansatz()), observable, [0.1, 0.2, 0.3])


def test_states_of_no_number_of_qubits_are_refused() -> None:
    with pytest.raises(CircuitRejected, match=r"complex states of shape \[\.\.\., 2\*\*n\] expected"):
        PauliSum.from_terms(1, [["Z", 1.0]]).expectation(torch.zeros(6, dtype=torch.complex64))
    with pytest.raises(CircuitRejected, match="complex states"):
        PauliSum.from_terms(1, [["Z", 1.0]]).apply(torch.zeros(4))


def test_matrices_that_are_not_unitary_are_refused() -> None:
    with pytest.raises(ValueError, match="not unitary"):  # by Qiskit, unless it is told not to look
        UnitaryGate([[1, 1], [0, 1]])
    circuit = QuantumCircuit(1, 1, name="shear")
    circuit.append(UnitaryGate([[1, 1], [0, 1]], check_input=False), [0])
    circuit.measure(0, 0)
    with pytest.raises(CircuitRejected, match="shear: a unitary matrix expected of 'unitary'"):
        sample(circuit, 10, 1)


def test_matrices_with_nan_are_refused() -> None:
    class Broken(Gate):
        def __array__(self, dtype=None, copy=None) -> np.ndarray:
            return np.full((2, 2), NAN, dtype=dtype or complex)

    circuit = QuantumCircuit(1, name="broken")
    circuit.append(Broken("hole", 1, []), [0])
    with pytest.raises(CircuitRejected, match="broken: finite numbers expected in the matrix of 'hole'"):
        statevector(circuit)


def test_gates_without_matrix_or_definition_are_refused_by_name() -> None:
    circuit = QuantumCircuit(2, name="opaque")
    circuit.append(Gate("oracle", 2, []), [0, 1])
    with pytest.raises(CircuitRejected, match=r"opaque: a gate with a matrix or a definition .*'oracle'"):
        statevector(circuit)


@pytest.mark.skipif(not torch.backends.mps.is_available(), reason="needs an Apple GPU")
def test_double_precision_on_an_apple_gpu_is_refused() -> None:
    with pytest.raises(CircuitRejected, match="complex64 expected on mps, found complex128"):
        Circuit(QuantumCircuit(2), dtype=torch.complex128, device=torch.device("mps"))


def test_dtypes_that_a_device_cannot_compute_with_are_refused() -> None:
    for refused in (torch.complex128, torch.float32):
        with pytest.raises(CircuitRejected, match="complex64 expected on mps, found"):
            hardware.refuse_unfit("c", refused, torch.device("mps"))
    with pytest.raises(CircuitRejected, match="complex64 or complex128 expected on cpu, found float32"):
        Circuit(QuantumCircuit(2), dtype=torch.float32)


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="needs a machine without an Apple GPU")
def test_an_apple_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(CircuitRejected, match="no device mps here; there are cpu"):
        statevector(QuantumCircuit(2), device=torch.device("mps"))


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_devices_that_are_not_there_are_refused() -> None:
    with pytest.raises(CircuitRejected, match="no device cuda here; there are cpu"):
        statevector(QuantumCircuit(2), device=torch.device("cuda"))


def test_refusals_survive_pickling() -> None:
    with pytest.raises(CircuitRejected) as caught:
        Circuit(ansatz()).states([0.1])
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert str(again) == str(caught.value)
