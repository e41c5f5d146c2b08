"""A gate counts as its definition, never as its name; under control, power and inverse as well."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import AnnotatedOperation, ControlModifier, Gate, InverseModifier, PowerModifier
from qiskit.circuit import library as gates
from qiskit.quantum_info import Operator, SparsePauliOp, random_clifford, random_unitary

from qorum.circuits.definitions import inline_definitions
from qorum.circuits.intake import check_circuit
from qorum.errors import CircuitRejected


def own(name: str, angle: float) -> Gate:
    """A turn about y under any name."""
    body = QuantumCircuit(1, name=name, global_phase=0.3)
    body.ry(angle, 0)
    return body.to_gate()


def turn(angle: float) -> np.ndarray:
    return np.exp(0.3j) * gates.RYGate(angle).to_matrix()


def matrix_of(operation: object, qubits: list[int]) -> np.ndarray:
    circuit = QuantumCircuit(max(qubits) + 1)
    circuit.append(operation, qubits)
    return Operator(inline_definitions(circuit)).data


def under_control(matrix: np.ndarray, state: int = 1) -> np.ndarray:
    """The control is qubit 0, the target qubit 1."""
    read = np.diag([1.0, 0.0]) if state == 0 else np.diag([0.0, 1.0])
    return np.kron(matrix, read) + np.kron(np.eye(2), np.eye(2) - read)


def same(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.isclose(abs(np.vdot(one, other)), len(one)))


@pytest.mark.parametrize("name", ["h", "x", "sx", "z", "measure", "mine", "permutation", "clifford"])
def test_an_own_gate_under_a_control_is_its_definition(name: str):
    for state in (0, 1):
        controlled = own(name, 0.8).control(1, ctrl_state=state)
        assert same(matrix_of(controlled, [0, 1]), under_control(turn(0.8), state))


def test_annotations_apply_in_their_order_to_the_definition():
    operation = AnnotatedOperation(
        own("h", 0.8), [InverseModifier(), PowerModifier(3), ControlModifier(1, ctrl_state=0)]
    )
    expected = under_control(np.linalg.matrix_power(turn(0.8).conj().T, 3), 0)
    assert same(matrix_of(operation, [0, 1]), expected)
    rooted = AnnotatedOperation(own("x", 0.8), [PowerModifier(0.5)])
    assert same(matrix_of(rooted, [0]), gates.RYGate(0.4).to_matrix())


@pytest.mark.parametrize(
    "operation",
    [
        gates.PermutationGate([2, 0, 1]),
        gates.QFTGate(3),
        gates.DiagonalGate([1, 1j, -1, 1, 1, -1j, 1, 1]),
        gates.StatePreparation([0.6, 0, 0, 0, 0, 0, 0, 0.8j]).inverse(),
        gates.PauliEvolutionGate(SparsePauliOp(["XXI", "IZZ", "YIY"], [0.3, 0.2, 0.5]), time=0.9),
        gates.UCGate([random_unitary(2, seed=seed).data for seed in range(4)]),
        gates.UnitaryGate(random_unitary(4, seed=1)).control(1, ctrl_state=0),
        gates.PauliGate("XYZ"),
        gates.MCMTGate(gates.ZGate(), 1, 2),
    ],
    ids=lambda operation: operation.name,
)
def test_operations_of_the_library_are_what_their_matrices_say(operation: Gate):
    assert same(matrix_of(operation, [0, 1, 2]), Operator(operation).data)


def test_a_clifford_is_taken():
    clifford = random_clifford(2, seed=4)
    assert same(matrix_of(clifford, [0, 1]), clifford.to_matrix())


def test_a_wide_evolution_tells_that_it_is_approximated():
    circuit = QuantumCircuit(7)
    circuit.append(gates.PauliEvolutionGate(SparsePauliOp(["X" * 7, "ZIIIIII"]), time=0.2), range(7))
    warnings = check_circuit("wide", circuit, source="", language="qiskit").spec.warnings
    assert any("product formula" in warning for warning in warnings)


def test_what_nothing_defines_or_is_no_gate_is_refused_by_name():
    for operation, words in (
        (Gate("mystery", 1, []), "mystery"),
        (AnnotatedOperation(gates.Initialize([0.6, 0.8]), [ControlModifier(1)]), "reset"),
        (AnnotatedOperation(gates.XGate(), [PowerModifier(10**9)]), "100,000 operations"),
    ):
        circuit = QuantumCircuit(2)
        circuit.append(operation, list(range(operation.num_qubits)))
        with pytest.raises(CircuitRejected, match=words):
            check_circuit("given", circuit, source="", language="qiskit")
