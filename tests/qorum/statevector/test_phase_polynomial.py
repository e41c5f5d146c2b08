"""Phases between CX gates become one phase, and the circuit stays the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.quantum_info import SparsePauliOp, Statevector

from qorum.statevector.evolution import Circuit, Evolution
from qorum.statevector.gate_ir import Angle, ControlledX, DiagonalPhase, RealRotation
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.merging import merge_turns
from qorum.statevector.observables import PauliSum
from qorum.statevector.phase_polynomial import pull_phases

GATES = ("cx", "cx", "cx", "rz", "rz", "ry", "cz", "ccx", "s", "h")


def rz(qubit: int, slot: int) -> DiagonalPhase:
    return DiagonalPhase(
        ((0, Angle(0.0, ((slot, -0.5),))), (1 << qubit, Angle(0.0, ((slot, 1.0),)))), 1 << qubit
    )


def test_a_ladder_that_is_there_for_phases_alone_vanishes() -> None:
    ladder = [
        rz(2, 0),
        ControlledX(1, 2),
        rz(2, 1),
        ControlledX(2, 2),
        rz(2, 2),
        ControlledX(1, 2),
        rz(2, 3),
        ControlledX(2, 2),
    ]
    found = pull_phases(ladder, 3)
    assert found is not None
    assert [type(element) for element in found] == [DiagonalPhase]
    (phase,) = found
    assert phase.qubits == 0b111


def test_a_turn_between_keeps_phases_apart() -> None:
    assert pull_phases([rz(0, 0), RealRotation(0, (1,)), rz(0, 2)], 1) is None
    assert pull_phases([rz(0, 0), rz(1, 1), ControlledX(1, 1), RealRotation(1, (2,)), rz(1, 3)], 2) is None


def test_a_chain_without_phases_in_it_is_left_alone() -> None:
    layer = [rz(qubit, qubit) for qubit in range(4)]
    assert pull_phases([*layer, *(ControlledX(1 << qubit, qubit + 1) for qubit in range(3))], 4) is None


def drawn(gates: list[tuple[str, list[int]]], num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits)
    circuit.h(range(num_qubits))
    angles = iter(ParameterVector("a", len(gates)))
    for name, qubits in gates:
        if name in ("rz", "ry"):
            getattr(circuit, name)(next(angles), qubits[0])
        else:
            width = {"ccx": 3, "cx": 2, "cz": 2}.get(name, 1)
            getattr(circuit, name)(*qubits[:width])
    return circuit


CIRCUITS = st.lists(st.tuples(st.sampled_from(GATES), st.permutations(range(5))), min_size=5, max_size=60)


@settings(max_examples=60, deadline=None)
@given(CIRCUITS)
def test_state_and_gradient_stay_the_same(gates: list[tuple[str, list[int]]]) -> None:
    circuit = drawn(gates, 5)
    point = np.linspace(-2, 2, circuit.num_parameters)
    ready = Circuit(circuit, dtype=torch.complex128)
    expected = Statevector(circuit.assign_parameters(point)).data
    states = ready.states(torch.from_numpy(point) if len(point) else None)
    assert np.abs(states[0].numpy() - expected).max() < 1e-12
    if not len(point):
        return
    observable = SparsePauliOp(["XXIZI", "IZYYX", "ZIIIZ"], [0.5, -1.0, 0.7])
    terms = PauliSum.from_qiskit(observable)
    _, gradient = energy_and_gradient(ready, terms, torch.from_numpy(point))
    _, shifted = energy_and_gradient(ready, terms, torch.from_numpy(point), method="autograd")
    assert gradient.numpy() == pytest.approx(shifted.numpy(), abs=1e-11)


@settings(max_examples=60, deadline=None)
@given(CIRCUITS)
def test_what_is_pulled_is_the_same_unitary(gates: list[tuple[str, list[int]]]) -> None:
    circuit = drawn(gates, 5)
    ready = Circuit(circuit, dtype=torch.complex128)
    elements = merge_turns(ready.evolution._elements, reflect=False)
    pulled = pull_phases(elements, 5)
    if pulled is None:
        return
    width = ready.evolution.num_inputs
    given_form, other_form = (
        Evolution(form, 5, width, dtype=torch.complex128, linear=ready.evolution._linear)
        for form in (elements, pulled)
    )
    point = torch.linspace(-2, 2, width, dtype=torch.float64)
    basis = torch.eye(32, dtype=torch.complex128)
    assert (given_form.of(basis, point) - other_form.of(basis, point)).abs().max() < 1e-12
