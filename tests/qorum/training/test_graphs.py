"""Graphs as people write them, and their maximum cuts."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import networkx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from qorum.errors import InputRejected
from qorum.training.graphs import (
    Graph,
    cut_hamiltonian,
    cut_value,
    graph_to_json,
    maximum_cut,
    read_graph,
)

CUTS = {"k33": 9, "cube": 12, "petersen": 12, "heawood": 21}
"""Bipartite graphs are cut whole; the Petersen graph lacks 3 of its 15 edges."""


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    n = draw(st.integers(2, 8))
    pairs = list(itertools.combinations(range(n), 2))
    path = [(i, i + 1) for i in range(n - 1)]
    chosen = sorted({*path, *draw(st.lists(st.sampled_from(pairs), max_size=12))})
    weights = st.one_of(st.just(1.0), st.floats(-3, 3).filter(lambda weight: abs(weight) > 1e-3))
    edges = [(low, high, draw(weights)) for low, high in chosen]
    return Graph("drawn", n, ((edges[0][0], edges[0][1], 1.5), *edges[1:]))


@settings(max_examples=60, deadline=None)
@given(graph=graphs())
def test_the_hamiltonian_is_minus_the_cut_and_the_maximum_is_found(graph: Graph) -> None:
    n = graph.num_vertices
    energies = cut_hamiltonian(graph).apply(torch.eye(1 << n, dtype=torch.complex128)).diagonal().real
    cuts = [cut_value(graph, format(index, f"0{n}b")) for index in range(1 << n)]
    assert (-energies).tolist() == pytest.approx(cuts, abs=1e-12)
    found = maximum_cut(graph)
    assert found is not None
    assert found[0] == pytest.approx(max(cuts), abs=1e-12)
    assert cut_value(graph, found[1]) == found[0]
    assert found[1][0] == "0"


@settings(max_examples=30, deadline=None)
@given(graph=graphs())
def test_json_brings_back_every_bit(graph: Graph) -> None:
    again = read_graph(json.dumps(graph_to_json(graph)))
    assert again == graph
    assert [weight.hex() for *_, weight in again.edges] == [weight.hex() for *_, weight in graph.edges]


def test_the_rightmost_character_is_vertex_0() -> None:
    star = read_graph([[0, 1], [0, 2], [0, 3, 2.5]])
    assert maximum_cut(star) == (4.5, "0001")
    assert cut_value(star, "1000") == 2.5


def as_networkx(graph: Graph) -> networkx.Graph:
    return networkx.Graph([(low, high) for low, high, _ in graph.edges])


def degrees(graph: Graph) -> set[int]:
    return {degree for _, degree in as_networkx(graph).degree}


@pytest.mark.parametrize(("name", "cut"), CUTS.items())
def test_the_stored_graphs_are_cubic_without_triangles(name: str, cut: float) -> None:
    text = Path(f"examples/graphs/{name}.json").read_text()
    graph = read_graph(text)
    assert graph.name == name
    assert degrees(graph) == {3}
    assert not any(networkx.triangles(as_networkx(graph)).values())
    found = maximum_cut(graph)
    assert found is not None
    assert found[0] == cut
    assert graph_to_json(graph) == json.loads(text)


def test_stored_graphs_are_those_of_networkx() -> None:
    known = {
        "k33": networkx.complete_bipartite_graph(3, 3),
        "cube": networkx.hypercube_graph(3),
        "petersen": networkx.petersen_graph(),
        "heawood": networkx.heawood_graph(),
    }
    for name, expected in known.items():
        graph = read_graph(Path(f"examples/graphs/{name}.json").read_text())
        assert networkx.is_isomorphic(as_networkx(graph), expected), name


def test_networkx_graphs_keep_vertices_and_weights() -> None:
    source = networkx.Graph(name="mine")
    source.add_edge(2, 0, weight=0.5)
    source.add_edge(1, 2)
    assert read_graph(source) == Graph("mine", 3, ((0, 2, 0.5), (1, 2, 1.0)))


def test_directions_and_repetitions_of_an_edge_do_not_matter() -> None:
    first = read_graph("[[2, 1], [0, 1, 0.5], [1, 0, 0.5], [1, 2, 1]]")
    assert first.edges == ((0, 1, 0.5), (1, 2, 1.0))
    assert first.num_vertices == 3


def test_rings_and_random_regular_graphs_are_made_by_name() -> None:
    assert read_graph("ring:n=4").edges == ((0, 1, 1.0), (0, 3, 1.0), (1, 2, 1.0), (2, 3, 1.0))
    graph = read_graph("regular:n=12,degree=3,seed=0")
    assert (graph.num_vertices, degrees(graph), graph.name) == (12, {3}, "regular:n=12,degree=3,seed=0")
    assert graph.edges == read_graph("regular:n=12", name="other").edges
    assert graph.edges != read_graph("regular:n=12,seed=1").edges
    assert degrees(read_graph("regular:n=6,degree=5")) == {5}


def test_cuts_are_found_up_to_22_vertices() -> None:
    ring = maximum_cut(read_graph("ring:n=22"))
    assert ring == (22.0, "01" * 11)
    assert maximum_cut(read_graph("ring:n=23")) is None


def test_weights_of_both_signs_may_cancel() -> None:
    assert maximum_cut(read_graph([[0, 1, 1.0], [1, 2, -1.0]])) == (1.0, "001")


DIRECTED = networkx.DiGraph([(0, 1)])
NAMED = networkx.Graph([("a", "b")])
WORDS = networkx.Graph()
WORDS.add_edge(0, 1, weight="heavy")

REFUSED: dict[str, tuple[Any, str]] = {
    "no edges": ("[]", "at least 1 entries expected"),
    "no JSON": ('{"edges": [[0, 1]\n,]}', "line 2: JSON expected"),
    "other text": ("cube", "JSON, ring:n="),
    "a number": (7, "found a int"),
    "loop": ("[[0, 1], [1, 1]]", r"two vertices expected, found \[1, 1\]"),
    "two weights": ([[0, 1, 1], [1, 0, 2]], r"found \[0, 1\] with 1 and 2"),
    "NaN": ("[[0, 1, NaN]]", r"edges\[0\]\[2\].*finite number"),
    "infinite": ("[[0, 1, 1e999]]", "finite number"),
    "infinite together": ([[0, 1, 1e308], [1, 2, 1e308]], "finite sum"),
    "zero": ([[0, 1, 0]], "other than 0"),
    "nothing positive": ([[0, 1, -1], [1, 2, -0.5]], "empty one"),
    "out of range": ({"edges": [[0, 1], [1, 5]], "num_vertices": 3}, r"vertices 0 to 2 .* \[1, 5\]"),
    "negative vertex": ([[0, -1]], r"found the edge \[-1, 0\]"),
    "31 vertices": ([[i, i + 1] for i in range(30)], "at most 30 vertices"),
    "31 declared": ({"edges": [[0, 1]], "num_vertices": 31}, "num_vertices"),
    "fractional vertex": ([[0, 1.5]], r"edges\[0\]\[1\].*integer expected, found 1.5"),
    "named vertex": ([[0, "a"]], "found 'a'"),
    "truth as vertex": ([[0, True]], "found True"),
    "too long": ([[0, 1, 2, 3]], "at most 3 entries"),
    "no pair": ([3], "a list expected, found 3"),
    "unknown field": ({"edges": [[0, 1]], "weights": [1]}, "no field 'weights'"),
    "odd": ("regular:n=5,degree=3", "n times degree even"),
    "degree too high": ("regular:n=4,degree=5", "degree below n"),
    "unknown setting": ("ring:n=5,degree=2", "only n"),
    "small ring": ("ring:n=2", "greater than or equal to 3"),
    "directed": (DIRECTED, "undirected"),
    "named": (NAMED, "convert_node_labels_to_integers"),
    "weight as word": (WORDS, "found 'heavy'"),
    "empty networkx": (networkx.empty_graph(3), "at least one edge"),
}


@pytest.mark.parametrize(("source", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_a_faulty_graph_is_refused_in_words(source: Any, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        read_graph(source)


def test_what_no_edge_reaches_is_a_vertex_all_the_same() -> None:
    for source, best in (
        ({"edges": [[0, 1], [2, 3]]}, 2.0),
        ({"edges": [[0, 1]], "num_vertices": 4}, 1.0),
        ({"edges": [[0, 1, 0.0], [1, 2, 1.0]]}, 1.0),
    ):
        found = maximum_cut(read_graph(source))
        assert found is not None
        assert found[0] == best
    assert read_graph({"edges": [[0, 1, 0.0], [1, 2, 1.0]]}).num_vertices == 3


def test_parallel_edges_of_a_multigraph_add_up() -> None:
    graph = networkx.MultiGraph([(0, 1), (2, 1), (2, 1), (1, 2), (2, 3)])
    assert read_graph(graph).edges == ((0, 1, 1.0), (1, 2, 3.0), (2, 3, 1.0))
    triangle = networkx.MultiGraph([(0, 1), (1, 2), (0, 2), (0, 2), (2, 0)])
    found = maximum_cut(read_graph(triangle))
    assert found is not None
    assert found[0] == 4.0


def test_a_cut_is_exact_where_weights_differ_by_many_orders() -> None:
    edges = [[0, 1, -4e11], [0, 2, -1.0], [1, 2, 1.00284]]
    found = maximum_cut(read_graph({"edges": edges}))
    assert found is not None
    assert found == (pytest.approx(0.00284), "011")
