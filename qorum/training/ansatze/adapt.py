"""ADAPT: the ansatz grows by the operator of a pool that lowers the energy fastest (arXiv:1812.11173)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field, model_validator
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.errors import InputRejected
from qorum.training.ansatze._ansatz import Ansatz, AnsatzTemplate, Parameters
from qorum.training.ansatze._paulis import PauliRotation, local_paulis
from qorum.training.ansatze._problems import basis_state, fermions_of, operator_of
from qorum.training.excitations import (
    FREQUENCIES,
    Excitation,
    generalized_singles_and_doubles,
    singles_and_doubles,
)
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

LARGEST_POOL = 5_000
"""Operators; each step runs all of them once."""

Pool = Literal["fermionic", "qubit", "local-paulis"]


class AdaptParameters(Parameters):
    """The pool, and when to stop."""

    pool: Literal["auto", "fermionic", "qubit", "local-paulis"] = Field(
        "auto",
        description="auto: fermionic where num_particles is given, else local-paulis; fermionic: single and "
        "double excitations; qubit: the same without the signs of fermions, shallower; "
        "local-paulis: Pauli strings of one and two letters, for spins",
    )
    generalized: bool = Field(
        False, description="excitations between any orbitals, not only from occupied to empty ones"
    )
    tolerance: float = Field(
        1e-3, gt=0, le=1, description="norm of the pool's gradient at which the ansatz is complete"
    )
    max_operators: int = Field(100, ge=1, le=1000, description="operators taken on at most, 1 to 1000")

    @model_validator(mode="after")
    def _consistent(self) -> AdaptParameters:
        if self.generalized and self.pool == "local-paulis":
            raise ValueError("generalized: a pool of excitations expected, found local-paulis; leave one out")
        return self


@dataclass(frozen=True)
class AdaptGrowth:
    """A reference state and the operators that may follow it; `Growth` says what its methods give.

    Attributes:
        reference: the basis state that the first operator acts on, rightmost character = qubit 0.
        operators: the pool.
        most: how many operators may be taken on; one may be taken on again.
        tolerance: norm of the pool's gradient below which the ansatz is complete, in units of the energy.
        frequencies: of an expectation value by the parameter of any one operator.
    """

    reference: str
    operators: tuple[Excitation, ...] | tuple[PauliRotation, ...]
    most: int
    tolerance: float
    frequencies: tuple[float, ...]

    @property
    def pool(self) -> tuple[str, ...]:
        """The operators' names, in the order of their indices."""
        return tuple(operator.name for operator in self.operators)

    def circuit(self, operators: Sequence[int]) -> QuantumCircuit:
        """The reference state, then these operators; the vector θ has a parameter for each, in this order."""
        circuit = basis_state(self.reference)
        for index, angle in zip(operators, ParameterVector("θ", len(operators)), strict=True):
            self.operators[index].append(circuit, angle)
        return circuit

    def probe(self, operators: Sequence[int]) -> QuantumCircuit:
        """`circuit` of these operators and then of the whole pool: θ of the pool comes last."""
        return self.circuit([*operators, *range(len(self.operators))])


def adapt(problem: Hamiltonian | Graph, parameters: AdaptParameters, seed: int) -> Ansatz:
    """The reference state without operators, and a pool to grow by; the seed is not used.

    `auto` takes excitations where `num_particles` is given, or `generalized` asks for them.

    Raises:
        InputRejected: a pool of excitations for a problem without electrons, or a pool that is empty or
            too large.
    """
    del seed
    hamiltonian = operator_of("adapt", problem)
    name = _pool_of(hamiltonian, parameters)
    if name == "local-paulis":
        pool, frequencies = local_paulis(hamiltonian.observable), (1.0,)
    else:
        hamiltonian = fermions_of(f"adapt?pool={name}", problem)
        pool, frequencies = _excitations(hamiltonian, name, parameters.generalized), FREQUENCIES
    if not pool and hamiltonian.num_particles is not None:  # these electrons have one state alone
        return Ansatz(basis_state(hamiltonian.start_state), np.zeros(0), frequencies=())
    if not 1 <= len(pool) <= LARGEST_POOL:
        reason = f"a pool of 1 to {LARGEST_POOL} operators expected, found {len(pool)} for {problem.name}"
        raise InputRejected(
            "adapt", f"{reason}; take another pool, such as adapt?pool=local-paulis, or fewer orbitals"
        )
    growth = AdaptGrowth(
        hamiltonian.start_state, pool, parameters.max_operators, parameters.tolerance, frequencies
    )
    return Ansatz(growth.circuit(()), np.zeros(0), growth, frequencies=())


def _pool_of(hamiltonian: Hamiltonian, parameters: AdaptParameters) -> Pool:
    if parameters.pool != "auto":
        return parameters.pool
    return "local-paulis" if hamiltonian.num_particles is None and not parameters.generalized else "fermionic"


def _excitations(hamiltonian: Hamiltonian, pool: Pool, generalized: bool) -> tuple[Excitation, ...]:
    layout, parity = hamiltonian.spin_orbitals, pool == "fermionic"
    if generalized:
        singles, doubles = generalized_singles_and_doubles(hamiltonian.num_qubits, layout, parity=parity)
    else:
        singles, doubles = singles_and_doubles(hamiltonian.start_state, layout, parity=parity)
    return (*singles, *doubles)


TEMPLATE = AnsatzTemplate(
    "adapt",
    "Grows by the operator that lowers the energy fastest, until none does: molecules, stretched ones too",
    AdaptParameters,
    adapt,
)
