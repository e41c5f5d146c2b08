"""QAOA cuts what is published, with weights, on diagonal Hamiltonians and with the XY mixer."""

from __future__ import annotations

from dataclasses import replace

import networkx
import numpy as np
import pytest
import torch

from qorum.circuits.library.qaoa_maxcut import QaoaMaxcutParameters, qaoa_maxcut
from qorum.errors import InputRejected
from qorum.statevector.evolution import Circuit
from qorum.statevector.gradients import energy_and_gradient
from qorum.statevector.observables import PauliSum
from qorum.training.ansatze import build_ansatz
from qorum.training.ansatze._fixed_angles import MOST_LAYERS, fixed_angles
from qorum.training.graphs import Graph
from qorum.training.hamiltonians import Hamiltonian
from tests.qorum.training.ansatze.problems import energy, ising_ring, minimized, minus_cut, state

WEIGHTED = Graph("weighted", 5, ((0, 1, 0.5), (0, 2, 2.0), (1, 3, 1.5), (2, 3, 1.0), (3, 4, 0.7)))


def graph_of(name: str, graph: networkx.Graph) -> Graph:
    edges = tuple(sorted((min(edge), max(edge), 1.0) for edge in graph.edges))
    return Graph(name, graph.number_of_nodes(), edges)


HEAWOOD = graph_of("heawood", networkx.heawood_graph())
"""3-regular on 14 vertices, no cycle shorter than 6."""


def cut_on_trees(gammas: np.ndarray, betas: np.ndarray, degree: int) -> float:
    """Expected cut of an edge whose neighbourhood is a tree, without any state (arXiv:2110.14206, eq. 3)."""
    layers = len(gammas)
    spins = 1 - 2 * ((np.arange(2 ** (2 * layers + 1))[:, None] >> np.arange(2 * layers + 1)) & 1)
    weight = np.full(len(spins), 0.5, dtype=complex)
    for layer, beta in enumerate(betas):
        for at, sign in ((layer, 1), (2 * layers - 1 - layer, -1)):
            same = spins[:, at] == spins[:, at + 1]
            weight = weight * np.where(same, np.cos(beta), sign * 1j * np.sin(beta))
    overlaps = (spins * np.concatenate([gammas, [0], -gammas[::-1]])) @ spins.T / 2
    branch = np.ones(len(spins), dtype=complex)
    for _ in range(layers):
        branch = (np.cos(overlaps) @ (weight * branch)) ** (degree - 1)
    ends = spins[:, layers] * weight * branch
    return 0.5 - 0.5 * float((ends @ np.exp(-1j * overlaps) @ ends).real)


@pytest.mark.parametrize(("layers", "published"), [(1, 0.69245), (2, 0.75591), (3, 0.79232), (4, 0.81673)])
def test_fixed_angles_guarantee_the_published_ratio(layers: int, published: float) -> None:
    assert cut_on_trees(*fixed_angles(layers, 3), 3) == pytest.approx(published, abs=1e-5)


@pytest.mark.parametrize("layers", range(5, MOST_LAYERS + 1))
def test_deeper_angles_extend_shallower_ones(layers: int) -> None:
    gammas, betas = fixed_angles(layers, 3)
    assert len(gammas) == len(betas) == layers
    assert (np.diff(gammas) > 0).all()
    assert (np.diff(betas) < 0).all()


@pytest.mark.parametrize("degree", [2, 4, 5])
def test_one_layer_is_optimal_for_other_degrees(degree: int) -> None:
    best = cut_on_trees(*fixed_angles(1, degree), degree)
    for turn in (-1e-2, 1e-2):
        gammas, betas = fixed_angles(1, degree)
        assert cut_on_trees(gammas + turn, betas, degree) < best
        assert cut_on_trees(gammas, betas + turn, degree) < best


@pytest.mark.parametrize(("layers", "expected"), [(1, 0.6924501), (2, 0.7559064)])
def test_the_heawood_graph_is_cut_as_published(layers: int, expected: float) -> None:
    ansatz = build_ansatz(f"qaoa?layers={layers}", HEAWOOD, 0)
    found, gradient = energy_and_gradient(
        Circuit(ansatz.circuit, dtype=torch.complex128), minus_cut(HEAWOOD), torch.as_tensor(ansatz.start)
    )
    assert -found / len(HEAWOOD.edges) == pytest.approx(expected, abs=1e-6)
    assert gradient.abs().max() < (1e-10 if layers == 1 else 1e-2)


def test_more_layers_cut_more() -> None:
    cuts = [-_energy(f"qaoa?layers={layers}") for layers in range(1, MOST_LAYERS + 1)]
    assert cuts == sorted(cuts)
    assert cuts[-1] > 0.9 * len(HEAWOOD.edges)


@pytest.mark.parametrize("start", ["fixed-angles", "linear-ramp"])
def test_starts_are_better_than_guessing(start: str) -> None:
    assert -_energy(f"qaoa?layers=6&start={start}") > 0.75 * len(HEAWOOD.edges)


def _energy(reference: str) -> float:
    ansatz = build_ansatz(reference, HEAWOOD, 0)
    return energy(ansatz.circuit, minus_cut(HEAWOOD), ansatz.start)


def test_it_is_the_circuit_of_the_template() -> None:
    gammas, betas = (0.3, 0.8), (0.5, 0.2)
    edges = "0-1,0-2,1-3,2-3,3-4"
    measured = qaoa_maxcut(QaoaMaxcutParameters(num_qubits=5, graph=edges, gammas=gammas, betas=betas))
    graph = replace(WEIGHTED, edges=tuple((low, high, 1.0) for low, high, _ in WEIGHTED.edges))
    ansatz = build_ansatz("qaoa?layers=2", graph, 0)
    expected = state(measured.remove_final_measurements(inplace=False), np.zeros(0))
    assert np.allclose(state(ansatz.circuit, np.array([*gammas, *betas])), expected, atol=1e-12)


def test_a_graph_and_its_hamiltonian_give_the_same_states() -> None:
    hamiltonian = Hamiltonian("cut", minus_cut(WEIGHTED))
    own, others = (build_ansatz("qaoa?layers=3", problem, 0) for problem in (WEIGHTED, hamiltonian))
    assert np.array_equal(own.start, others.start)
    angles = np.array([0.3, 0.8, -0.4, 0.5, 0.2, 0.9])
    assert np.allclose(state(own.circuit, angles), state(others.circuit, angles), atol=1e-12)


def test_the_start_does_not_depend_on_the_unit_of_the_weights() -> None:
    larger = replace(
        WEIGHTED, edges=tuple((low, high, 1000 * weight) for low, high, weight in WEIGHTED.edges)
    )
    states = [state((one := build_ansatz("qaoa?layers=3", graph, 0)).circuit, one.start)
              for graph in (WEIGHTED, larger)]  # fmt: skip
    assert np.allclose(*states, atol=1e-10)


def test_weights_are_minded() -> None:
    ansatz = build_ansatz("qaoa?layers=4", WEIGHTED, 0)
    found, _ = minimized(ansatz.circuit, minus_cut(WEIGHTED), ansatz.start)
    assert -found > 0.97 * 5.7  # bipartite: all weights are cut at best


def test_three_letters_are_minded() -> None:
    observable = PauliSum.from_terms(4, [("ZZZI", 1.0), ("IZIZ", -0.5), ("IIIZ", 0.25)])
    ansatz = build_ansatz("qaoa?layers=8&start=linear-ramp", Hamiltonian("cubic", observable), 0)
    found, _ = minimized(ansatz.circuit, observable, ansatz.start)
    assert found == pytest.approx(-1.75, abs=1e-6)


@pytest.mark.parametrize(("n", "ones"), [(5, 2), (6, 3), (2, 1)])
def test_the_xy_mixer_keeps_the_number_of_ones(n: int, ones: int) -> None:
    ring = graph_of("ring", networkx.path_graph(n))
    ansatz = build_ansatz(f"qaoa?layers=3&mixer=xy&ones={ones}&start=linear-ramp", ring, 0)
    reached = np.flatnonzero(np.abs(state(ansatz.circuit, ansatz.start)) > 1e-9)
    assert {int(outcome).bit_count() for outcome in reached} == {ones}
    assert len(reached) > 1


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("qaoa?layers=12", "at most 11 with start=fixed-angles expected, found 12; take start=linear-ramp"),
        ("qaoa?ones=2", "mixer=xy expected"),
        ("qaoa?mixer=xy&ones=6", "at most 5 ones expected"),
    ],
)
def test_what_does_not_fit_is_refused(reference: str, reason: str) -> None:
    with pytest.raises(InputRejected, match=reason):
        build_ansatz(reference, WEIGHTED, 0)


def test_a_hamiltonian_that_is_not_diagonal_is_refused() -> None:
    with pytest.raises(InputRejected, match=r"a diagonal Hamiltonian .* expected, found X"):
        build_ansatz("qaoa", ising_ring(4, 1.0), 0)
