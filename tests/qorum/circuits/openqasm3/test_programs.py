"""OpenQASM 3 programs do what the language's specification says."""

# ruff: noqa: E501 - a program stands on one line

from __future__ import annotations

import pytest

from qorum.circuits.intake import accept_text
from qorum.errors import CircuitRejected
from tests.qorum.circuits.exact import distance, distribution
from tests.qorum.circuits.openqasm3.programs import GATES, KNOWN, MEASURING, START, Expected, bits

PROGRAMS = KNOWN | GATES | MEASURING


@pytest.mark.parametrize(("body", "expected"), PROGRAMS.values(), ids=PROGRAMS.keys())
def test_a_program_has_the_distribution_that_the_specification_gives_it(body: str, expected: Expected):
    accepted = accept_text("program", START + body)
    assert distance(distribution(accepted.circuit), bits(expected)) < 1e-6


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("\nx q[1:4];", 6, "from -4 to 3"),
        ("\nx q[-5];", 6, "from -4 to 3"),
        ("\nx q[2:1];", 6, "at least one place"),
        ("\nx q[0:0:3];", 6, "a step other than 0"),
        ("\nc = measure q[0:1];", 6, "as many bits as qubits"),
        ("\ncx q[0], q[0];", 6, "different qubits"),
        ("\ncx q[0:1], q[0:2];", 6, "registers of one size"),
        ("\nrx(pi, 1) q[0];", 6, "1 parameters of rx"),
        ("\nx q[0], q[1];", 6, "1 operands"),
        ("\nswop q[0];", 6, "found 'swop'"),
        ("\nint k = n;", 6, "found 'n'"),
        ("\nint k = 1 / 0;", 6, "division by zero"),
        ("\nint k = 9 ** 9 ** 9;", 6, "64 bits"),
        ("\nint k = 2 ** -1;", 6, "exponent of 0 or more"),
        ("\nfloat f = sqrt(-1.0);", 6, "finite value of sqrt"),
        ("\nconst int k = 1;\nk = 2;", 7, "found a constant"),
        ("\nint c;", 6, "second 'c'"),
        ("\nbit[2] d = c;", 6, "2 bits expected, found 4"),
        ('\nbit[2] d = "011";', 6, "2 bits expected, found 3"),
        ("\nextern f(int) -> int;\nint k = f(1);", 7, "define it by `def`"),
        ("\ngate g a { reset a; }\ng q[0];", 6, "non-unitary"),
        ("\ndef f(int k) -> int { return f(k); }\nint k = f(1);", 6, "found 'f'"),
        ("\nctrl @ x q[0];", 6, "2 operands"),
        ("\npow(0.5) @ ctrl(8) @ x q[0];", 6, "at most 6 qubits"),
        ("\nbreak;", 6, "outside loop"),
        ("\nreturn;", 6, "outside subroutine"),
        ("\nint k = 0;\nwhile (k == 0) { x q[0]; }", 7, "shorten its loops"),
        ("\ninput float a;\nrx(a) q[0];", 6, "a value for the input a"),
        ("\n#pragma braket noise bit_flip(0.1) q[0]", 6, "choose a noisy backend"),
        ("\ncomplex[float[64]] z;", 6, "found complex"),
        ("\nx q[0]\ny q[1];", 6, "`;` or more"),
        ("\nif (c[0]) {\nx q[0];", 7, "the end of the text"),
        ("\nx = 1;", 6, "found"),
        ("\nint k = c[0] + q;", 6, "measured bits expected"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_line(body: str, line: int, words: str):
    with pytest.raises(CircuitRejected) as caught:
        accept_text("program", START + body)
    assert words in caught.value.reason
    assert caught.value.line == line


def test_a_power_of_a_gate_under_two_kinds_of_control_is_its_principal_root():
    """Four quarters of it make it whole: h on q[0] where q[2] is 1 and q[1] is 0."""
    body = "x q[2]; h q[0]; " + "pow(0.25) @ ctrl @ negctrl @ h q[2], q[1], q[0]; " * 4 + "c = measure q;"
    circuit = accept_text("roots", START + body).circuit
    assert distance(distribution(circuit), {"0100": 1.0}) < 1e-9


def test_inputs_take_the_values_given():
    text = (
        START + "input float[64] a; input uint k; input bool b; ry(2 * a) q[k]; if (b) x q[0]; c = measure q;"
    )
    circuit = accept_text("inputs", text, {"a": 1.5707963267948966, "k": 2, "b": True}).circuit
    assert distance(distribution(circuit), {"0101": 1.0}) < 1e-9


def test_an_input_is_given_as_openqasm_writes_a_constant():
    text = (
        START
        + "input angle a; input bit[3] m; input uint[4] k; ry(a) q[0]; if (m == k) x q[1]; c = measure q;"
    )
    asked = {"a": "pi/2", "m": '"101"', "k": "2 + 3"}
    circuit = accept_text("inputs", text, asked).circuit
    assert distance(distribution(circuit), {"0010": 0.5, "0011": 0.5}) < 1e-9


@pytest.mark.parametrize(
    "given", ["q[0]", "1; x q[0]", "measure", "(", "", "1/0", "5", 5, 2.5, -1, "7 + 9", "x" * 201]
)
def test_what_is_no_value_of_an_input_is_refused_with_its_line(given: int | float | str):
    with pytest.raises(CircuitRejected, match="for the input k, found") as refusal:
        accept_text("inputs", START + "\ninput uint[2] k;\nx q[k];", {"k": given})
    assert refusal.value.line == 6


def test_values_for_no_input_are_told():
    accepted = accept_text("inputs", START + "x q[0];", {"b": 1})
    assert any("a value for b was given" in warning for warning in accepted.spec.warnings)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("ry(1/2*pi) q[0];", "line 5: a quotient of two whole numbers written out"),
        ("int k = 1; ry(k/2*pi) q[0];", "line 5: a quotient of whole numbers drops its fraction"),
        ("@twirl.pauli\nx q[0];", "the annotation @twirl.pauli is ignored"),
        ("pragma some.one does this\nx q[0];", "the pragma 'some.one does this' is ignored"),
        ("while (!c[0]) { h q[0]; c[0] = measure q[0]; }", "line 5: this loop"),
        ("box[1us] { x q[0]; }", "the duration of a box is ignored"),
        ("defcal x $0 { play(drive); }\nx q[0];", "defcal is ignored"),
    ],
)
def test_what_is_read_in_one_of_two_ways_or_left_out_is_told(body: str, words: str):
    assert any(words in warning for warning in accept_text("told", START + body).spec.warnings)


def test_keys_hold_the_declared_bits_and_no_others():
    body = "def look(qubit t) -> bit { bit b = measure t; return b; } bool k = look(q[0]); { bit e; e = measure q[1]; }"
    assert accept_text("keys", START + body + " if (k) x q[2]; bit d = measure q[2];").spec.num_clbits == 5


def test_a_loop_that_measures_is_no_deeper_than_one_branch():
    text = START + "while (true) { h q[0]; c[0] = measure q[0]; if (c[0]) break; }"
    circuit = accept_text("flat", text).circuit
    branches = [step.operation for step in circuit.data if step.name == "if_else"]
    assert len(branches) > 8
    assert not any("if_else" in block.count_ops() for branch in branches for block in branch.blocks)


def test_a_wide_register_is_compared_without_a_table():
    text = (
        "OPENQASM 3.0; qubit[2] q; bit[70] w; gate x a { U(pi, 0, pi) a; } x q[0]; w[1] = measure q[0]; "
        "if (w == 2) x q[1]; if (w > 1 && w < 3 && w != 5) x q[1]; w[69] = measure q[1];"
    )
    (key,) = distribution(accept_text("wide", text).circuit)
    assert int(key, 2) == 2


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("h q[0]; cnot q[0], q[1];", {"00": 0.5, "11": 0.5}),
        ("v q[0]; v q[0]; vi q[1]; vi q[1]; i q[1];", {"11": 1.0}),
        ("x q[0]; iswap q[0], q[1];", {"10": 1.0}),
        ("xx(pi) q[0], q[1];", {"11": 1.0}),
        ("x q[0]; xy(pi) q[0], q[1];", {"10": 1.0}),
        ("x q[0]; pswap(0.3) q[0], q[1];", {"10": 1.0}),
        ("gpi(0.2) q[0]; gpi2(0) q[1]; gpi2(0) q[1];", {"11": 1.0}),
        ("ms(0, 0, pi) q[0], q[1];", {"11": 1.0}),
        ("h q[0]; x q[1]; cphaseshift01(pi) q[0], q[1]; h q[0];", {"11": 1.0}),
        ("h q[0]; x q[1]; cphaseshift10(pi) q[1], q[0]; h q[0];", {"11": 1.0}),
        ("prx(pi, 0.3) q[0]; ctrl @ x q[0], q[1];", {"11": 1.0}),
    ],
)
def test_gates_that_braket_takes_for_granted(body: str, expected: dict[str, float]):
    text = f"OPENQASM 3.0;\nbit[2] b;\nqubit[2] q;\n{body}\nb[0] = measure q[0];\nb[1] = measure q[1];"
    accepted = accept_text("braket", text)
    assert distance(distribution(accepted.circuit), expected) < 1e-9
    assert any("Braket" in warning for warning in accepted.spec.warnings)


@pytest.mark.parametrize(
    ("include", "body"),
    [
        ("qelib1.inc", "u3(pi, 0, pi) q[0]; cu3(pi, 0, pi) q[0], q[1]; u2(0, pi) q[0]; u2(0, pi) q[0];"),
        ("qelib1.inc", "x q[0]; rxx(pi) q[0], q[1]; x q[0]; rzz(0.3) q[0], q[1]; csx q[1], q[0]; csx q[1], q[0]; x q[0];"),
        ("hqslib1.inc", "U1q(pi, 0) q[0]; U1q(pi/2, pi/2) q[1]; Rz(pi) q[1]; U1q(pi/2, pi/2) q[1]; x q[1]; ZZ q[0], q[1];"),
    ],
)  # fmt: skip
def test_libraries_of_openqasm_2_in_openqasm_3(include: str, body: str):
    text = f'include "{include}";\nqreg q[2];\ncreg c[2];\n{body}\nmeasure q -> c;'
    assert distance(distribution(accept_text("library", text).circuit), {"11": 1.0}) < 1e-9


BRAKET = "qubit[3] q;\nh q[0]; cnot q[0], q[1]; v q[2];\n#pragma braket result "


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("expectation x(q[0]) @ x(q[1])", {"00": 0.5, "11": 0.5}),
        ("expectation y(q[0]) @ y(q[1])", {"01": 0.5, "10": 0.5}),
        ("variance y(q[2])", {"1": 1.0}),
        ("sample z(q[1]) @ i(q[0])", {"00": 0.5, "11": 0.5}),
        ("sample h(q[2])", {"0": 0.5, "1": 0.5}),
        ("probability q[0:1]", {"00": 0.5, "11": 0.5}),
        ("probability q[0]\n#pragma braket result expectation y(q[2])", {"10": 0.5, "11": 0.5}),
        ("expectation y all", {"101": 0.5, "110": 0.5}),
        ("state_vector", {"000": 0.25, "011": 0.25, "100": 0.25, "111": 0.25}),
    ],
)
def test_what_brakets_pragmas_ask_for_is_measured_in_its_basis(asked: str, expected: dict[str, float]):
    """V is √X: it turns |0⟩ to the eigenstate −1 of Y. A Bell pair has ⟨XX⟩ = 1 and ⟨YY⟩ = −1."""
    accepted = accept_text("braket", BRAKET + asked)
    assert distance(distribution(accepted.circuit), expected) < 1e-9
    assert any("is what is measured" in warning for warning in accepted.spec.warnings)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("expectation x(q[0])\n#pragma braket result expectation z(q[0])", "found x and z on qubit 0"),
        ("expectation hermitian([[1, 0], [0, 1]]) q[0]", "turn its basis by gates"),
        ("adjoint_gradient expectation(x(q[0])) all", "found 'adjoint_gradient'"),
        ("expectation x(q[3])", "from -3 to 2"),
        ("probability q[0]; x q[0]", "found 'q[0]; x q[0]'"),
    ],
)
def test_results_that_one_measurement_does_not_give_are_refused_with_their_line(asked: str, words: str):
    with pytest.raises(CircuitRejected) as refusal:
        accept_text("braket", BRAKET + asked)
    assert words in refusal.value.reason
    assert refusal.value.line in (3, 4)


def test_a_program_that_measures_keeps_its_own_measurements():
    measuring = BRAKET.replace("#pragma", "bit b; b = measure q[1];\n#pragma")
    accepted = accept_text("braket", measuring + "expectation x(q[0])")
    assert distance(distribution(accepted.circuit), {"0": 0.5, "1": 0.5}) < 1e-9
    assert any("is ignored" in warning for warning in accepted.spec.warnings)
