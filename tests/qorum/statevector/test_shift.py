"""Parameter-shift gradients against autograd and finite differences."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.library import MCPhaseGate, PauliEvolutionGate, RYGate, get_standard_gate_name_mapping
from qiskit.quantum_info import SparsePauliOp, Statevector

from qorum.errors import CircuitRejected
from qorum.statevector import shift
from qorum.statevector.evolution import Circuit
from qorum.statevector.observables import PauliSum
from qorum.statevector.shift import parameter_shift, shifted_parameters
from qorum.statevector.shift_rules import shift_rule
from tests.qorum.statevector.circuits import free_circuits

OBSERVABLE = SparsePauliOp(["XYZ", "ZIZ", "IIX", "YXI", "III"], [0.7, 0.3, 1.0, -0.6, 0.2])
PARAMETRIC = sorted(
    name
    for name, gate in get_standard_gate_name_mapping().items()
    if gate.params and name not in ("delay", "global_phase")
)


def autograd(circuit: Circuit, observable: PauliSum, parameters: torch.Tensor) -> torch.Tensor:
    free = parameters.clone().requires_grad_()
    energies = observable.expectation(circuit.states(free))
    energies.sum().backward()
    assert free.grad is not None
    return free.grad


def finite_differences(circuit: QuantumCircuit, at: np.ndarray) -> np.ndarray:
    def energy(values: np.ndarray) -> float:
        return Statevector(circuit.assign_parameters(values)).expectation_value(OBSERVABLE).real

    steps = 1e-5 * np.eye(len(at))
    return np.array([(energy(at + step) - energy(at - step)) / 2e-5 for step in steps])


def entangled() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    for qubit in range(3):
        circuit.u(0.8 + qubit, 0.3, 0.5 - qubit, qubit)
    circuit.cx([0, 1], [1, 2])
    return circuit


@pytest.mark.parametrize("name", PARAMETRIC)
@pytest.mark.parametrize("scale", [1.0, -0.5])
def test_the_rule_of_each_gate_is_exact(name: str, scale: float) -> None:
    gate = get_standard_gate_name_mapping()[name].to_mutable()
    free = ParameterVector("p", len(gate.params))
    gate.params = [scale * parameter + 0.3 for parameter in free]
    circuit = entangled()
    circuit.append(gate, [2, 0, 1][: gate.num_qubits])
    circuit.rx(0.4, [0, 1, 2])
    at = np.array([0.7, -1.2, 0.45, 2.0][: len(free)])
    planned, observable = Circuit(circuit, dtype=torch.complex128), PauliSum.from_qiskit(OBSERVABLE)
    found = parameter_shift(planned, observable, torch.tensor(at)).numpy()
    assert np.allclose(found, finite_differences(circuit, at), atol=1e-8)
    assert np.allclose(found, autograd(planned, observable, torch.tensor(at)).numpy(), atol=1e-12)


def shared_parameters() -> QuantumCircuit:
    """Parameters in many gates, scaled, summed, in phases, and in gates known by definition alone."""
    p = ParameterVector("p", 4)
    circuit = entangled()
    circuit.crx(p[0], 0, 1)
    circuit.cp(2 * p[1] - p[0] + 0.3, 1, 2)
    circuit.u(p[2], p[3], p[0], 0)
    circuit.append(MCPhaseGate(p[3], 2), [0, 1, 2])
    circuit.append(RYGate(p[1]).control(2, ctrl_state=1), [0, 1, 2])
    circuit.cu(p[0], p[1], p[2], p[3], 0, 1)
    circuit.crz(-p[0], 0, 1)
    circuit.append(PauliEvolutionGate(SparsePauliOp(["XYZ", "ZZI"]), time=p[2]), [0, 1, 2])
    circuit.global_phase = p[0]
    return circuit


AT = np.array([0.3, 0.7, -0.9, 1.1])


def test_parameters_shared_by_many_gates_obey_the_chain_rule() -> None:
    circuit = shared_parameters()
    planned, observable = Circuit(circuit, dtype=torch.complex128), PauliSum.from_qiskit(OBSERVABLE)
    batch = torch.tensor(np.stack([AT, AT + 1, 0 * AT]))
    found = parameter_shift(planned, observable, batch)
    assert found.shape == (3, 4)
    for gradient, at in zip(found.numpy(), batch.numpy(), strict=True):
        assert np.allclose(gradient, finite_differences(circuit, at), atol=1e-8)
    assert torch.allclose(found, autograd(planned, observable, batch), atol=1e-12)


def test_batches_that_fit_the_memory_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    observable = PauliSum.from_qiskit(OBSERVABLE)
    whole = parameter_shift(Circuit(shared_parameters(), dtype=torch.complex128), observable, AT)
    monkeypatch.setattr(shift, "BATCH_AMPLITUDES", 5 << 3)
    parts = parameter_shift(Circuit(shared_parameters(), dtype=torch.complex128), observable, AT)
    assert torch.allclose(whole, parts, atol=1e-13)


def test_energies_of_another_simulator_give_the_same_gradient() -> None:
    circuit = shared_parameters()
    shifted = shifted_parameters(circuit, AT)
    assert shifted.bindings.shape[1] == shifted.circuit.num_parameters
    energies = [
        Statevector(shifted.circuit.assign_parameters(binding)).expectation_value(OBSERVABLE).real
        for binding in shifted.bindings
    ]
    assert np.allclose(shifted.coefficients @ energies, finite_differences(circuit, AT), atol=1e-8)


def test_final_measurements_stay_in_shifted_circuits() -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.ry(2 * Parameter("a"), 0)
    circuit.measure(0, 0)
    shifted = shifted_parameters(circuit, [0.2])
    assert shifted.circuit.count_ops() == {"ry": 1, "measure": 1}
    assert np.allclose(shifted.bindings[:, 0], [0.4 + pi / 2, 0.4 - pi / 2])
    assert np.allclose(shifted.coefficients, [[1.0, -1.0]])


def test_the_order_of_many_parameters_is_qiskits() -> None:
    """Eleven of a vector, where p[10] follows p[9], and a name that sorts before them."""
    p, first = ParameterVector("p", 11), Parameter("a")
    circuit = QuantumCircuit(3)
    for place in (10, 3, 7, 0, 5, 9, 1, 8, 2, 6, 4):
        circuit.ry(p[place], place % 3)
        circuit.cx(place % 3, (place + 1) % 3)
    circuit.rx(first, 1)
    at = np.linspace(-1, 2, 12)
    found = parameter_shift(Circuit(circuit, dtype=torch.complex128), PauliSum.from_qiskit(OBSERVABLE), at)
    assert np.allclose(found.numpy(), finite_differences(circuit, at), atol=1e-8)
    shifted = shifted_parameters(circuit, at)
    energies = [
        Statevector(shifted.circuit.assign_parameters(binding)).expectation_value(OBSERVABLE).real
        for binding in shifted.bindings
    ]
    assert np.allclose(shifted.coefficients @ energies, found.numpy(), atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(circuit=free_circuits(num_qubits=3), seed=st.integers(0, 1000))
def test_shifts_and_autograd_agree_on_any_circuit(circuit: QuantumCircuit, seed: int) -> None:
    planned, observable = Circuit(circuit, dtype=torch.complex128), PauliSum.from_qiskit(OBSERVABLE)
    at = torch.from_numpy(np.random.default_rng(seed).uniform(-4, 4, circuit.num_parameters))
    found = parameter_shift(planned, observable, at)
    assert found.shape == at.shape
    if circuit.num_parameters:
        assert torch.allclose(found, autograd(planned, observable, at), atol=1e-11)


def test_the_known_rules_are_found() -> None:
    assert np.allclose(shift_rule((1.0,)), [(pi / 2, 0.5), (-pi / 2, -0.5)])
    plus, minus = (sqrt(2) + 1) / (4 * sqrt(2)), (sqrt(2) - 1) / (4 * sqrt(2))
    four = [(pi / 2, plus), (-pi / 2, -plus), (3 * pi / 2, -minus), (-3 * pi / 2, minus)]
    assert np.allclose(shift_rule((0.5, 1.0)), four)


@pytest.mark.parametrize("count", [1, 3, 8, 20])
def test_a_rule_is_exact_for_series_of_its_frequencies(count: int) -> None:
    frequencies = tuple(0.5 * k for k in range(1, count + 1))
    random = np.random.default_rng(count)
    a, b = random.normal(size=(2, count))
    w = np.array(frequencies)

    def series(t: float) -> float:
        return float(a @ np.cos(w * t) + b @ np.sin(w * t))

    derivative = float(b @ (w * np.cos(w * 0.3)) - a @ (w * np.sin(w * 0.3)))
    found = sum(c * series(0.3 + s) for s, c in shift_rule(frequencies))
    assert found == pytest.approx(derivative, abs=1e-9 * count)


def test_what_has_no_gradient_is_refused_with_its_reason() -> None:
    observable = PauliSum.from_qiskit(OBSERVABLE)
    narrow = QuantumCircuit(2, name="narrow")
    narrow.rx(Parameter("a"), 0)
    with pytest.raises(CircuitRejected, match="narrow: an observable on at most 2 qubits"):
        parameter_shift(Circuit(narrow), observable, [0.1])
    with pytest.raises(CircuitRejected, match=r"1 finite parameters expected"):
        shifted_parameters(narrow, [0.1, 0.2])
    with pytest.raises(CircuitRejected, match="finite"):
        shifted_parameters(narrow, [float("nan")])
    square = QuantumCircuit(1)
    square.rx(Parameter("a") ** 2, 0)
    with pytest.raises(CircuitRejected, match="linear"):
        shifted_parameters(square, [0.1])
    dynamic = QuantumCircuit(1, 1)
    dynamic.rx(Parameter("a"), 0)
    dynamic.measure(0, 0)
    dynamic.x(0)
    with pytest.raises(CircuitRejected, match="mid-circuit"):
        shifted_parameters(dynamic, [0.1])
