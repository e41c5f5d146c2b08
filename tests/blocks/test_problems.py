"""Problems from what a user writes: names, JSON, molecules, keys in the store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from blocks.object_store import LocalFolder
from blocks.problems import load_graph, load_hamiltonian
from qorum.errors import InputRejected

ONE = {"num_qubits": 2, "terms": [["ZZ", -1.0], ["IX", 0.5]]}
EDGES = {"edges": [[0, 1], [1, 2, 0.5]]}


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    store = LocalFolder(path=tmp_path)
    store.put("inputs/1/pair.json", json.dumps(ONE).encode())
    store.put("inputs/1/path.json", json.dumps(EDGES).encode())
    return store


def test_a_hamiltonian_is_the_same_as_text_and_from_the_store_which_names_it(store: LocalFolder) -> None:
    text, stored = load_hamiltonian(json.dumps(ONE), store), load_hamiltonian("inputs/1/pair.json", store)
    assert text.observable == stored.observable
    assert stored.name == "pair"
    assert load_hamiltonian("tfim:n=3", store).num_qubits == 3
    assert load_hamiltonian("h2:0.735", store).reference == pytest.approx(-1.137306, abs=1e-6)


def test_a_graph_is_the_same_as_text_and_from_the_store_which_names_it(store: LocalFolder) -> None:
    text, stored = load_graph(json.dumps(EDGES), store), load_graph("inputs/1/path.json", store)
    assert text.edges == stored.edges
    assert stored.name == "path"
    assert len(load_graph("ring:n=5", store).edges) == 5
    assert len(load_graph("regular:n=6,degree=3", store).edges) == 9


@pytest.mark.parametrize("text", ["inputs/2/none.json", "nonsense", "../etc/passwd", "", "x" * 5000])
def test_what_is_none_of_these_is_refused_in_words(store: LocalFolder, text: str) -> None:
    for load in (load_hamiltonian, load_graph):
        with pytest.raises(InputRejected, match="expected, found neither"):
            load(text, store)
