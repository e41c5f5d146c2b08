"""QAOA for the maximum cut of a graph, at fixed angles."""

from __future__ import annotations

import math
import random
import re

from pydantic import Field, model_validator
from qiskit import QuantumCircuit

from qorum.circuits.library._template import Angles, Parameters, Template, measure_every_qubit

Edges = list[tuple[int, int]]
_EDGES = re.compile(r"\d{1,3}-\d{1,3}(,\d{1,3}-\d{1,3})*")


class QaoaMaxcutParameters(Parameters):
    """The graph and the angles."""

    num_qubits: int = Field(8, ge=2, le=30, description="vertices, 2 to 30, one qubit each")
    graph: str = Field(
        "random_regular", description="ring, random_regular, or edges such as 0-1,1-2,0-2", max_length=4000
    )
    degree: int = Field(3, ge=1, le=4, description="random_regular: edges at each vertex, 1 to 4")
    seed: int = Field(0, ge=0, lt=2**32, description="random_regular: of the graph")
    gammas: Angles | None = Field(
        None, max_length=20, description="cost angles in radians, one for each layer, as 0.6,0.7"
    )
    betas: Angles | None = Field(
        None, max_length=20, description="mixer angles in radians, one for each layer, as 0.4,0.2"
    )

    @model_validator(mode="after")
    def _consistent(self) -> QaoaMaxcutParameters:
        layers = len(self.gammas or ()), len(self.betas or ())
        if layers[0] != layers[1]:
            raise ValueError(f"as many gammas as betas expected, found {layers[0]} and {layers[1]}")
        maxcut_edges(self)
        return self


def maxcut_edges(parameters: QaoaMaxcutParameters) -> Edges:
    """The graph's edges, each once, the lesser vertex first, sorted.

    Raises:
        ValueError: the graph is not one of the known forms, or does not fit the number of vertices.
    """
    n = parameters.num_qubits
    if parameters.graph == "ring":
        return sorted({(min(i, (i + 1) % n), max(i, (i + 1) % n)) for i in range(n)})
    if parameters.graph == "random_regular":
        return random_regular_edges(n, parameters.degree, parameters.seed)
    if not _EDGES.fullmatch(parameters.graph):
        raise ValueError(
            f"graph: ring, random_regular or edges as 0-1,1-2 expected, found {parameters.graph!r}"
        )
    pairs = [tuple(sorted(map(int, edge.split("-")))) for edge in parameters.graph.split(",")]
    edges = sorted({(low, high) for low, high in pairs})
    for low, high in edges:
        if low == high or high >= n:
            raise ValueError(
                f"graph: edges between two of the vertices 0 to {n - 1} expected, found {low}-{high}"
            )
    return edges


def default_angles(edges: Edges, num_qubits: int) -> tuple[float, float]:
    """(γ, β) = (arctan 1/√(d−1), π/8) for the mean degree d, but γ = π/2 for d ≤ 1.

    The optimum of one layer on triangle-free d-regular graphs (Wang et al., arXiv:1706.02998), kept as
    fixed angles by Wurtz and Lykov (arXiv:2107.00677): 0.692 of the edges are cut for d = 3.
    """
    degree = 2 * len(edges) / num_qubits
    gamma = math.atan(1 / math.sqrt(degree - 1)) if degree > 1 else math.pi / 2
    return gamma, math.pi / 8


def qaoa_maxcut(parameters: QaoaMaxcutParameters) -> QuantumCircuit:
    """Π exp(−iβΣX)·exp(−iγC) on |+…+⟩, with C = Σ(1−ZZ)/2 over the edges (Farhi et al., arXiv:1411.4028).

    Each outcome is a cut: the vertices of bit 0 against those of bit 1.
    """
    n, edges = parameters.num_qubits, maxcut_edges(parameters)
    gamma, beta = default_angles(edges, n)
    circuit = QuantumCircuit(n, n)
    circuit.h(range(n))
    for cost, mixer in zip(parameters.gammas or (gamma,), parameters.betas or (beta,), strict=True):
        for low, high in edges:
            circuit.rzz(-cost, low, high)
        circuit.rx(2 * mixer, range(n))
    return measure_every_qubit(circuit)


def random_regular_edges(n: int, degree: int, seed: int) -> Edges:
    """By the pairing model: pair the vertices' half-edges at random until no edge is a loop or double.

    Edges as `maxcut_edges` gives them. Degrees above 5 take very many tries.

    Raises:
        ValueError: no graph of n vertices has that degree.
    """
    if n * degree % 2 or degree >= n:
        raise ValueError(
            f"graph: degree < num_qubits and degree * num_qubits even expected, found {degree} and {n}"
        )
    draw = random.Random(seed)
    while True:
        halves = [vertex for vertex in range(n) for _ in range(degree)]
        draw.shuffle(halves)
        pairs = list(zip(halves[::2], halves[1::2], strict=True))
        edges = {(min(pair), max(pair)) for pair in pairs}
        if len(edges) == len(pairs) and all(low < high for low, high in edges):
            return sorted(edges)


TEMPLATE = Template(
    "qaoa_maxcut",
    "QAOA for maximum cut: outcomes are cuts, larger ones more often (0.692 of the edges on average for "
    "one layer on triangle-free 3-regular graphs)",
    QaoaMaxcutParameters,
    qaoa_maxcut,
)
