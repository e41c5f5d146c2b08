"""In OpenQASM 2 a name means what the file says, and a condition is tested once for a statement."""

from __future__ import annotations

import pytest

from qorum.circuits.intake import accept_text
from qorum.errors import CircuitRejected
from tests.qorum.circuits.exact import distance, distribution

HEADER = "OPENQASM 2.0;\n"
INCLUDE = HEADER + 'include "qelib1.inc";\n'
TWO = "qreg q[2]; creg c[2];\n"

OWN = {
    "h": ("gate h a { U(pi,0,pi) a; }", "h q[0]; h q[1];", "11"),
    "sx": ("gate sx a { U(pi,0,pi) a; }", "sx q[0];", "01"),
    "x without effect": ("gate x a { }", "x q[0];", "00"),
    "u1 with a turn": ("gate u1(t) a { U(t,0,0) a; }", "u1(pi) q[1];", "10"),
    "u of one parameter": ("gate u(t) a { U(t,0,0) a; }", "u(pi) q[1];", "10"),
    "u0": ("gate u0(t) a { U(pi,0,0) a; }", "u0(1) q[1];", "10"),
    "cu1": ("gate cu1(t) a,b { U(t,0,0) b; }", "cu1(pi) q[0],q[1];", "10"),
    "rzz": ("gate rzz(t) a,b { U(t,0,0) a; U(t,0,0) b; }", "rzz(pi) q[0],q[1];", "11"),
    "cx with its control last": ("gate cx a,b { CX b,a; }", "U(pi,0,0) q[1]; cx q[0],q[1];", "11"),
    "swap that does nothing": ("gate swap a,b { }", "U(pi,0,0) q[1]; swap q[0],q[1];", "10"),
    "cu of three parameters": (
        "gate cu(a,b,l) s,t { CX s,t; }",
        "U(pi,0,0) q[0]; cu(1,2,3) q[0],q[1];",
        "11",
    ),
    "delay": ("gate delay(t) a { U(pi,0,0) a; }", "delay(3) q[0];", "01"),
    "one in another": ("gate h a { U(pi,0,0) a; } gate s a { h a; }", "s q[0];", "01"),
    "a parameter of a gate's name": ("gate g(h) a { U(h,0,0) a; }", "g(pi) q[0];", "01"),
    "a capital letter": ("gate Flip A { U(pi,0,0) A; }", "Flip q[0];", "01"),
}


@pytest.mark.parametrize("header", [HEADER, INCLUDE], ids=["alone", "with the library"])
@pytest.mark.parametrize(("definition", "body", "expected"), OWN.values(), ids=OWN.keys())
def test_a_gate_that_the_file_defines_is_that_definition(
    header: str, definition: str, body: str, expected: str
):
    circuit = accept_text("own", f"{header}{definition}\n{TWO}{body}\nmeasure q -> c;").circuit
    assert distance(distribution(circuit), {expected: 1.0}) < 1e-9


def test_a_library_gate_is_the_librarys_until_the_file_defines_it():
    text = INCLUDE + TWO + "x q[0]; gate x a { }\nx q[1]; measure q -> c;"
    assert distance(distribution(accept_text("late", text).circuit), {"01": 1.0}) < 1e-9


@pytest.mark.parametrize(("value", "expected"), [(0, "11"), (1, "00")])
def test_a_condition_on_a_measured_register_is_tested_once(value: int, expected: str):
    text = INCLUDE + TWO + f"x q[0]; x q[1];\nif (c == {value})\n measure q -> c;"
    assert distance(distribution(accept_text("once", text).circuit), {expected: 1.0}) < 1e-9


def test_registers_may_have_names_of_gates_and_capital_letters():
    text = (
        INCLUDE
        + "qreg h[2]; creg s[2]; qreg Q[1]; creg C_1[1];\nx h[1]; h h[0]; h h[0]; h Q;\nmeasure h -> s;\n"
    )
    text += "if (s == 2) h Q[0];\nmeasure Q -> C_1;"
    assert distance(distribution(accept_text("names", text).circuit), {"010": 1.0}) < 1e-9


def test_gates_of_hqslib1():
    text = (
        HEADER
        + 'include "hqslib1.inc";\n'
        + TWO
        + "U1q(pi,0) q[0]; Rz(pi) q[0]; RZZ(0.3) q[0],q[1]; ZZ q[0],q[1];"
    )
    assert distance(distribution(accept_text("hqs", text + "measure q -> c;").circuit), {"01": 1.0}) < 1e-9


def test_two_qubits_into_one_bit_are_told_and_the_last_counts():
    accepted = accept_text("last", INCLUDE + TWO + "x q[1]; measure q[0] -> c[0]; measure q[1] -> c[0];")
    assert distance(distribution(accepted.circuit), {"01": 1.0}) < 1e-9
    assert any(
        "classical bit 0 is measured more than once, from qubits 0, 1" in text
        for text in accepted.spec.warnings
    )


def test_the_line_to_blame_is_that_of_the_file_and_names_are_the_files():
    with pytest.raises(CircuitRejected) as caught:
        accept_text("line", INCLUDE + "gate h a {\nU(pi,0,0) a;\n}\n/* one\n two */ qreg q[1];\nh q[1];")
    assert caught.value.line == 8
    with pytest.raises(CircuitRejected) as caught:
        accept_text("name", INCLUDE + "gate h a { }\nqreg q[1];\nh q[0],q[0];")
    assert "expected by h" in caught.value.reason
    assert caught.value.line == 5
