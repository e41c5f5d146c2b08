"""A parametrized circuit compiled once to a target, and bound for each point."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit
from qiskit.transpiler import Target

from qorum.circuits.compilation import compile_circuit
from qorum.errors import CircuitRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.measurement import Basis
from qorum.training.objective import Array

OPTIMIZATION_LEVEL = 1
"""Of the one compilation that serves all points."""


def measured_in(circuit: QuantumCircuit, basis: Basis) -> QuantumCircuit:
    """The circuit with all qubits measured in a basis, qubit q into clbit q.

    Raises:
        CircuitRejected: the circuit has classical bits of its own.
    """
    if circuit.num_clbits:
        reason = f"a circuit without classical bits expected, found {circuit.num_clbits}"
        raise CircuitRejected(circuit.name, reason)
    n = circuit.num_qubits
    measured = circuit.copy()
    measured.compose(basis.rotations(n), inplace=True)
    measured.add_register(ClassicalRegister(n, "c"))
    measured.measure(range(n), range(n))
    return measured


def in_jobs(circuits: Sequence[QuantumCircuit], most: int) -> Iterator[slice]:
    """Which circuits go into each job, in order: as few jobs as `BackendProfile.max_circuits` allows."""
    return (slice(start, start + most) for start in range(0, len(circuits), most))


class BoundCircuits:
    """One compiled circuit and all that it becomes.

    Args:
        circuit: with free parameters, measured or not.
        target: what it is compiled to, at level 1.
        seed: of the compilation.

    Raises:
        CircuitRejected: it does not fit the target.
    """

    def __init__(self, circuit: QuantumCircuit, target: Target, seed: int = 0) -> None:
        self._compiled = compile_circuit(circuit, target, optimization_level=OPTIMIZATION_LEVEL, seed=seed)
        places = {parameter: place for place, parameter in enumerate(circuit.parameters)}
        # Compilation drops what changes nothing, such as an RZ before a measurement.
        self._kept = np.array([places[parameter] for parameter in self._compiled.parameters], dtype=np.int64)
        layout = self._compiled.layout
        self._qubits = list(range(circuit.num_qubits)) if layout is None else layout.final_index_layout()

    def bind(self, points: Array) -> list[QuantumCircuit]:
        """The circuits at some points, shape [points, parameters] in the order of the given circuit's."""
        return [self._compiled.assign_parameters(point) for point in points[:, self._kept]]

    def laid_out(self, observable: PauliSum) -> PauliSum:
        """The observable on the qubits where the compiled circuit leaves those of the given one."""

        def moved(mask: int) -> int:
            return sum(1 << self._qubits[qubit] for qubit in range(mask.bit_length()) if mask >> qubit & 1)

        terms = [PauliTerm(moved(term.x), moved(term.z), term.coefficient) for term in observable.terms]
        return PauliSum(self._compiled.num_qubits, tuple(sorted(terms)), observable.constant)
