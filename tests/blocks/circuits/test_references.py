"""Objects become references to what they were read as; a bad one becomes a reason."""

from __future__ import annotations

import threading
from pathlib import Path

import cirq
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Parameter
from qiskit.circuit import library as gates
from qiskit.quantum_info import random_unitary

from blocks.circuits.objects import name_of, read_object
from blocks.circuits.references import by_reference, fetch, keep
from blocks.object_store import LocalFolder
from qorum.circuits.accepted import AcceptedCircuit
from qorum.errors import InputRejected
from qorum.runs.experiments import named_inputs


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalFolder:
    monkeypatch.setenv("QORUM_HOME", str(tmp_path))
    monkeypatch.delenv("QORUM_STORE", raising=False)
    from blocks.object_store import open_store

    found = open_store()
    assert isinstance(found, LocalFolder)
    return found


def bell(name: str = "my bell") -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2, name=name)
    circuit.h(0)
    circuit.append(gates.UnitaryGate(random_unitary(4, seed=1)), [0, 1])
    circuit.measure([0, 1], [0, 1])
    return circuit


def test_an_object_comes_back_under_its_own_name(store: LocalFolder):
    reference = keep(bell(), store)
    assert reference.startswith("accepted:my bell@")
    (found,) = fetch({"my bell": reference}, store).values()
    assert isinstance(found, AcceptedCircuit)
    assert (found.spec.name, found.spec.language, found.spec.num_qubits) == ("my bell", "qiskit", 2)
    assert "OPENQASM 3" in found.spec.source


def test_equal_objects_have_one_reference_and_others_others(store: LocalFolder):
    assert keep(bell(), store) == keep(bell(), store)
    turned = bell()
    turned.data.insert(0, turned.data[0])
    assert len({keep(bell(), store), keep(turned, store), keep(bell("other"), store)}) == 3


def test_what_was_changed_in_the_store_is_not_read(store: LocalFolder):
    reference = keep(bell(), store)
    place = f"objects/{reference.rpartition('@')[2]}"
    other = keep(bell("other"), store)
    store.put(place, store.get(f"objects/{other.rpartition('@')[2]}"))
    (found,) = fetch({"x": reference}, store).values()
    assert isinstance(found, InputRejected)
    assert "found others" in found.reason
    (missing,) = fetch({"x": "accepted:x@" + "0" * 64}, store).values()
    assert isinstance(missing, InputRejected)


def test_one_bad_object_becomes_a_reason_and_texts_stay(store: LocalFolder):
    loose = QuantumCircuit(1, name="loose")
    loose.rx(Parameter("theta"), 0)
    references = by_reference([bell(), loose, 7, "template:bell", Path("bell.qasm")])
    assert references[3] == "template:bell"
    found = fetch({str(place): references[place] for place in (0, 1, 2, 4)}, store)
    assert isinstance(found["0"], AcceptedCircuit)
    reasons = [one.reason if isinstance(one, InputRejected) else "" for one in found.values()]
    assert "theta" in reasons[1]
    assert "found int" in reasons[2]
    assert "found PosixPath" in reasons[3]
    names = [circuit.name for circuit in named_inputs(references)]
    assert names == ["my bell", "loose", "circuit-3", "bell", "bell.qasm"]


def test_generated_names_do_not_count_and_odd_ones_are_printable():
    assert name_of(QuantumCircuit(1)) == ""
    assert name_of(QuantumCircuit(1, name="a@b\n\x1b/c")) == "a@b/c"
    assert name_of(cirq.Circuit()) == ""


def test_the_object_is_not_changed():
    circuit = bell()
    circuit.metadata = {"mine": object()}
    before = circuit.copy()
    assert isinstance(read_object(circuit), AcceptedCircuit)
    assert circuit == before
    assert list(circuit.metadata) == ["mine"]


class _Endless(Gate):
    def __init__(self, enough: threading.Event) -> None:
        super().__init__("endless", 1, [])
        self._enough = enough

    def _define(self) -> None:
        self._enough.wait()


@pytest.mark.timeout(60)  # it would take for ever
def test_an_object_that_takes_too_long_is_given_up():
    circuit = QuantumCircuit(1)
    enough = threading.Event()
    circuit.append(_Endless(enough), [0], copy=False)
    found = read_object(circuit, seconds=1.0)
    enough.set()
    assert isinstance(found, InputRejected)
    assert "not read after 1 s" in found.reason


def test_a_failure_of_the_library_is_a_reason():
    class Broken(Gate):
        def __init__(self) -> None:
            super().__init__("broken", 1, [])

        def _define(self) -> None:
            raise RuntimeError("no such thing")

    circuit = QuantumCircuit(1)
    circuit.append(Broken(), [0])
    found = read_object(circuit)
    assert isinstance(found, InputRejected)
    assert "no such thing" in found.reason


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("inputs/0123456789abcdef/a;b.qasm", "key"),
        ("inputs/0123456789abcdef/x;", "key"),
        ("OPENQASM 2.0; my file.qasm", "key"),
        ("my OPENQASM files/a.qasm", "key"),
        ("a;b.qasm", "key"),
        ("OPENQASM 2.0; qreg q[1]; x q[0];", "text"),
        ("OPENQASM 3.0; qubit q; h q", "text"),
        ("qubit q; if (true) { h q; }", "text"),
        ("accepted:my bell@" + "0" * 64, "object"),
        ("accepted:my bell", "key"),
    ],
)
def test_a_name_is_never_taken_for_a_text(source: str, kind: str):
    assert named_inputs([source])[0].kind == kind
