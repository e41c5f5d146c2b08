"""Programs whose distribution the specification gives: both readers have to find it, each by itself."""

# ruff: noqa: E501 - a program stands on one line

from __future__ import annotations

import pytest

from qorum.circuits.intake import accept_text
from qorum.circuits.second_reading.machine import TooLarge, distribution
from qorum.circuits.second_reading.openqasm2 import openqasm2_program
from qorum.circuits.second_reading.openqasm3 import openqasm3_program
from qorum.circuits.second_reading.tokens import Abstains
from tests.qorum.circuits import exact

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\ncreg c[3];\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nbit[3] c;\n'
END = {TWO: "\nmeasure q -> c;", THREE: "\nc = measure q;"}

SURE_2 = {
    "sum, difference and brackets": ("rx((pi + pi) / 2) q[0]; rx(2*pi - pi) q[1];", "011"),
    "signs": ("rx(+pi) q[0]; rx(-(pi)) q[2];", "101"),
    "functions": ("rx(pi*cos(0)) q[0]; rx(pi*tan(pi/4)) q[1]; rx(pi*ln(exp(1))) q[2];", "111"),
    "sine and square root": ("rx(pi*sin(pi/2)) q[0]; rx(pi*sqrt(4)/2) q[1];", "011"),
    "parameters of a gate": ("gate g(a, b) p { rx(a + b) p; rz(a - b) p; } g(pi/4, 3*pi/4) q[1];", "010"),
    "reset": ("x q; reset q[1];", "101"),
    "a register beside one qubit": ("qreg p[2]; x q[0]; cx q[0], p; reset q[0]; cx p[1], q[1];", "010"),
    "registers of one size": ("qreg p[3]; x q[1]; cx q, p; cx p, q; x q[2];", "100"),
}
SURE_3 = {
    "hexadecimal, octal and binary numbers": ("x q[0x1]; x q[0b10]; x q[0o0];", "111"),
    "functions": ("x q[popcount(5)]; x q[mod(4, 3)]; rx(sqrt(4.0) * pi / 2) q[0];", "111"),
    "reals under functions": ("rx(2 * arcsin(1.0)) q[0]; rx(pi * exp(0.0)) q[1]; rx(pi * cos(0.0)) q[2];", "111"),
    "brackets and powers": ("rx((2 ** 3 - 7) * pi) q[0]; rx(2.0 ** 2.0 * pi / 4) q[1];", "011"),
    "literal quotients": ("rx(1/2*pi) q[0]; rx((1)/2*pi) q[0];", "001"),
    "logic": ("bool a = true; bool b = false; if (a && !b) x q[0]; if (b || a) x q[1]; if (a && b) x q[2];", "011"),
    "bits turned": ("uint[2] k = 1; x q[~k]; bit[2] b = \"10\"; b = ~b; if (b == 1) x q[0]; int i = ~-2; x q[i];", "111"),
    "shifts": ("uint[3] k = 5; k <<= 1; x q[k]; k >>= 1; x q[k]; bit[3] b = \"011\"; b = b << 2; if (b == 4) x q[0];", "111"),
    "bitwise": ("uint[2] k = 3; x q[k & 1]; x q[k ^ 1]; x q[(k | 1) - 3];", "111"),
    "signed beside unsigned": ("int a = 1; uint b = 2; if (a < b) x q[0]; x q[a + b - 2];", "011"),
    "casts": ("float f = 2.9; x q[int(f)]; x q[int[4](1)]; if (bool(3)) x q[0];", "111"),
    "a cast to bits": ("uint[2] k = 2; bit[2] b = bit[2](k); if (b == 2) x q[1]; if (bit(k)) x q[0];", "011"),
    "a set of places": ("x q[{0, 2}];", "101"),
    "a slice with a step": ("x q[0:2:2]; x q[:1];", "110"),
    "joined registers": ("qubit[2] p; let j = p ++ q; x j[2]; x j[4];", "101"),
    "a loop over a set": ("for int i in {2, 0} { x q[i]; }", "101"),
    "a loop with a step": ("for int i in [2:-2:0] { x q[i]; }", "101"),
    "break in for": ("for int i in [0:2] { if (i == 2) { break; } x q[i]; }", "011"),
    "switch by several labels": ("int k = 1; switch (k) { case 0, 1 { x q[0]; } default { x q[1]; } }", "001"),
    "switch by default": ("int k = 4; switch (k) { case 0 { x q[0]; } default { x q[1]; } }", "010"),
    "powers of gates": ("pow(2) @ sx q[0]; pow(0.5) @ x q[1]; pow(0.5) @ x q[1];", "011"),
    "several controls": ("x q[0:1]; ctrl(2) @ x q[0], q[1], q[2]; negctrl @ x q[0], q[1];", "111"),
    "a box and delays": ("box { x q[0]; } delay[100ns] q[0]; barrier q; x q[2];", "101"),
    "reset": ("x q; reset q[1];", "101"),
    "old registers and measurements": ("qreg p[1]; creg d[1]; x p[0]; measure p[0] -> d[0]; if (d == 1) x q[0];", "001"),
    "a number of a subroutine": ("def f(int n) -> int { return n + 1; } x q[f(0)]; x q[f(f(0))];", "110"),
    "a subroutine without a result": ("def f(qubit a, qubit[2] b) { x a; x b[1]; return; } f(q[0], q[1:2]);", "101"),
    "a subroutine's bits": ("def f(qubit a) -> bit { return measure a; } x q[0]; if (f(q[0])) x q[1];", "011"),
    "a register for a subroutine": ("def f(qubit a, bit[2] b) { if (b == 2) x a; } bit[2] d = \"10\"; f(q[1], d);", "010"),
}  # fmt: skip


def texts() -> list[tuple[str, str, str]]:
    found = [(f"2: {name}", TWO + body + END[TWO], bits) for name, (body, bits) in SURE_2.items()]
    return found + [(f"3: {name}", THREE + body + END[THREE], bits) for name, (body, bits) in SURE_3.items()]


@pytest.mark.parametrize(("text", "bits"), [one[1:] for one in texts()], ids=[one[0] for one in texts()])
def test_both_readers_find_what_the_specification_says(text: str, bits: str):
    program = openqasm2_program if text.startswith(TWO) else openqasm3_program
    second = distribution(program(text))
    first = exact.distribution(accept_text("text", text).circuit)
    assert exact.distance(first, second) < 1e-9
    (key,) = second
    assert key.endswith(bits), "c stands at the right of registers that the text declares"


WIDE = "qubit[10] p; bit[10] m; "  # more unknown bits than a table is made for
UNKNOWN = "h p; m = measure p; "
COMPARED = {
    "equal": (WIDE + UNKNOWN + "if (m == 5) x q[0];", 1 / 1024),
    "unequal": (WIDE + UNKNOWN + "if (m != 5) x q[0];", 1023 / 1024),
    "less": (WIDE + UNKNOWN + "if (m < 3) x q[0];", 3 / 1024),
    "at most": (WIDE + UNKNOWN + "if (m <= 682) x q[0];", 683 / 1024),
    "more": (WIDE + UNKNOWN + "if (m > 682) x q[0];", 341 / 1024),
    "at least": (WIDE + UNKNOWN + "if (m >= 1000) x q[0];", 24 / 1024),
    "both": (WIDE + UNKNOWN + "if (m >= 5 && m < 9) x q[0];", 4 / 1024),
    "either": (WIDE + UNKNOWN + "if (m == 5 || m == 6 || m > 1021) x q[0];", 4 / 1024),
    "neither": (WIDE + UNKNOWN + "if (!(m == 5 || m > 1021)) x q[0];", 1021 / 1024),
    "a bit beside a number": (WIDE + UNKNOWN + "if (m < 512 && m[0]) x q[0];", 1 / 4),
    "one within another": (WIDE + UNKNOWN + "if (m == 5) { x q[0]; } else { if (m == 7) x q[0]; }", 2 / 1024),
    "what a bit says of it": (WIDE + UNKNOWN + "if (m[9]) { if (m < 600) x q[0]; }", 88 / 1024),
    "what it says of a bit": (WIDE + UNKNOWN + "if (m == 5) { if (m[0]) x q[0]; if (m[1]) x q[0]; }", 1 / 1024),
    "after one bit was measured anew": (
        WIDE + UNKNOWN + "if (m == 5) { m[9] = measure p[0]; } if (m == 517) x q[0];",
        2 / 1024,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "share"), COMPARED.values(), ids=COMPARED.keys())
def test_wide_registers_are_compared_as_numbers(body: str, share: float):
    """Ten bits, each 0 or 1 alike: every number is as likely as any other."""
    text = THREE + body + END[THREE]
    first = exact.distribution(accept_text("text", text).circuit)
    assert sum(p for key, p in first.items() if key.endswith("1")) == pytest.approx(share, abs=1e-9)
    with pytest.raises(TooLarge):
        distribution(openqasm3_program(text))


@pytest.mark.parametrize(
    ("body", "about"),
    [
        ("if (true) { qubit p; }", "within a block"),
        ("let j = q ++ c;", "an alias of qubits and bits"),
        ("int k; k += 1;", "no value yet"),
        ("const int k = 1; k = 2;", "an assignment to a constant"),
        ("c += 1;", "the assignment"),
        ("cx q[0];", "on 1 operands"),
        ("cx q[0:1], q;", "registers of different sizes"),
        ("cx q[1], q[1];", "one qubit twice"),
        ("return;", "a return outside"),
        ("break;", "break before any measurement"),
        ("def f(qubit[2] a) { x a; } f(q);", "an argument of another size"),
        ("def f(int n) -> int { return n; } int k = f(1, 2);", "with 2 arguments"),
        ("def f(qubit a) { x a; } int k = f(q[0]);", "no result"),
        ("int[100000] k;", "bits"),
        ("int k = q[0];", "qubits as a value"),
        ("c = 2.5;", "assigned to bits"),
        ('c = "01";', "2 bits assigned to 3"),
        ("x c[0];", "bits where qubits"),
        ("x 5;", "'5' after a name"),
        ("x p;", "'p'"),
        ("qubit p; x p[0];", "an index on a single"),
        ("x q[0:0:2];", "step 0"),
        ("for int i in [:2] { x q[i]; }", "both ends"),
        ("for int i in [0:0:2] { x q[i]; }", "step 0"),
        ("for int i in [0:200000] { x q[0]; }", "100,000 turns"),
        ("for int i in c { x q[0]; }", "a loop over something else"),
        ("int k = 1 / 0;", "division by zero"),
        ("int k = 2 ** -1;", "whole power"),
        ("float f = (0.0 - 8.0) ** 0.5;", "not real"),
        ("uint k = 1; k = k << 100;", "a shift"),
        ("int k = 9223372036854775807 + 1;", "64 bits"),
        ("float f = 1.5; int k = ~f;", "~ of a float"),
        ("float f = 1.5; x q[f];", "taken for a whole number"),
        ('float f = "01";', "bits taken for a real number"),
        ("int k = nothing(1);", "the function 'nothing'"),
        ("float f = 1.0 & 2.0;", "& of"),
        ("int k = 1; int k = 2;", "a second 'k'"),
        ("qubit[100000000] p;", "a register of 100000000 qubits"),
        ("q @= 1;", "was expected|after a name"),
        ("if (true) { x q[0];", "without end|expected"),
        ("def f(complex z) { }", "a parameter of type"),
        ("int k = ;", "where a value was expected"),
        ("x q[0] y q[0];", "line 5: 'y'"),
        ("int 5 = 1;", "where a name was expected"),
        ("pow @ x q[0];", "pow without an exponent"),
    ],
)
def test_the_second_reader_says_what_it_does_not_know(body: str, about: str):
    with pytest.raises(Abstains, match=about):
        distribution(openqasm3_program(THREE + body))


@pytest.mark.parametrize(
    ("body", "about"),
    [
        ("measure q -> p;", "'p' as a creg"),
        ("creg d[2]; measure q -> d;", "3 qubits into 2 bits"),
        ("qreg p[2]; cx q, p;", "different sizes"),
        ("cx q[1], q[1];", "one qubit twice"),
        ("x q[3];", "'q' as a qreg"),
        ("rx(asin(1)) q[0];", "the function 'asin'"),
        ("if (c == 1) ;", "expected|''|';'"),
    ],
)
def test_so_does_that_of_openqasm_2(body: str, about: str):
    with pytest.raises(Abstains, match=about):
        distribution(openqasm2_program(TWO + body))
