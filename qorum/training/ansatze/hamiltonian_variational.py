"""Evolution under the parts of the Hamiltonian in turn (Wecker et al., arXiv:1507.08969)."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from pydantic import Field
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.backends import derive_seed
from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.ansatze._ansatz import Ansatz, AnsatzTemplate, Parameters
from qorum.training.ansatze._paulis import PauliRotation, letters_of
from qorum.training.ansatze._problems import basis_state, operator_of
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian


class HamiltonianVariationalParameters(Parameters):
    """Depth, and the state before it."""

    layers: int | None = Field(
        None, ge=1, le=200, description="layers, one angle for each part, 1 to 200; else one for each qubit"
    )
    reference: Literal["auto", "initial-state", "field", "singlets"] = Field(
        "auto",
        description="state before the layers: initial-state: the problem's; field: each spin along its own "
        "field; singlets: neighbouring pairs 0-1, 2-3, …; auto: initial-state if the problem names one, "
        "field if there is any, else singlets",
    )
    spread: float = Field(
        0.1, ge=0, le=3, description="angles at the start are uniform in [0, spread), radians, 0 to 3"
    )


def hamiltonian_variational(
    problem: Hamiltonian | Graph, parameters: HamiltonianVariationalParameters, seed: int
) -> Ansatz:
    """Layers of exp(-iθ H_g / s_g) for each group g of commuting terms, s_g its largest coefficient.

    Groups are made of strings of the same letters (ZZ, XX, X, …), those of two letters first. The parameters
    are ordered by layer, then group. With fields along X and couplings ZZ (the transverse-field Ising
    chain), as many layers as half of a ring's spins reach the ground state (arXiv:1803.00026).

    Raises:
        InputRejected: a term acts on more than two qubits, or there is none.
    """
    hamiltonian = operator_of("hamiltonian-variational", problem)
    groups = commuting_groups(hamiltonian.observable)
    layers = parameters.layers or hamiltonian.num_qubits
    circuit = _before(hamiltonian, parameters.reference)
    angles = ParameterVector("θ", layers * len(groups))
    remaining = iter(angles)
    for _ in range(layers):
        for group in groups:
            angle, scale = next(remaining), max(abs(term.coefficient) for term in group)
            for term in group:
                PauliRotation.about(term).append(circuit, (2 * term.coefficient / scale) * angle)
    draw = np.random.default_rng(derive_seed(seed, "hamiltonian-variational", "start"))
    return Ansatz(circuit, parameters.spread * draw.random(len(angles)))


def commuting_groups(observable: PauliSum) -> list[list[PauliTerm]]:
    """Its terms by the letters of their strings, split further where two do not commute.

    Returns:
        Groups, those of two letters first, then alphabetically; in each the terms' own order.

    Raises:
        InputRejected: a term acts on more than two qubits, or there is none.
    """
    by_letters: dict[tuple[int, str], list[list[PauliTerm]]] = {}
    for term in observable.terms:
        if (width := (term.x | term.z).bit_count()) > 2:
            reason = f"terms on at most 2 qubits expected, found {letters_of(term)} (qubit 0 first); take "
            raise InputRejected("hamiltonian-variational", reason + "hardware-efficient or adapt")
        letters = "".join(sorted(letters_of(term).replace("I", "")))
        groups = by_letters.setdefault((-width, letters), [])
        fitting = (group for group in groups if all(_commute(term, other) for other in group))
        if (group := next(fitting, None)) is None:
            groups.append(group := [])
        group.append(term)
    if not by_letters:
        raise InputRejected("hamiltonian-variational", "at least one term expected, found a constant")
    return [group for key in sorted(by_letters) for group in by_letters[key]]


def _commute(one: PauliTerm, other: PauliTerm) -> bool:
    return ((one.x & other.z).bit_count() + (one.z & other.x).bit_count()) % 2 == 0


def _before(hamiltonian: Hamiltonian, reference: str) -> QuantumCircuit:
    fields = _fields(hamiltonian.observable)
    if reference == "auto":
        found = "field" if fields else "singlets"
        reference = "initial-state" if hamiltonian.initial_state is not None else found
    if reference == "initial-state":
        return basis_state(hamiltonian.start_state)
    circuit = QuantumCircuit(hamiltonian.num_qubits)
    if reference == "field":
        for qubit, (x, y, z) in fields.items():
            circuit.ry(math.atan2(math.hypot(x, y), -z), qubit)
            circuit.rz(math.atan2(-y, -x), qubit)
        return circuit
    for low in range(0, hamiltonian.num_qubits - 1, 2):
        circuit.x([low, low + 1])
        circuit.h(low)
        circuit.cx(low, low + 1)
    return circuit


def _fields(observable: PauliSum) -> dict[int, tuple[float, float, float]]:
    """For each qubit with one the vector h of its part h · (X, Y, Z); the spin points against it."""
    found: dict[int, tuple[float, float, float]] = {}
    for term in observable.terms:
        if (where := term.x | term.z).bit_count() == 1:
            x, y, z = found.get(where.bit_length() - 1, (0.0, 0.0, 0.0))
            along = (bool(term.x and not term.z), bool(term.x and term.z), bool(term.z and not term.x))
            c = term.coefficient
            found[where.bit_length() - 1] = (x + c * along[0], y + c * along[1], z + c * along[2])
    return found


TEMPLATE = AnsatzTemplate(
    "hamiltonian-variational",
    "Evolution under the Hamiltonian's own parts in turn: spin models, with few angles that train well",
    HamiltonianVariationalParameters,
    hamiltonian_variational,
)
