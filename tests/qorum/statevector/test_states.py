"""States of the engine against dense matrices and Qiskit's statevector, and gradients of states."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, transpile
from qiskit.circuit import ParameterVector
from qiskit.circuit.library import (
    CXGate,
    DiagonalGate,
    HGate,
    MCPhaseGate,
    MCXGate,
    QFTGate,
    RXGate,
    RZGate,
    UnitaryGate,
    XGate,
    n_local,
    quantum_volume,
)
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import Operator, Statevector, random_unitary

from qorum.circuits.native import ideal_target
from qorum.statevector.evolution import Circuit, Evolution
from qorum.statevector.observables import PauliSum
from qorum.statevector.program import lower
from qorum.statevector.simulate import statevector
from tests.qorum.statevector.circuits import GATES, free_circuits

DTYPES = [torch.complex64, torch.complex128]
TOLERANCE = {torch.complex64: 5e-6, torch.complex128: 1e-13}
SPREAD = {"max_examples": 40, "deadline": None}


def random_states(batch: int, num_qubits: int, dtype: torch.dtype) -> torch.Tensor:
    generator = torch.Generator().manual_seed(7)
    states = torch.randn(batch, 1 << num_qubits, dtype=torch.complex128, generator=generator)
    return (states / states.norm(dim=1, keepdim=True)).to(dtype)


def evolution_of(circuit: QuantumCircuit, dtype: torch.dtype) -> tuple[Evolution, torch.Tensor]:
    """Of a bound circuit, for any initial state, and what its slots hold."""
    program = lower(circuit)
    evolution = Evolution(program.elements("any"), circuit.num_qubits, len(program.angles), dtype=dtype)
    return evolution, torch.tensor(program.angles.offsets, dtype=torch.float64)


# Against dense matrices


@settings(**SPREAD)
@given(
    circuit=free_circuits(), dtype=st.sampled_from(DTYPES), batch=st.integers(0, 3), seed=st.integers(0, 99)
)
def test_batches_of_parameters_have_the_states_of_dense_matrices(
    circuit: QuantumCircuit, dtype: torch.dtype, batch: int, seed: int
) -> None:
    shape = (circuit.num_parameters,) if batch == 0 else (batch, circuit.num_parameters)
    parameters = np.random.default_rng(seed).uniform(-7, 7, shape)
    states = Circuit(circuit, dtype=dtype).states(torch.from_numpy(parameters))
    assert states.dtype == dtype
    if circuit.num_parameters == 0:
        assert torch.allclose(states, states[:1].expand_as(states))
    else:
        assert len(states) == max(batch, 1)
    for state, values in zip(states, np.atleast_2d(parameters), strict=False):
        exact = Operator(circuit.assign_parameters(values)).data[:, 0]
        assert np.allclose(state.numpy(), exact, atol=TOLERANCE[dtype])


@settings(**SPREAD)
@given(circuit=free_circuits(parameters=0), dtype=st.sampled_from(DTYPES), batch=st.integers(1, 3))
def test_any_initial_states_evolve_by_the_dense_matrix(
    circuit: QuantumCircuit, dtype: torch.dtype, batch: int
) -> None:
    evolution, values = evolution_of(circuit, dtype)
    states = random_states(batch, circuit.num_qubits, dtype)
    before = states.clone()
    found = evolution.of(states, values)
    assert np.allclose(found.numpy(), before.numpy() @ Operator(circuit).data.T, atol=TOLERANCE[dtype])
    assert torch.equal(states, before)


@pytest.mark.parametrize("name", sorted(GATES))
@pytest.mark.parametrize("dtype", DTYPES)
def test_each_gate_acts_on_any_state_and_is_undone_by_its_inverse(name: str, dtype: torch.dtype) -> None:
    gate = GATES[name].to_mutable()
    gate.params = [0.7 - 0.4 * place for place, _ in enumerate(gate.params)]
    circuit = QuantumCircuit(5, global_phase=0.3)
    circuit.append(gate, [3, 0, 4, 1][: gate.num_qubits])
    states = random_states(2, 5, dtype)
    found = evolution_of(circuit, dtype)
    evolved = found[0].of(states, found[1])
    assert np.allclose(evolved.numpy(), states.numpy() @ Operator(circuit).data.T, atol=TOLERANCE[dtype])
    back = evolution_of(circuit.inverse(), dtype)
    assert torch.allclose(back[0].of(evolved, back[1]), states, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("name", sorted(GATES))
@pytest.mark.parametrize("batch", [None, 1, 2])
def test_each_gate_with_free_angles_acts_on_zeros_alone_and_in_batches(name: str, batch: int | None) -> None:
    gate = GATES[name].to_mutable()
    free = ParameterVector("p", max(len(gate.params), 1))
    gate.params = list(free)[: len(gate.params)]
    circuit = QuantumCircuit(gate.num_qubits)
    circuit.append(gate, reversed(range(gate.num_qubits)))
    rows = torch.stack(
        [torch.linspace(-1, 2, circuit.num_parameters) + row for row in range(batch or 1)]
    ).double()
    states = Circuit(circuit, dtype=torch.complex128).states(rows[0] if batch is None else rows)
    assert states.shape == (batch or 1, 1 << gate.num_qubits)
    for state, values in zip(states, rows.numpy(), strict=True):
        exact = Operator(circuit.assign_parameters(values)).data[:, 0]
        assert np.allclose(state.numpy(), exact, atol=1e-13)


@pytest.mark.parametrize("batch", [1, 3])
def test_parameters_that_change_nothing_have_the_gradient_zero(batch: int) -> None:
    """A phase of |1> on |0>, and a controlled rotation that never acts."""
    circuit = QuantumCircuit(2)
    first, second = ParameterVector("p", 2)
    circuit.p(first, 0)
    circuit.crx(second, 0, 1)
    at = torch.full((batch, 2), 0.3, dtype=torch.float64, requires_grad=True)
    observable = PauliSum.from_terms(2, [("ZX", 1.0), ("IZ", 0.5)])
    observable.expectation(Circuit(circuit).states(at)).sum().backward()
    assert at.grad is not None
    assert torch.equal(at.grad, torch.zeros_like(at))


@settings(max_examples=15, deadline=None)
@given(circuit=free_circuits(num_qubits=4, most_gates=8), seed=st.integers(0, 99))
def test_derivatives_of_states_are_those_of_finite_differences(circuit: QuantumCircuit, seed: int) -> None:
    planned = Circuit(circuit, dtype=torch.complex128)
    at = torch.from_numpy(np.random.default_rng(seed).uniform(-3, 3, circuit.num_parameters))
    if circuit.num_parameters:
        at.requires_grad_()
        assert torch.autograd.gradcheck(planned.states, (at,), atol=1e-6)


@pytest.mark.parametrize("num_qubits", [3, 8, 12])
@pytest.mark.parametrize("dtype", DTYPES)
def test_gradients_of_batches_are_those_of_each_alone(num_qubits: int, dtype: torch.dtype) -> None:
    ansatz = n_local(num_qubits, ["ry", "rz"], "cx", "linear", reps=2)
    labels = [("I" * q + "XZY" + "I" * (num_qubits - 3 - q), 0.5 + q) for q in range(num_qubits - 2)]
    observable, planned = PauliSum.from_terms(num_qubits, labels), Circuit(ansatz, dtype=dtype)
    at = torch.linspace(-3, 3, 3 * ansatz.num_parameters, dtype=torch.float64).view(3, -1)
    together = at.clone().requires_grad_()
    observable.expectation(planned.states(together)).sum().backward()
    for row, found in zip(at, together.grad, strict=True):
        alone = row.clone().requires_grad_()
        observable.expectation(planned.states(alone)).sum().backward()
        assert torch.allclose(found, alone.grad, atol=1e-12 if dtype == torch.complex128 else 2e-4)
    step = 1e-5 * torch.eye(at.shape[1], dtype=torch.float64)[:4]
    exact = Circuit(ansatz, dtype=torch.complex128)
    difference = observable.expectation(exact.states(at[0] + step)) - observable.expectation(
        exact.states(at[0] - step)
    )
    assert torch.allclose(
        together.grad[0, :4], difference / 2e-5, atol=1e-3 if dtype == torch.complex64 else 1e-7
    )


def test_states_that_were_returned_are_never_overwritten() -> None:
    for n in (3, 10, 18):
        planned = Circuit(n_local(n, "ry", "cx", reps=1))
        at = torch.full((planned.num_parameters,), 0.4)
        first = planned.states(at)
        kept = first.clone()
        second = planned.states(at + 1)
        assert torch.equal(first, kept)
        assert not torch.allclose(first, second)
        batch = planned.states(torch.stack([at, at + 1]))
        planned.states(torch.stack([at + 2, at + 3]))
        assert torch.allclose(batch, torch.cat([first, second]), atol=1e-6)


def test_parameters_may_require_gradients_now_and_then() -> None:
    planned = Circuit(n_local(4, "ry", "cx", reps=1), dtype=torch.complex128)
    observable = PauliSum.from_terms(4, [("XZIY", 1.0), ("IZZX", 0.5)])
    at = torch.linspace(0, 2, planned.num_parameters, dtype=torch.float64)
    with torch.inference_mode():
        first = observable.expectation(planned.states(at)).item()
    free = at.clone().requires_grad_()
    energy = observable.expectation(planned.states(free))
    energy.sum().backward()
    assert free.grad is not None
    assert free.grad.norm() > 0.1
    assert first == pytest.approx(energy.item(), abs=1e-13)
    with torch.no_grad():
        assert observable.expectation(planned.states(free)).item() == pytest.approx(first, abs=1e-13)


# Against Qiskit's statevector


def clifford_t(num_qubits: int, gates: int, seed: int) -> QuantumCircuit:
    random = np.random.default_rng(seed)
    circuit = QuantumCircuit(num_qubits)
    for name in random.choice(["h", "s", "sdg", "t", "tdg", "x", "y", "z", "sx", "cx", "cz", "swap"], gates):
        operands = random.permutation(num_qubits).tolist()
        getattr(circuit, name)(*operands[: 2 if name in ("cx", "cz", "swap") else 1])
    return circuit


def grover(num_qubits: int, marked: int, rounds: int) -> QuantumCircuit:
    circuit, qubits = QuantumCircuit(num_qubits), range(num_qubits)
    mark = MCPhaseGate(np.pi, num_qubits - 1)
    zeros = [qubit for qubit in qubits if not marked >> qubit & 1]
    circuit.h(qubits)
    for _ in range(rounds):
        circuit.x(zeros)
        circuit.append(mark, qubits)
        circuit.x(zeros)
        circuit.h(qubits)
        circuit.x(qubits)
        circuit.append(mark, qubits)
        circuit.x(qubits)
        circuit.h(qubits)
    return circuit


def ghz_ladder(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits)
    circuit.h(num_qubits // 2)
    for qubit in range(num_qubits // 2, num_qubits - 1):
        circuit.cx(qubit, qubit + 1)
    for qubit in range(num_qubits // 2, 0, -1):
        circuit.cx(qubit, qubit - 1)
    return circuit


def adder(bits: int) -> QuantumCircuit:
    """A ripple-carry adder between layers that entangle, with controlled swaps behind."""
    circuit = QuantumCircuit(2 * bits + 2)
    circuit.x([0, 2, bits])
    circuit.h(range(1, bits + 1))
    a, b = list(range(1, bits + 1)), list(range(bits + 1, 2 * bits + 1))
    carry = [0, *a]
    for place in range(bits):
        circuit.cx(a[place], b[place])
        circuit.cx(a[place], carry[place])
        circuit.ccx(carry[place], b[place], a[place])
    circuit.cx(a[-1], 2 * bits + 1)
    for place in reversed(range(bits)):
        circuit.ccx(carry[place], b[place], a[place])
        circuit.cx(a[place], carry[place])
        circuit.cx(carry[place], b[place])
    for place in range(bits - 1):
        circuit.ry(0.3 * place, b[place])
        circuit.cswap(a[place], b[place], b[place + 1])
    return circuit


def open_controls() -> QuantumCircuit:
    circuit = QuantumCircuit(7)
    circuit.h(range(7))
    circuit.append(CXGate(ctrl_state=0), [5, 0])
    circuit.append(XGate().control(3, ctrl_state=0b010), [1, 6, 3, 2])
    circuit.append(RXGate(0.4).control(2, ctrl_state=1), [6, 4, 0])
    circuit.append(HGate().control(1, ctrl_state=0), [2, 5])
    circuit.append(RZGate(1.1).control(3, ctrl_state=5), [0, 1, 2, 6])
    circuit.append(MCXGate(5, ctrl_state=0b10110), [0, 1, 2, 3, 4, 6])
    circuit.append(MCPhaseGate(0.7, 4).control(1, ctrl_state=0), [6, 5, 4, 3, 2, 1])
    return circuit


def matrices() -> QuantumCircuit:
    circuit = QuantumCircuit(8)
    circuit.h(range(0, 8, 2))
    for width, operands in (
        (1, [6]),
        (2, [7, 0]),
        (3, [1, 6, 4]),
        (4, [5, 0, 3, 7]),
        (6, [2, 7, 0, 5, 1, 3]),
    ):
        circuit.append(UnitaryGate(random_unitary(1 << width, seed=width)), operands)
    circuit.append(DiagonalGate(np.exp(1j * np.arange(16)).tolist()), [6, 1, 3, 0])
    circuit.append(UnitaryGate(random_unitary(4, seed=9)).control(2, ctrl_state=2), [0, 7, 3, 4])
    circuit.append(UnitaryGate(random_unitary(4, seed=3)).power(0.5), [2, 3])
    return circuit


def swaps() -> QuantumCircuit:
    circuit = QuantumCircuit(9)
    circuit.x([1, 4])
    for place in range(24):
        circuit.ry(0.1 + place, place % 9)
        circuit.swap(place % 9, (place * 4 + 2) % 9 if (place * 4 + 2) % 9 != place % 9 else (place + 1) % 9)
        circuit.cx((place * 2) % 9, (place * 2 + 5) % 9)
        if place % 5 == 0:
            circuit.iswap(place % 9, (place + 3) % 9)
    return circuit


def single() -> QuantumCircuit:
    circuit = QuantumCircuit(1, global_phase=0.2)
    for place in range(12):
        circuit.u(0.3 * place, 1.0 - place, 0.7, 0)
        circuit.sx(0)
    return circuit


def hea(num_qubits: int, layers: int) -> QuantumCircuit:
    ansatz = n_local(num_qubits, ["ry", "rz"], "cx", "linear", reps=layers)
    return ansatz.assign_parameters(np.linspace(-3, 5, ansatz.num_parameters))


def qft(num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits)
    circuit.x(range(0, num_qubits, 3))
    circuit.ry(0.7, 1)
    circuit.append(QFTGate(num_qubits), range(num_qubits))
    return circuit.decompose("qft")


def random_native(num_qubits: int, depth: int, seed: int) -> QuantumCircuit:
    circuit = random_circuit(num_qubits, depth, max_operands=4, seed=seed)
    return transpile(circuit, target=ideal_target(dynamic=False), optimization_level=1, seed_transpiler=1)


FAMILIES = {
    "qft 1": lambda: qft(2),
    "qft 13": lambda: qft(13),
    "qft of a basis state": lambda: qft(9).compose(qft(9)),
    "grover 5": lambda: grover(5, 0b01101, 4),
    "grover 11": lambda: grover(11, 0b10001101101, 5),
    "volume 6": lambda: quantum_volume(6, 6, seed=1).decompose(),
    "volume 12": lambda: quantum_volume(12, 6, seed=2),
    "hea 7": lambda: hea(7, 5),
    "hea 14": lambda: hea(14, 3),
    "clifford+t 8": lambda: clifford_t(8, 300, 1),
    "clifford+t 13": lambda: clifford_t(13, 300, 2),
    "ghz 14": lambda: ghz_ladder(14),
    "ghz ladders up and down": lambda: ghz_ladder(9).compose(ghz_ladder(9).inverse()).compose(hea(9, 1)),
    "adder": lambda: adder(5),
    "open controls": open_controls,
    "matrices": matrices,
    "swaps": swaps,
    "random 10": lambda: random_circuit(10, 12, max_operands=4, seed=5),
    "random 14": lambda: random_circuit(14, 6, max_operands=4, seed=6),
    "random native 9": lambda: random_native(9, 10, 7),
    "random native 12": lambda: random_native(12, 5, 8),
    "no gates": lambda: QuantumCircuit(4),
    "no gates but a phase": lambda: QuantumCircuit(1, global_phase=1.2),
    "one qubit": lambda: clifford_t(1, 0, 1).compose(single()),
    "initial flips alone": lambda: QuantumCircuit(3).compose(XGate(), [2]).compose(XGate(), [0]),
    "phases alone": lambda: grover(4, 3, 0).compose(MCPhaseGate(0.3, 3), range(4)),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_states_are_those_of_qiskit(family: str) -> None:
    circuit = FAMILIES[family]()
    exact = Statevector(circuit).data
    for dtype in DTYPES:
        found = statevector(circuit, dtype=dtype).numpy()
        assert np.allclose(found, exact, atol=TOLERANCE[dtype])
    evolution, values = evolution_of(circuit, torch.complex128)
    states = torch.stack([torch.from_numpy(exact), evolution.from_zero(values)[0]])
    again = evolution.of(states, values).numpy()
    assert np.allclose(again, Statevector(exact).evolve(circuit).data, atol=1e-12)


def test_long_circuits_stay_normalized() -> None:
    circuit = clifford_t(10, 3000, 3)
    assert float(statevector(circuit).norm()) == pytest.approx(1, abs=2e-4)
    found = statevector(circuit, dtype=torch.complex128)
    assert float(found.norm()) == pytest.approx(1, abs=1e-12)
    assert np.allclose(found.numpy(), Statevector(circuit).data, atol=1e-11)
