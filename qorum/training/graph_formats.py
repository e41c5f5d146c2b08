"""Graphs from what people write: JSON, NetworkX, `regular:…`, `ring:…`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Annotated, Any, NamedTuple, cast

from pydantic import BeforeValidator, Field, Strict

from qorum.circuits.library.qaoa_maxcut import random_regular_edges
from qorum.errors import InputRejected
from qorum.training.problem_text import Document, read_json, read_settings, shortened, validated

MOST_VERTICES = 30
"""One qubit each."""

Vertex = Annotated[int, Strict()]
Weight = Annotated[float, Strict()]


def _weighted(edge: Any) -> Any:
    return [*edge, 1.0] if isinstance(edge, (list, tuple)) and len(cast(list[Any], edge)) == 2 else edge


Edge = Annotated[tuple[Vertex, Vertex, Weight], BeforeValidator(_weighted)]


class GraphDocument(Document):
    """A graph as JSON."""

    edges: list[Edge] = Field(
        min_length=1, description="each [vertex, vertex] or [vertex, vertex, weight]; the weight is 1 else"
    )
    num_vertices: Vertex | None = Field(
        None, ge=2, le=MOST_VERTICES, description=f"how many, 2 to {MOST_VERTICES}"
    )
    name: str | None = Field(None, min_length=1, max_length=200, description="as reports call it")


class Ring(Document):
    """What may stand in `ring:n=8`."""

    n: int = Field(ge=3, le=MOST_VERTICES, description=f"vertices, 3 to {MOST_VERTICES}")


class Regular(Document):
    """What may stand in `regular:n=12,degree=3,seed=0`."""

    n: int = Field(ge=3, le=MOST_VERTICES, description=f"vertices, 3 to {MOST_VERTICES}")
    degree: int = Field(3, ge=2, le=5, description="edges at each vertex, 2 to 5")
    seed: int = Field(0, ge=0, lt=2**32, description="of the graph")


class NamedEdges(NamedTuple):
    """What a source says of a graph; vertices None: as many as the edges need."""

    name: str
    num_vertices: int | None
    edges: Sequence[tuple[int, int, float]]


def read_edges(source: Any, name: str | None) -> NamedEdges:
    """What `graphs.read_graph` reads, not yet looked at as a graph; raises `InputRejected` as it does."""
    if isinstance(source, (str, bytes)):
        return _from_text(source, name)
    if isinstance(source, (Mapping, list, tuple)):
        return _from_document(cast(object, source), name)
    if hasattr(source, "is_directed") and hasattr(source, "nodes") and hasattr(source, "edges"):
        return _from_networkx(source, name)
    kind = type(source).__name__
    reason = f"JSON, a NetworkX graph, ring:n=… or regular:n=…,degree=… expected, found a {kind}"
    raise InputRejected(name or "graph", reason)


def _from_text(source: str | bytes, name: str | None) -> NamedEdges:
    called = name or "graph"
    if isinstance(source, str):
        kind, colon, settings = source.strip().partition(":")
        if colon and kind == "ring":
            n = validated(Ring, read_settings(settings, source), source).n
            return NamedEdges(name or source, n, [(i, (i + 1) % n, 1.0) for i in range(n)])
        if colon and kind == "regular":
            return _random_regular(source, settings, name)
    if source.lstrip()[:1] not in ("{", "[", b"{", b"["):
        reason = f"JSON, ring:n=… or regular:n=…,degree=… expected, found {shortened(source[:80])}"
        raise InputRejected(called, reason)
    return _from_document(read_json(source, called), name)


def _random_regular(source: str, settings: str, name: str | None) -> NamedEdges:
    chosen = validated(Regular, read_settings(settings, source), source)
    n, degree = chosen.n, chosen.degree
    if n * degree % 2 or degree >= n:
        reason = f"degree below n and n times degree even expected, found n={n} and degree={degree}"
        raise InputRejected(source, reason)
    edges = random_regular_edges(n, degree, chosen.seed)
    return NamedEdges(name or source, n, [(low, high, 1.0) for low, high in edges])


def _from_document(values: Any, name: str | None) -> NamedEdges:
    if not isinstance(values, Mapping):
        values = {"edges": values}
    document = validated(GraphDocument, values, name or "graph")
    return NamedEdges(name or document.name or "graph", document.num_vertices, document.edges)


def _from_networkx(source: Any, name: str | None) -> NamedEdges:
    called = name or str(getattr(source, "name", "") or "graph")
    if source.is_directed():
        raise InputRejected(called, "an undirected graph expected, found a directed one; to_undirected()")
    nodes = list(source.nodes)
    if not all(isinstance(node, Integral) for node in nodes) or sorted(nodes) != list(range(len(nodes))):
        raise InputRejected(
            called,
            f"vertices 0 to {len(nodes) - 1} expected, found {shortened(nodes)}; "
            "networkx.convert_node_labels_to_integers gives them",
        )
    triples = cast(Iterable[tuple[int, int, Any]], source.edges(data="weight", default=1.0))
    edges = [(int(one), int(other), _weight(called, value)) for one, other, value in triples]
    if source.is_multigraph():
        sums: dict[tuple[int, int], float] = {}
        for one, other, weight in edges:
            pair = (min(one, other), max(one, other))
            sums[pair] = sums.get(pair, 0.0) + weight
        edges = [(*pair, weight) for pair, weight in sums.items()]
    return NamedEdges(called, len(nodes), edges)


def _weight(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputRejected(name, f"numbers as weights expected, found {shortened(value)}") from None
