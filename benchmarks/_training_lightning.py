"""The same ansatz and Hamiltonian as QNodes of PennyLane's lightning.qubit."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from math import pi
from typing import Any

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterExpression

from qorum.statevector.observables import PauliSum
from qorum.training.excitations import Excitation, singles_and_doubles
from qorum.training.hamiltonians import Hamiltonian


def observables(observable: PauliSum, *, sparse: bool) -> Mapping[str, Any]:
    """As a sum of Pauli strings, and if wanted as a sparse matrix; wire q is qubit q."""
    import pennylane as qml

    kinds = {(1, 0): qml.X, (1, 1): qml.Y, (0, 1): qml.Z}
    strings: list[Any] = [qml.Identity(0)]
    for term in observable.terms:
        masks = ((term.x >> qubit & 1, term.z >> qubit & 1) for qubit in range(observable.num_qubits))
        letters = [kinds[mask](qubit) for qubit, mask in enumerate(masks) if any(mask)]
        strings.append(qml.prod(*letters) if len(letters) > 1 else letters[0])
    coefficients = [observable.constant, *(term.coefficient for term in observable.terms)]
    skipped = 0 if observable.constant else 1
    total = qml.Hamiltonian(coefficients[skipped:], strings[skipped:])
    if not sparse:
        return {"Pauli strings": total}
    wires = range(observable.num_qubits)
    matrix = qml.SparseHamiltonian(total.sparse_matrix(wire_order=wires), wires=wires)
    return {"Pauli strings": total, "sparse matrix": matrix}


def same_gates_cost(circuit: QuantumCircuit, observable: Any) -> Any:
    """A QNode of the circuit's gates, whose angles are a·θ + b."""
    import pennylane as qml

    kinds: dict[str, Any] = {"x": qml.X, "h": qml.Hadamard, "s": qml.S}
    kinds |= {"cx": qml.CNOT, "cz": qml.CZ, "ry": qml.RY, "rz": qml.RZ}
    kinds["sdg"] = partial(qml.PhaseShift, -pi / 2)
    places = {parameter: place for place, parameter in enumerate(circuit.parameters)}
    gates: list[tuple[Any, list[int], tuple[float, int, float] | None]] = []
    for line in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in line.qubits]
        angle = _affine(line.operation.params[0], places) if line.operation.params else None
        gates.append((kinds[line.name], wires, angle))

    @qml.qnode(qml.device("lightning.qubit", wires=circuit.num_qubits), diff_method="adjoint")
    def cost(point: Any) -> Any:
        for kind, wires, angle in gates:
            if angle is None:
                kind(wires=wires)
            else:
                factor, place, offset = angle
                plain = factor == 1 and not offset
                kind(point[place] if plain else factor * point[place] + offset, wires=wires)
        return qml.expval(observable)

    return cost


def _affine(angle: Any, places: Mapping[Any, int]) -> tuple[float, int, float]:
    assert isinstance(angle, ParameterExpression), "an angle that follows a parameter"
    (parameter,) = angle.parameters
    return float(angle.gradient(parameter)), places[parameter], float(angle.bind({parameter: 0.0}))


def excitations_cost(problem: Hamiltonian, observable: Any) -> Any:
    """A QNode of `uccsd` in PennyLane's own excitation gates, which lightning has kernels for.

    The strings of Z between the orbitals are CX and CZ gates around them, as in our circuit.
    """
    import pennylane as qml

    singles, doubles = singles_and_doubles(problem.start_state, problem.spin_orbitals)
    excitations = [(one, _string(one), 2 * _sign(one)) for one in doubles + singles]
    occupied = [qubit for qubit, bit in enumerate(reversed(problem.start_state)) if bit == "1"]

    def chain(steps: list[tuple[int, int]]) -> None:
        for low, high in steps:
            qml.CNOT(wires=(low, high))

    @qml.qnode(qml.device("lightning.qubit", wires=problem.num_qubits), diff_method="adjoint")
    def cost(point: Any) -> Any:
        for qubit in occupied:
            qml.X(qubit)
        for place, (one, string, factor) in enumerate(excitations):
            kind = qml.SingleExcitation if len(one.created) == 1 else qml.DoubleExcitation
            steps = list(pairwise(string))
            chain(steps)
            if string:
                qml.CZ(wires=(string[-1], one.created[0]))
            kind(factor * point[place], wires=one.created + one.annihilated)
            if string:
                qml.CZ(wires=(string[-1], one.created[0]))
            chain(steps[::-1])
        return qml.expval(observable)

    return cost


def _string(one: Excitation) -> list[int]:
    """Qubits whose occupation changes the excitation's sign (Jordan and Wigner)."""
    ends = sorted(one.created + one.annihilated)
    return [q for low, high in zip(ends[::2], ends[1::2], strict=True) for q in range(low + 1, high)]


def _sign(one: Excitation) -> int:
    """Of created · annihilated, the last acting first, on the state with the annihilated ones alone."""
    occupied, sign = set(one.annihilated), 1
    for index in reversed(one.created + one.annihilated):
        sign *= (-1) ** sum(other < index for other in occupied)
        occupied ^= {index}
    return sign


def expectation(cost: Any, point: np.ndarray) -> tuple[float, np.ndarray]:
    """Energy, and gradient of shape [parameters]."""
    import pennylane as qml

    given = qml.numpy.array(point, requires_grad=True)
    return float(cost(given)), np.asarray(qml.grad(cost)(given))
