"""Two readings: what differs is disputed, what is alike is read twice, the rest is read once and says why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import AnnotatedOperation, ControlModifier, InverseModifier
from qiskit.circuit.library import SdgGate, SGate

from qorum.circuits.accepted import AcceptedCircuit
from qorum.circuits.intake import accept_batch, accept_text
from qorum.circuits.sandbox import Sandbox
from qorum.circuits.second_reading import compare, read_again, read_circuit_again, with_second_reading
from qorum.counts import Counts
from qorum.results.consensus import agree
from qorum.results.verdict import Replica
from qorum.routing.assignments import Assignment
from qorum.runs.assembly import assemble
from qorum.runs.circuit_progress import CircuitProgress, Share
from qorum.runs.markdown import markdown
from qorum.runs.stages import Intake, Routing

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
OWN_SX = TWO + "gate sx a { h a; t a; h a; }\nqreg q[1];\ncreg c[1];\nsx q[0];\nsx q[0];\nmeasure q -> c;\n"
SORTED = THREE + "gate g(b, a) q { rx(b) q; rz(a) q; }\nqubit q;\nbit c;\ng(0.3, 1.2) q;\nc = measure q;\n"
PHASE = (
    THREE + "qubit[2] q;\nbit[2] c;\nh q[0];\nctrl @ u3(0.0, 0.4, 0.3) q[0], q[1];\nh q[0];\nc = measure q;\n"
)


def test_a_misreading_is_told_with_the_outcome_that_differs():
    """Qiskit's own importer takes this file's `sx` for the library's."""
    misread = qasm2.loads(OWN_SX, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    found = read_again(OWN_SX, "openqasm2", misread)
    assert found.outcome == "differ"
    assert "1.0000 by the first reading and 0.5000 by the second" in found.words


@pytest.mark.parametrize("text", [SORTED, PHASE], ids=["parameters sorted", "phase of u3 lost"])
def test_what_qiskits_openqasm_3_importer_misreads_is_disputed(text):
    assert read_again(text, "openqasm3", qasm3.loads(text)).outcome == "differ"


@pytest.mark.parametrize("text", [OWN_SX, SORTED, PHASE], ids=["own sx", "parameters sorted", "phase of u3"])
def test_what_we_read_is_read_twice(text):
    accepted = accept_text("text", text)
    assert read_again(text, accepted.spec.language, accepted.circuit).outcome == "agree"


def test_gates_that_differ_where_it_does_not_show_are_told_apart():
    text = TWO + "qreg q[2]; creg c[2]; cz q[0], q[1]; measure q -> c;"
    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [0, 1])
    found = read_again(text, "openqasm2", circuit)
    assert found.outcome == "differ"
    assert "as gates they differ" in found.words


def test_bits_that_hold_other_qubits_are_told():
    text = TWO + "qreg q[2]; creg c[2]; measure q -> c;"
    circuit = QuantumCircuit(2, 2)
    circuit.measure([0, 1], [1, 0])
    assert (
        "bit 0 holds qubit 1 by the first reading, 0 by the second"
        in read_again(text, "openqasm2", circuit).words
    )


def test_a_global_phase_is_no_difference():
    text = THREE + "qubit q; bit c; U(0.4, 0.2, 0.1) q; gphase(0.7); c = measure q;"
    circuit = QuantumCircuit(1, 1)
    circuit.u(0.4, 0.2, 0.1, 0)
    circuit.measure(0, 0)
    assert read_again(text, "openqasm3", circuit).outcome == "agree"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TWO + "qreg q[12]; creg c[12]; h q; measure q -> c; if (c == 1) x q[0];", "more than 10 qubits"),
        (THREE + "qubit q; bit c;\n" + "x q;\n" * 1200 + "c = measure q;", "small"),
        (THREE + "angle a = pi; angle b = a + a; qubit q; bit c; rx(b) q; c = measure q;", "angles"),
    ],
    ids=["wide", "long", "angles"],
)
def test_what_is_read_once_says_why(text, why):
    accepted = accept_text("text", text)
    found = read_again(text, accepted.spec.language, accepted.circuit)
    assert found.outcome == "could not"
    assert why in found.words
    assert with_second_reading(accepted.spec, found).read_once == found.words


def test_distributions_of_a_librarys_simulator_are_compared_alike():
    assert compare({"00": 0.5, "11": 0.5}, {"00": 0.5 + 1e-9, "11": 0.5 - 1e-9}).outcome == "agree"
    assert "outcome 01" in compare({"00": 0.5, "11": 0.5}, {"00": 0.5, "01": 0.5}).words
    assert "2 bits" in compare({"00": 1.0}, {"000": 1.0}).words


def test_the_children_read_twice_and_what_they_found_comes_back():
    with Sandbox(1) as sandbox:
        (accepted,) = accept_batch([("bell", TWO + "qreg q[2]; h q[0]; cx q[0], q[1];")], sandbox)
    assert isinstance(accepted, AcceptedCircuit)
    assert len(accepted.spec.readings) == 2
    assert not accepted.spec.disputed_reading


def report_of(accepted):
    """The report of a circuit on which two engines agree."""
    digest = accepted.spec.digest
    shares = {name: Share(Counts({"0": 512, "1": 512}, name), 0.1, 0.0) for name in ("one", "two")}
    progress = CircuitProgress(digest, 1024, shares=shares)
    replicas = [Replica(share.counts, noisy=False, engine=name) for name, share in shares.items()]

    progress = replace(progress, verdict=agree(replicas, confidence=0.9))
    assert progress.verdict.status == "agreed"
    routing = Routing({}, {digest: Assignment(digest, "fidelity", ("one", "two"), (), {}, {})})
    return assemble("run", Intake({"text": accepted}), routing, {digest: progress})


def test_a_disputed_reading_is_disputed_whatever_the_backends_agree_on():
    accepted = accept_text("text", OWN_SX)
    misread = qasm2.loads(OWN_SX, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
    found = read_again(OWN_SX, "openqasm2", misread)
    report = report_of(accepted.specified(with_second_reading(accepted.spec, found)))
    (circuit,) = report.circuits
    assert (circuit.status, circuit.read) == ("disputed", "differently")
    assert not circuit.settled
    assert report.nothing_settled
    assert not circuit.distribution
    assert circuit.confidence is not None
    (warning,) = [warning for warning in circuit.warnings if "two readings differ" in warning]
    assert "Qiskit's OpenQASM 2 parser" in warning
    assert "the execution of OpenQASM 2" in warning
    assert "differently" in markdown(report, {})


def test_the_report_says_read_once_and_read_twice():
    accepted = accept_text("text", OWN_SX)
    (once,) = report_of(accepted).circuits
    assert (once.status, once.read) == ("agreed", "once")
    found = read_again(OWN_SX, "openqasm2", accepted.circuit)
    (twice,) = report_of(accepted.specified(with_second_reading(accepted.spec, found))).circuits
    assert (twice.status, twice.read, len(twice.readings)) == ("agreed", "twice", 2)


def test_a_qiskit_circuit_is_compared_with_what_it_was_made_into():
    original = QuantumCircuit(3)
    original.h([0, 1])
    original.append(AnnotatedOperation(SGate(), [InverseModifier(), ControlModifier(1)]), [0, 1])
    right = QuantumCircuit(3)
    right.h([0, 1])
    right.append(SdgGate().control(1), [0, 1])
    right.measure_all()
    assert read_circuit_again(original, right).outcome == "agree"
    wrong = QuantumCircuit(3)
    wrong.h([0, 1])
    wrong.append(SGate().control(1), [0, 1])
    wrong.measure_all()
    assert "as gates they differ" in read_circuit_again(original, wrong).words


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("float", 0.5),
        ("float[64]", -0.5),
        ("angle", 0.25),
        ("float", "pi/4 + 0.1"),
        ("int[8]", 2),
        ("uint", 3),
        ("bool", True),
    ],
)
def test_texts_with_inputs_are_read_twice_with_the_values_given(declared: str, value: float | str):
    gate = "if (v) x q;" if declared == "bool" else "rx(v) q;"
    text = (
        THREE
        + f"// an input float v; in a comment\ninput {declared} v; qubit q; bit c; {gate} c = measure q;"
    )
    accepted = accept_text("inputs", text, {"v": value})
    assert read_again(text, "openqasm3", accepted.circuit, {"v": value}).outcome == "agree"
    other = {"v": False if declared == "bool" else 1}
    assert read_again(text, "openqasm3", accepted.circuit, other).outcome == "differ"
    assert read_again(text, "openqasm3", accepted.circuit).outcome == "could not"
