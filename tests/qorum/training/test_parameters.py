"""What trainings take in Python as objects is what it is as text."""

from __future__ import annotations

import json

import networkx
from pydantic import TypeAdapter
from qiskit.quantum_info import SparsePauliOp

from qorum.training.parameters import GraphText, Problem


def test_operators_and_graphs_become_their_documents_and_text_stays() -> None:
    problem = TypeAdapter(Problem)
    found = json.loads(problem.validate_python(SparsePauliOp.from_list([("IZ", 0.5), ("XX", 0.2)])))
    assert (found["num_qubits"], dict(found["terms"])) == (2, {"IZ": 0.5, "XX": 0.2})
    assert problem.validate_python("tfim:n=3") == "tfim:n=3"
    graph = TypeAdapter(GraphText)
    edges = json.loads(graph.validate_python(networkx.path_graph(3)))["edges"]
    assert [edge[:2] for edge in edges] == [[0, 1], [1, 2]]
    assert graph.validate_python("ring:n=5") == "ring:n=5"
