"""QAOA: alternate the cost and a mixer (Farhi et al., arXiv:1411.4028)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from pydantic import Field, model_validator
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from qorum.backends import derive_seed
from qorum.errors import InputRejected
from qorum.training.ansatze._ansatz import Ansatz, AnsatzTemplate, Parameters
from qorum.training.ansatze._fixed_angles import MOST_LAYERS, fixed_angles
from qorum.training.ansatze._paulis import PauliRotation, letters_of
from qorum.training.ansatze._problems import basis_state, num_qubits_of
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian

Cost = list[tuple[PauliRotation, float]]
"""What is minimized, up to a constant: a string of Z and its coefficient."""


class QaoaParameters(Parameters):
    """Depth, mixer, and where it starts."""

    layers: int = Field(1, ge=1, le=100, description="layers, two angles each, 1 to 100")
    start: Literal["fixed-angles", "linear-ramp", "random"] = Field(
        "fixed-angles",
        description=f"fixed-angles: published for regular graphs, up to {MOST_LAYERS} layers; linear-ramp: "
        "cost up, mixer down, any depth; random: uniform, seeded",
    )
    ramp: float = Field(0.6, gt=0, le=3, description="linear-ramp: the steepest angle in radians, up to 3")
    mixer: Literal["x", "xy"] = Field(
        "x", description="x: all outcomes; xy: a ring of hops that keeps the number of ones"
    )
    ones: int | None = Field(None, ge=0, le=30, description="xy: the number of ones, else half of the qubits")

    @model_validator(mode="after")
    def _consistent(self) -> QaoaParameters:
        if self.start == "fixed-angles" and self.layers > MOST_LAYERS:
            raise ValueError(
                f"layers: at most {MOST_LAYERS} with start=fixed-angles expected, found {self.layers}; "
                "take start=linear-ramp"
            )
        if self.ones is not None and self.mixer == "x":
            raise ValueError("ones: mixer=xy expected with it, found mixer=x")
        return self


def qaoa(problem: Hamiltonian | Graph, parameters: QaoaParameters, seed: int) -> Ansatz:
    """Layers of exp(iγH/s), then exp(-iβΣX) or a ring of exp(-iβ(XX + YY)); H is what is minimized.

    For a `Graph` H = -C and C = Σ w (1 - ZZ)/2 over its edges, as in the template `qaoa_maxcut`. The scale s
    is the root mean square of the weights w, of a Hamiltonian that of twice its coefficients: 1 for unit
    weights. So angles, and how steep the energy is in them, do not depend on it (arXiv:2305.15201). The
    parameters are γ of all layers, then β of all layers. The state before them: |+…+>, or with the XY mixer
    (Hadfield et al., arXiv:1709.03489) ones spread evenly over the ring.

    Raises:
        InputRejected: a Hamiltonian that is not diagonal, or more ones than qubits.
    """
    n, layers, cost = num_qubits_of(problem), parameters.layers, _cost(problem)
    circuit, mix = _mixer(n, parameters)
    largest = max((abs(coefficient) for _, coefficient in cost), default=0.0)
    if not largest:
        raise InputRejected("qaoa", "a coefficient other than 0 expected, found none; there is nothing to do")
    parts = np.array([coefficient / largest for _, coefficient in cost])
    scale = 2 * largest * float(np.sqrt(np.mean(parts**2)))
    angles = ParameterVector("θ", 2 * layers)
    for gamma, beta in zip(angles[:layers], angles[layers:], strict=True):
        for string, coefficient in cost:
            string.append(circuit, -2 * (coefficient / scale) * gamma)
        mix(beta)
    return Ansatz(circuit, _start(n, cost, parameters, seed))


def _cost(problem: Hamiltonian | Graph) -> Cost:
    if isinstance(problem, Graph):
        cost = [(PauliRotation(((low, "Z"), (high, "Z"))), weight / 2) for low, high, weight in problem.edges]
    else:
        for term in problem.observable.terms:
            if term.x:
                reason = (
                    f"a diagonal Hamiltonian (strings of I and Z) expected, found {letters_of(term)} (qubit "
                    f"0 first) of {problem.name}; take hamiltonian-variational or hardware-efficient"
                )
                raise InputRejected("qaoa", reason)
        cost = [(PauliRotation.about(term), term.coefficient) for term in problem.observable.terms]
    return [(string, coefficient) for string, coefficient in cost if coefficient]


def _mixer(n: int, parameters: QaoaParameters) -> tuple[QuantumCircuit, Callable[[Any], None]]:
    """The circuit so far, and what adds a layer of the mixer to it."""
    if parameters.mixer == "x":
        circuit = QuantumCircuit(n)
        circuit.h(range(n))
        return circuit, lambda beta: _mix_by_x(circuit, beta)
    ones = n // 2 if parameters.ones is None else parameters.ones
    if ones > n:
        raise InputRejected("qaoa", f"at most {n} ones expected, one for each qubit, found {ones}")
    spread = "".join("1" if (q + 1) * ones // n > q * ones // n else "0" for q in range(n))
    ring = basis_state(spread)
    return ring, lambda beta: _mix_by_hops(ring, beta)


def _mix_by_x(circuit: QuantumCircuit, beta: Any) -> None:
    circuit.rx(2 * beta, range(circuit.num_qubits))


def _mix_by_hops(circuit: QuantumCircuit, beta: Any) -> None:
    """Even bonds, then odd ones, then the one that closes a ring of odd length (arXiv:1904.09314)."""
    n = circuit.num_qubits
    bonds = [(qubit, (qubit + 1) % n) for qubit in range(n if n > 2 else n - 1)]
    even = bonds[0 : n - n % 2 : 2]
    for low, high in [*even, *(bond for bond in bonds if bond not in even)]:
        circuit.rxx(2 * beta, low, high)
        circuit.ryy(2 * beta, low, high)


def _start(n: int, cost: Cost, parameters: QaoaParameters, seed: int) -> np.ndarray:
    """Angles of unit weights: `qaoa` scales them."""
    layers = parameters.layers
    if parameters.start == "fixed-angles":
        degree = sum(len(string.letters) for string, _ in cost) / n
        gammas, betas = fixed_angles(layers, degree)
    elif parameters.start == "linear-ramp":
        rising = (np.arange(layers) + 0.5) / layers
        gammas, betas = parameters.ramp * rising, parameters.ramp * (1 - rising)
    else:
        draw = np.random.default_rng(derive_seed(seed, "qaoa", "start"))
        gammas, betas = draw.uniform(-math.pi / 2, math.pi / 2, layers), draw.uniform(0, math.pi / 2, layers)
    return np.concatenate([gammas, betas])


TEMPLATE = AnsatzTemplate(
    "qaoa",
    "QAOA: maximum cuts and other diagonal costs; each outcome is a solution, better ones more often",
    QaoaParameters,
    qaoa,
)
