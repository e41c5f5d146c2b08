"""What ansätze ask of problems."""

from __future__ import annotations

from qiskit import QuantumCircuit

from qorum.errors import InputRejected
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

MOST_QUBITS = 30
"""More do not fit into one statevector of 16 GB, and exact training ends there."""


def num_qubits_of(problem: Hamiltonian | Graph) -> int:
    """Width of the problem's circuits."""
    return problem.num_vertices if isinstance(problem, Graph) else problem.num_qubits


def operator_of(name: str, problem: Hamiltonian | Graph) -> Hamiltonian:
    """The problem, if it is an operator; else `InputRejected` in the name of the ansatz."""
    if isinstance(problem, Graph):
        raise InputRejected(name, f"a Hamiltonian expected, found the graph {problem.name}; take qaoa")
    return problem


def fermions_of(name: str, problem: Hamiltonian | Graph) -> Hamiltonian:
    """The problem, if it has electrons; else `InputRejected` in the name of the ansatz."""
    hamiltonian = operator_of(name, problem)
    if hamiltonian.num_particles is None:
        reason = (
            "a Hamiltonian of fermions (with num_particles) expected, found none of "
            f"{hamiltonian.name}; take adapt?pool=local-paulis, hardware-efficient or hamiltonian-variational"
        )
        raise InputRejected(name, reason)
    return hamiltonian


def basis_state(state: str) -> QuantumCircuit:
    """A circuit that prepares it."""
    circuit = QuantumCircuit(len(state))
    for qubit, bit in enumerate(reversed(state)):
        if bit == "1":
            circuit.x(qubit)
    return circuit
