"""Unitary coupled cluster, one Trotter step: the textbook ansatz of molecules."""

from __future__ import annotations

import numpy as np
from pydantic import Field
from qiskit.circuit import ParameterVector

from qorum.training.ansatze._ansatz import Ansatz, AnsatzTemplate, Parameters
from qorum.training.ansatze._problems import basis_state, fermions_of
from qorum.training.excitations import FREQUENCIES, singles_and_doubles
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian


class UccsdParameters(Parameters):
    """How often the product is repeated."""

    repetitions: int = Field(1, ge=1, le=10, description="products, each with its own angles, 1 to 10")


def uccsd(problem: Hamiltonian | Graph, parameters: UccsdParameters, seed: int) -> Ansatz:
    """Π exp(θ(T - T†)) on the Hartree-Fock state: all doubles, then all singles (arXiv:1506.00443).

    It starts at zeros, which is the Hartree-Fock state; the seed is not used.

    Raises:
        InputRejected: the problem has no electrons, or they cannot be excited.
    """
    del seed
    hamiltonian = fermions_of("uccsd", problem)
    state = hamiltonian.start_state
    singles, doubles = singles_and_doubles(state, hamiltonian.spin_orbitals)
    excitations = (doubles + singles) * parameters.repetitions
    angles = ParameterVector("θ", len(excitations))
    circuit = basis_state(state)
    for excitation, angle in zip(excitations, angles, strict=True):
        excitation.append(circuit, angle)
    return Ansatz(circuit, np.zeros(len(angles)), frequencies=(FREQUENCIES,) * len(angles))


TEMPLATE = AnsatzTemplate(
    "uccsd",
    "Unitary coupled cluster with singles and doubles: molecules near equilibrium; deep circuits",
    UccsdParameters,
    uccsd,
)
