"""Observables as what Aer saves at the end of a circuit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from qiskit.circuit import Instruction
from qiskit.quantum_info import PauliList, SparsePauliOp

if TYPE_CHECKING:
    from qorum.statevector.observables import PauliSum


def saving_instructions(observables: Sequence[PauliSum]) -> list[tuple[Instruction, list[int]]]:
    """For each observable an instruction that saves it as `expectation`, and the qubits it acts on."""
    made: dict[int, tuple[Instruction, list[int]]] = {}
    for observable in observables:
        if id(observable) not in made:
            made[id(observable)] = _saving(observable)
    return [made[id(observable)] for observable in observables]


def _saving(observable: PauliSum) -> tuple[Instruction, list[int]]:
    from qiskit_aer.library import SaveExpectationValue

    used = 0
    for term in observable.terms:
        used |= term.x | term.z
    qubits = [qubit for qubit in range(observable.num_qubits) if used >> qubit & 1] or [0]
    masks = [(0, 0), *((term.x, term.z) for term in observable.terms)]
    x, z = (np.array([[pair[i] >> qubit & 1 for qubit in qubits] for pair in masks], bool) for i in (0, 1))
    coefficients = [observable.constant, *(term.coefficient for term in observable.terms)]
    operator = SparsePauliOp(PauliList.from_symplectic(z, x), np.array(coefficients))
    return SaveExpectationValue(operator, label="expectation"), qubits
