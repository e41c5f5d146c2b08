"""What a trained circuit says of a graph: how much it cuts, and the best cut among its samples."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit

from qorum.backends import derive_seed
from qorum.statevector.sampling import draw
from qorum.training.graphs import Graph, cut_hamiltonian, cut_value, maximum_cut
from qorum.training.trained_states import trained_states

SAMPLES = 1_000


def cut_figures(
    graph: Graph, circuit: QuantumCircuit, parameters: np.ndarray, seed: int
) -> dict[str, float | str]:
    """The cuts of a circuit's state on our own engine: exact, without noise.

    Args:
        graph: vertex v is qubit v.
        circuit: without measurements.
        parameters: in the order of its parameters, shape [parameters].
        seed: of the samples; the same arguments and seed give the same ones.

    Returns:
        `expected cut`; `approximation ratio`, that over the maximum cut, where this is positive; of 1,000
        samples the `best sampled cut` and its `partition`, rightmost character = vertex 0, the least of
        several. Nothing above 22 vertices, or where the circuit has another number of parameters.
    """
    maximum = maximum_cut(graph)
    states = None if maximum is None else trained_states(circuit, parameters, graph.num_vertices)
    if maximum is None or states is None:
        return {}
    expected = -float(cut_hamiltonian(graph).expectation(states)[0])
    seen, _ = draw(states[0], SAMPLES, np.random.default_rng(derive_seed(seed, "cut")))
    partitions = [format(index, f"0{graph.num_vertices}b") for index in seen.tolist()]
    best = max(partitions, key=lambda partition: cut_value(graph, partition))
    ratio: dict[str, float | str] = {"approximation ratio": expected / maximum[0]} if maximum[0] > 0 else {}
    sampled: dict[str, float | str] = {"best sampled cut": cut_value(graph, best), "partition": best}
    return {"expected cut": expected, **ratio, **sampled}
