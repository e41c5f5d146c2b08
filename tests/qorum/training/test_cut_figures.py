"""What is told of a graph's cut beside the energy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qorum.training.ansatze import build_ansatz
from qorum.training.cut_figures import cut_figures
from qorum.training.graphs import Graph, cut_value, maximum_cut, read_graph

HEAWOOD = read_graph(Path("examples/graphs/heawood.json").read_text())


def at_the_start(graph: Graph, seed: int = 0) -> dict[str, float | str]:
    ansatz = build_ansatz("qaoa?layers=2", graph, 0)
    return cut_figures(graph, ansatz.circuit, ansatz.start, seed)


def test_the_heawood_graph_has_the_published_ratio_and_a_better_sample() -> None:
    figures = at_the_start(HEAWOOD)
    maximum, _ = maximum_cut(HEAWOOD) or (0.0, "")
    expected, best, partition = (figures[name] for name in ("expected cut", "best sampled cut", "partition"))
    assert figures["approximation ratio"] == pytest.approx(0.7559, abs=1e-4)
    assert isinstance(expected, float)
    assert isinstance(best, float)
    assert isinstance(partition, str)
    assert expected == pytest.approx(0.7559 * maximum, abs=2e-3)
    assert expected < best <= maximum
    assert cut_value(HEAWOOD, partition) == best


def test_the_rightmost_character_of_the_partition_is_vertex_0() -> None:
    star = read_graph([[0, 1], [0, 2], [0, 3, 2.5]])
    assert at_the_start(star)["partition"] == "0001"


def test_samples_come_from_the_seed() -> None:
    graph = read_graph("ring:n=18")
    circuit = build_ansatz("qaoa?layers=1", graph, 0).circuit
    one, again, other = (cut_figures(graph, circuit, np.zeros(2), seed) for seed in (0, 0, 1))
    assert one == again
    assert one["partition"] != other["partition"]
    assert one["expected cut"] == other["expected cut"] == pytest.approx(9), "half the edges at random"


def test_no_ratio_is_told_where_the_best_is_to_cut_nothing() -> None:
    heavy = read_graph([[0, 1], [0, 2, -5], [1, 2, -5]])
    figures = at_the_start(heavy)
    assert "approximation ratio" not in figures
    assert figures["best sampled cut"] == 0


def test_large_graphs_and_other_circuits_tell_nothing() -> None:
    ansatz = build_ansatz("qaoa?layers=1", HEAWOOD, 0)
    assert cut_figures(HEAWOOD, ansatz.circuit, np.zeros(4), 0) == {}
    large = replace(read_graph("ring:n=23"), name="large")
    ring = build_ansatz("qaoa?layers=1", large, 0)
    assert cut_figures(large, ring.circuit, ring.start, 0) == {}
