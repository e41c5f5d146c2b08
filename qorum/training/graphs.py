"""Graphs as problems: the maximum cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import numpy as np

from qorum.errors import InputRejected
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.cuts import least_energy
from qorum.training.graph_formats import MOST_VERTICES, read_edges
from qorum.training.problem_text import text_of
from qorum.training.qubo_formats import is_qubo, read_qubo

LARGEST_SOLVED = 22
"""Vertices up to which the maximum cut is found by trying all."""


@dataclass(frozen=True)
class Graph:
    """A weighted graph whose maximum cut is sought.

    Attributes:
        name: as reports call it.
        num_vertices: vertices 0 … num_vertices - 1, one qubit each.
        edges: (low, high, weight), each once, low < high, ascending; they need not reach every vertex.

    Raises:
        InputRejected: no edges, not in that form, more than 30 vertices, a vertex out of range, a weight
            that is 0 or not finite, or no positive weight (nothing to cut).
    """

    name: str
    num_vertices: int
    edges: tuple[tuple[int, int, float], ...]

    def __post_init__(self) -> None:
        _check(self)


def read_graph(source: Any, name: str | None = None) -> Graph:
    """A graph from any of these.

    * JSON text, bytes or dict: `{"edges": [[0, 1], [1, 2, 0.5]], "num_vertices": 3, "name": "path"}`, or the
      list of edges alone. An edge without a weight has 1; one that stands twice counts once.
    * An undirected NetworkX graph of vertices 0, 1, …; weights from the edges' attribute `weight`, else 1.
      Parallel edges of a multigraph add up.
    * `ring:n=8` or `regular:n=12,degree=3,seed=0` (random, by the pairing model).
    * A `Graph`, which keeps all but its name, if another is given.

    Args:
        source: see above.
        name: as reports call it; None: what the source says, else `graph`.

    Raises:
        InputRejected: it is none of these, or not a graph as `Graph` wants it; with the place.
    """
    if isinstance(source, Graph):
        return replace(source, name=name or source.name)
    return joined(*read_edges(source, name))


def graph_to_json(graph: Graph) -> dict[str, Any]:
    """What `read_graph` turns into the same graph, bit for bit; weights of 1 are left out."""
    edges = [[low, high] if weight == 1 else [low, high, weight] for low, high, weight in graph.edges]
    return {"name": graph.name, "num_vertices": graph.num_vertices, "edges": edges}


def graph_text(source: Any) -> str:
    """A graph or QUBO as the text that a flow takes: text as it is, objects as JSON.

    Raises:
        ValueError: an object that is no graph, with the reason.
    """
    if not isinstance(source, str) and is_qubo(source):
        return text_of(source, lambda given: read_qubo(given).document)
    return text_of(source, lambda given: graph_to_json(read_graph(given)))


def cut_hamiltonian(graph: Graph) -> PauliSum:
    """-Σ w (1 - Z_i Z_j) / 2: minus the weight of the cut between the vertices of bit 0 and of bit 1."""
    terms = sorted(PauliTerm(0, 1 << low | 1 << high, weight / 2) for low, high, weight in graph.edges)
    return PauliSum(graph.num_vertices, tuple(terms), -sum(weight / 2 for _, _, weight in graph.edges))


def cut_value(graph: Graph, bitstring: str) -> float:
    """The weight between the vertices of bit 0 and of bit 1; the rightmost character is vertex 0."""
    sides = bitstring[::-1]
    return float(sum(weight for low, high, weight in graph.edges if sides[low] != sides[high]))


def maximum_cut(graph: Graph) -> tuple[float, str] | None:
    """The largest cut and a bitstring that has it, rightmost character = vertex 0, by trying all.

    The last vertex is on side 0 always; of several such bitstrings the least.

    Returns:
        None above 22 vertices.
    """
    n = graph.num_vertices
    if n > LARGEST_SOLVED:
        return None
    weights = np.zeros((n, n))
    for low, high, weight in graph.edges:
        weights[low, high] = weight
    best = format(least_energy(weights), f"0{n}b")
    return cut_value(graph, best), best


def joined(name: str, num_vertices: int | None, edges: Iterable[tuple[int, int, float]]) -> Graph:
    """A graph from edges in any order and direction; equal ones count once, those of weight 0 not at all.

    Args:
        name: as reports call it.
        num_vertices: None: as many as the edges need.
        edges: two vertices and a weight.

    Raises:
        InputRejected: an edge joins a vertex to itself, or stands twice with different weights; or what
            `Graph` refuses.
    """
    found: dict[tuple[int, int], float] = {}
    for one, other, weight in edges:
        if one == other:
            raise InputRejected(name, f"edges between two vertices expected, found [{one}, {other}]")
        pair = (min(one, other), max(one, other))
        if found.setdefault(pair, weight) != weight:
            known = f"[{pair[0]}, {pair[1]}] with {found[pair]:g} and {weight:g}"
            raise InputRejected(name, f"one weight for each edge expected, found {known}")
    if num_vertices is None:
        num_vertices = max((high for _, high in found), default=-1) + 1
    kept = sorted(pair for pair, weight in found.items() if weight)
    if found and not kept:
        raise InputRejected(name, "a weight other than 0 expected, found none: there is nothing to cut")
    return Graph(name, num_vertices, tuple((*pair, float(found[pair])) for pair in kept))


def _check(graph: Graph) -> None:
    def refuse(reason: str) -> InputRejected:
        return InputRejected(graph.name, reason)

    n = graph.num_vertices
    if not graph.edges:
        raise refuse("at least one edge expected, found none")
    for low, high, weight in graph.edges:
        if not (0 <= low < n and 0 <= high < n):
            raise refuse(f"vertices 0 to {n - 1} expected, found the edge [{low}, {high}]")
        if not isfinite(weight) or weight == 0:
            raise refuse(f"finite weights other than 0 expected, found {weight} on the edge [{low}, {high}]")
    if n > MOST_VERTICES:
        raise refuse(f"at most {MOST_VERTICES} vertices, one qubit each, expected, found {n}")
    if not isfinite(sum(abs(weight) for *_, weight in graph.edges)):
        raise refuse("weights with a finite sum expected, found larger ones")
    if not any(weight > 0 for *_, weight in graph.edges):
        raise refuse("a positive weight expected, found none: the largest cut is the empty one")
    pairs = [(low, high) for low, high, _ in graph.edges]
    if any(low >= high for low, high in pairs) or pairs != sorted(set(pairs)):
        raise refuse("edges once each, the lower vertex first, ascending, expected; make it by `joined`")
