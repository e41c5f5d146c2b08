"""What is trained, from what a user writes: names, JSON, molecules, or keys in the store."""

from __future__ import annotations

from urllib.parse import urlencode

from blocks.molecules import is_molecule, molecule
from blocks.object_store import ObjectStore
from qorum.errors import InputRejected
from qorum.training.ansatze.own import SUFFIX, is_circuit
from qorum.training.graphs import Graph, read_graph
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.hamiltonians import Hamiltonian
from qorum.training.molecules import PREFIX, is_xyz
from qorum.training.problem_text import read_settings
from qorum.training.qubo import Qubo
from qorum.training.qubo_formats import is_qubo, read_qubo

NAMED_GRAPHS = ("ring:", "regular:")


XYZ, QUBO = ".xyz", ".qubo"
OWN = "own circuit"
"""What an ansatz is called that has no name."""


def load_hamiltonian(text: str, store: ObjectStore) -> Hamiltonian:
    """From `tfim:…`, a molecule, JSON, or the key of a JSON or XYZ file in the store.

    Molecules are names such as `h2:0.735`, references such as `molecule?atoms=…`, the text of an XYZ file, or
    the key of one, with settings as `water.xyz#basis=6-31g,frozen_core=true`.

    Raises:
        InputRejected: it is none of these, or not a Hamiltonian that can be trained.
    """
    if is_molecule(text):
        return molecule(text)
    if is_xyz(text):
        return molecule(_reference(text, {}))
    key, _, settings = text.partition("#")
    if key.lower().endswith(XYZ):
        given = _stored(key, store, "a molecule").decode(errors="replace")
        asked = {"name": _name(key), **read_settings(settings, text[:80])}
        return molecule(_reference(given, asked))
    if text.lstrip().startswith("{") or text.startswith("tfim:"):
        return read_hamiltonian(text)
    return read_hamiltonian(_stored(text, store, "tfim:…, a molecule, JSON"), name=_name(text))


def load_cost(text: str, store: ObjectStore) -> Graph | Qubo:
    """A graph, see `load_graph`, or a QUBO: JSON, lines of text, or the key of either in the store.

    Raises:
        InputRejected: it is neither, or cannot be read.
    """
    if is_qubo(text):
        return read_qubo(text)
    if text.lstrip().startswith(("{", "[")) or text.startswith(NAMED_GRAPHS):
        return load_graph(text, store)
    content = _stored(text, store, "ring:…, regular:…, JSON")
    if is_qubo(content) or text.endswith(QUBO):
        return read_qubo(content, name=_name(text))
    return read_graph(content, name=_name(text))


def load_graph(text: str, store: ObjectStore) -> Graph:
    """From `ring:…`, `regular:…`, JSON, or the key of a JSON in the store.

    Raises:
        InputRejected: it is none of these, or not a graph whose cut can be sought.
    """
    if text.lstrip().startswith(("{", "[")) or text.startswith(NAMED_GRAPHS):
        return read_graph(text)
    return read_graph(_stored(text, store, "ring:…, regular:…, JSON"), name=_name(text))


def load_ansatz(reference: str, store: ObjectStore) -> tuple[str, str]:
    """An ansatz as a definition has it: its reference, or the name and the text of a user's own circuit.

    Args:
        reference: such as `uccsd`, OpenQASM 3, or the key of a `.qasm` in the store.
        store: where keys are looked up.

    Returns:
        Model and circuit; the circuit is empty for an ansatz by reference.

    Raises:
        InputRejected: there is no such key.
    """
    if is_circuit(reference):
        return OWN, reference
    if not reference.endswith(SUFFIX):
        return reference, ""
    text = _stored(reference, store, "an ansatz by name, OpenQASM 3").decode(errors="replace")
    return reference.rsplit("/", 1)[-1], text


def _stored(key: str, store: ObjectStore, others: str) -> bytes:
    found = store.get_many([key]) if store.is_key(key) else {}
    if key not in found:
        raise InputRejected(key[:80], f"{others}, or a key in {store.url} expected, found neither")
    return found[key]


def _reference(atoms: str, settings: dict[str, str]) -> str:
    return PREFIX + urlencode({"atoms": atoms.strip(), **settings})


def _name(key: str) -> str:
    return key.rsplit("/", 1)[-1].removesuffix(".json").removesuffix(XYZ).removesuffix(QUBO)
