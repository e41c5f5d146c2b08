"""Unitary paired coupled cluster, generalized and repeated: shallower than UCCSD."""

from __future__ import annotations

import numpy as np
from pydantic import Field
from qiskit.circuit import ParameterVector

from qorum.backends import derive_seed
from qorum.training.ansatze._ansatz import Ansatz, AnsatzTemplate, Parameters
from qorum.training.ansatze._problems import basis_state, fermions_of
from qorum.training.excitations import FREQUENCIES, generalized_singles_and_doubles, paired_doubles
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian


class KUpccgsdParameters(Parameters):
    """How often the product is repeated, and where it starts."""

    k: int = Field(2, ge=1, le=20, description="products, each with its own angles, 1 to 20")
    spread: float = Field(
        0.2, ge=0, le=3, description="standard deviation of the angles at the start, radians, 0 to 3"
    )


def k_upccgsd(problem: Hamiltonian | Graph, parameters: KUpccgsdParameters, seed: int) -> Ansatz:
    """k products of all paired doubles, then all singles, between any orbitals (arXiv:1810.02327).

    It starts at small random angles: at zeros, where products are alike, they would stay alike.

    Raises:
        InputRejected: the problem has no electrons.
    """
    hamiltonian = fermions_of("k-upccgsd", problem)
    n, layout = hamiltonian.num_qubits, hamiltonian.spin_orbitals
    singles, _ = generalized_singles_and_doubles(n, layout)
    excitations = (paired_doubles(n, layout) + singles) * parameters.k
    angles = ParameterVector("θ", len(excitations))
    circuit = basis_state(hamiltonian.start_state)
    for excitation, angle in zip(excitations, angles, strict=True):
        excitation.append(circuit, angle)
    draw = np.random.default_rng(derive_seed(seed, "k-upccgsd", "start"))
    start = parameters.spread * draw.standard_normal(len(angles))
    return Ansatz(circuit, start, frequencies=(FREQUENCIES,) * len(angles))


TEMPLATE = AnsatzTemplate(
    "k-upccgsd",
    "k products of paired doubles and generalized singles: molecules, also with bonds stretched",
    KUpccgsdParameters,
    k_upccgsd,
)
