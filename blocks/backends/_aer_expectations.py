"""Observables as what Aer saves at the end of a circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Instruction
from qiskit.quantum_info import PauliList, SparsePauliOp

if TYPE_CHECKING:
    from qorum.statevector.observables import PauliSum

LABEL = "expectation"
"""Under which the results of a run have the expectation value."""


class Saving:
    """Makes circuits save expectation values; each instruction is made once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int], Instruction] = {}

    def saved(self, circuit: QuantumCircuit, observable: PauliSum) -> QuantumCircuit:
        """The circuit with an instruction at its end that saves the observable's expectation value.

        Over all qubits: of some of them, Aer 0.17 gives a wrong value where others are idle
        (github.com/Qiskit/qiskit-aer/issues/2442).
        """
        key = id(observable), circuit.num_qubits
        if key not in self._made:
            self._made[key] = _instruction(observable, circuit.num_qubits)
        longer = circuit.copy()
        longer.append(self._made[key], range(circuit.num_qubits))
        return longer


def _instruction(observable: PauliSum, num_qubits: int) -> Instruction:
    from qiskit_aer.library import SaveExpectationValue

    masks = [(0, 0), *((term.x, term.z) for term in observable.terms)]
    x, z = (
        np.array([[pair[side] >> qubit & 1 for qubit in range(num_qubits)] for pair in masks], dtype=bool)
        for side in (0, 1)
    )
    coefficients = [observable.constant, *(term.coefficient for term in observable.terms)]
    return SaveExpectationValue(SparsePauliOp(PauliList.from_symplectic(z, x), np.array(coefficients)), LABEL)
