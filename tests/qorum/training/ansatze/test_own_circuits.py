"""A user's own circuit as an ansatz: what is read, what it prepares, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter, ParameterVector
from qiskit.circuit.library import PauliEvolutionGate, RXXGate, UnitaryGate
from qiskit.quantum_info import Operator, SparsePauliOp

from qorum.circuits.formats import READERS
from qorum.errors import InputRejected
from qorum.training.ansatze.own import ansatz_text, is_circuit, own_ansatz
from qorum.training.ansatze.texts import read_ansatz
from qorum.training.hamiltonian_formats import read_hamiltonian

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
TEXT = (
    HEAD
    + """input float theta;
input angle phi;
const float half = 0.5;
gate mine(a) x, y { rx(2 * a) x; cx x, y; ctrl @ rz(-a / 2) x, y; }
qubit[2] q;
h q[0];
mine(theta) q[0], q[1];
for int i in [0:1] { ry(theta * i + 0.1) q[i]; }
inv @ rx(phi) q[0];
pow(2) @ ry(half * theta) q[1];
u3(theta, phi, 0.3) q[0];
negctrl @ p(3 * theta + phi) q[0], q[1];
"""
)


def test_the_parameters_are_the_inputs_in_their_order_and_the_gates_those_of_the_language() -> None:
    circuit, names = read_ansatz("mine", TEXT)
    assert names == ("theta", "phi")
    for point in ([0.3, 0.4], [1.2, 0.9], [0.7, 0.1]):
        read = READERS["openqasm3"](TEXT, dict(zip(names, point, strict=True))).circuit
        assert Operator(circuit.assign_parameters(point)).equiv(Operator(read), atol=1e-9)


def test_an_object_of_qiskit_is_written_as_the_same_circuit() -> None:
    b, a = Parameter("b"), Parameter("a[0]")
    vector = ParameterVector("v", 11)
    given = QuantumCircuit(3)
    given.append(RXXGate(a - 2 * b + 0.1), [0, 2])
    given.append(PauliEvolutionGate(SparsePauliOp(["XYZ", "ZZI"], [0.5, 0.25]), time=b), [0, 1, 2])
    given.append(UnitaryGate(Operator(SparsePauliOp(["XY"]))), [1, 2])
    given.cry(vector[10] / 3, 0, 1)
    given.barrier()
    for place in range(10):
        given.rz(vector[place], place % 3)
        given.h(place % 3)
    text = ansatz_text(given)
    assert is_circuit(text)
    circuit, names = read_ansatz("given", text)
    assert len(names) == 13
    point = np.random.default_rng(1).uniform(-4, 4, 13)
    expected = given.assign_parameters(dict(zip(given.parameters, point, strict=True)))
    assert Operator(circuit.assign_parameters(point)).equiv(Operator(expected), atol=1e-9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("input float t; qubit[2] q; rx(t * t) q[0];", "linear"),
        ("input float t; qubit[2] q; rx(sin(t)) q[0];", "linear"),
        ("input float t; qubit[2] q; if (t > 0) { x q[0]; } rx(t) q[0];", "linear"),
        ("input float t; qubit[2] q; pow(t) @ x q[0];", "linear"),
        ("input int t; qubit[2] q; rx(t) q[0];", "found one of type int"),
        ("qubit[2] q; x q;", "found 0"),
        ("input float t; qubit[2] q; x q;", "found none of t"),
        ("input float t; qubit[2] q; bit c; rx(t) q[0]; c = measure q[0];", "found measure"),
        ("input float t; qubit[2] q; rx(t) q[0]; reset q[1];", "found reset"),
        ("input float t; qubit[2] q; rx(t) q[0]", "line 3"),
        ("input float t; qubit q; rx(t) q;", "2 to 30 qubits for chain expected, found 1"),
    ],
)
def test_a_text_that_is_no_ansatz_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        own_ansatz("mine", HEAD + text, read_hamiltonian("tfim:n=2", name="chain"), 0)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda c, p: c.rx(p * p, 0), "linear in the parameters"),
        (lambda c, p: c.h(0), "0 parameters"),
        (lambda c, p: (c.rx(p, 0), c.measure_all()), "remove_final_measurements"),
    ],
)
def test_an_object_that_is_no_ansatz_is_refused_in_words(build: object, words: str) -> None:
    circuit = QuantumCircuit(2)
    assert callable(build)
    build(circuit, Parameter("p"))
    with pytest.raises(ValueError, match=words):
        ansatz_text(circuit)
