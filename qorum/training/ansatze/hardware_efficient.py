"""Layers of rotations and CX gates: shallow, for any problem, with no knowledge of it."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Literal

import numpy as np
from pydantic import Field
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.backends import derive_seed
from qorum.training.ansatze._ansatz import Ansatz, AnsatzTemplate, Parameters
from qorum.training.ansatze._problems import basis_state, num_qubits_of, operator_of
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

Entanglement = Literal["linear", "circular", "full"]


class HardwareEfficientParameters(Parameters):
    """Depth, gates, and where it starts."""

    layers: int = Field(2, ge=0, le=50, description="entangling layers, 0 to 50")
    rotations: Literal["ry", "ryrz"] = Field(
        "ryrz", description="ry: real amplitudes; ryrz: RY and RZ on each qubit"
    )
    entanglement: Entanglement = Field(
        "linear",
        description="linear: CX from each qubit to the next; circular: and from the last to the first; "
        "full: from each to all later ones",
    )
    around: Literal["zeros", "initial-state"] = Field(
        "zeros",
        description="the state at angles of 0: zeros, or the problem's initial state (Hartree-Fock of "
        "electrons)",
    )
    start: Literal["small", "uniform"] = Field(
        "small", description="angles at the start: small: normal, of deviation spread; uniform: in [-pi, pi)"
    )
    spread: float = Field(0.1, ge=0, le=3, description="small: standard deviation in radians, 0 to 3")


def hardware_efficient(
    problem: Hamiltonian | Graph, parameters: HardwareEfficientParameters, seed: int
) -> Ansatz:
    """RY (and RZ) on each qubit, with CX gates between such layers (Kandala et al., arXiv:1704.05018).

    Parameters are ordered by layer, then RY before RZ, then qubit.
    """
    n, names = num_qubits_of(problem), ("ry", "rz")[: 1 + (parameters.rotations == "ryrz")]
    entanglers = entangling_pairs(n, parameters.entanglement)
    circuit = QuantumCircuit(n)
    if parameters.around == "initial-state":
        state = operator_of("hardware-efficient?around=initial-state", problem).start_state
        circuit = basis_state(_before(state, entanglers * parameters.layers))
    angles = ParameterVector("θ", (parameters.layers + 1) * len(names) * n)
    remaining = iter(angles)
    for layer in range(parameters.layers + 1):
        for control, target in entanglers if layer else ():
            circuit.cx(control, target)
        for name in names:
            for qubit in range(n):
                getattr(circuit, name)(next(remaining), qubit)
    draw = np.random.default_rng(derive_seed(seed, "hardware-efficient", "start"))
    if parameters.start == "small":
        start = parameters.spread * draw.standard_normal(len(angles))
    else:
        start = draw.uniform(-math.pi, math.pi, len(angles))
    return Ansatz(circuit, start)


def entangling_pairs(num_qubits: int, entanglement: Entanglement) -> list[tuple[int, int]]:
    """(control, target) of a layer's two-qubit gates, in order; circular adds none to two qubits."""
    if entanglement == "full":
        return list(combinations(range(num_qubits), 2))
    pairs = [(qubit, qubit + 1) for qubit in range(num_qubits - 1)]
    return [*pairs, (num_qubits - 1, 0)] if entanglement == "circular" and num_qubits > 2 else pairs


def _before(state: str, pairs: list[tuple[int, int]]) -> str:
    """The basis state that these CX gates turn into the given one."""
    bits = [int(bit) for bit in reversed(state)]
    for control, target in reversed(pairs):
        bits[target] ^= bits[control]
    return "".join(map(str, reversed(bits)))


TEMPLATE = AnsatzTemplate(
    "hardware-efficient",
    "Layers of RY, RZ and CX: any problem, shallow, but blind to it and hard to train when deep or wide",
    HardwareEfficientParameters,
    hardware_efficient,
)
