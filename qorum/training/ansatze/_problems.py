"""What ansätze ask of problems."""

from __future__ import annotations

from qiskit import QuantumCircuit

from qorum.errors import CircuitRejected
from qorum.training.excitations import hartree_fock_state, spin_of
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

MOST_QUBITS = 30
"""More do not fit into one statevector of 16 GB, and exact training ends there."""


def num_qubits_of(problem: Hamiltonian | Graph) -> int:
    """Width of the problem's circuits."""
    return problem.num_vertices if isinstance(problem, Graph) else problem.num_qubits


def operator_of(name: str, problem: Hamiltonian | Graph) -> Hamiltonian:
    """The problem, if it is an operator; else `CircuitRejected` in the name of the ansatz."""
    if isinstance(problem, Graph):
        raise CircuitRejected(name, f"a Hamiltonian expected, found the graph {problem.name}; take qaoa")
    return problem


def fermions_of(name: str, problem: Hamiltonian | Graph) -> tuple[Hamiltonian, tuple[int, int]]:
    """The problem and its electrons; `CircuitRejected` in the name of the ansatz if there are none."""
    hamiltonian = operator_of(name, problem)
    if hamiltonian.num_particles is None:
        reason = (
            "a Hamiltonian of fermions (with num_particles) expected, found none of "
            f"{hamiltonian.name}; take hardware-efficient or hamiltonian-variational"
        )
        raise CircuitRejected(name, reason)
    return hamiltonian, hamiltonian.num_particles


def reference_state(hamiltonian: Hamiltonian) -> str:
    """The basis state that the problem names: its own, Hartree-Fock, or zeros; rightmost = qubit 0.

    Raises:
        CircuitRejected: the state has another length, another letter or other numbers of electrons.
    """
    n, particles, state = hamiltonian.num_qubits, hamiltonian.num_particles, hamiltonian.initial_state
    if state is None:
        return "0" * n if particles is None else hartree_fock_state(particles, n, hamiltonian.spin_orbitals)
    if len(state) != n or state.strip("01"):
        reason = f"an initial state of {n} characters 0 and 1 expected, found {state!r}"
        raise CircuitRejected(hamiltonian.name, reason)
    if particles is not None:
        spins = [spin_of(q, n, hamiltonian.spin_orbitals) for q in range(n) if state[n - 1 - q] == "1"]
        if (found := (spins.count(0), spins.count(1))) != particles:
            reason = f"an initial state of {particles} electrons (spin up, down) expected, found {found}"
            raise CircuitRejected(hamiltonian.name, reason)
    return state


def basis_state(state: str) -> QuantumCircuit:
    """A circuit that prepares it."""
    circuit = QuantumCircuit(len(state))
    for qubit, bit in enumerate(reversed(state)):
        if bit == "1":
            circuit.x(qubit)
    return circuit
