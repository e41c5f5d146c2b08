"""Programs with the distribution that the language's specification gives them.

Each stands after `START`. Keys have `c` at the right; registers that a program declares itself stand left
of it. What is measured into `m` is known to nobody before the run: m[0] is 1, m[1] is 0.
"""

# ruff: noqa: E501 - a program stands on one line

from __future__ import annotations

START = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[4] q;\nbit[4] c;\n'
MEASURED = "qubit[2] p; bit[2] m; x p[0]; m = measure p; "
END = " c = measure q;"

Expected = str | dict[str, float]


def sure(body: str, flips: str) -> tuple[str, Expected]:
    """A program that ends with `c` in one state, whatever it is told before the run."""
    return body + END, flips


KNOWN: dict[str, tuple[str, Expected]] = {
    "a quotient of literals is a fraction as an angle": sure("ry(1/2*pi) q[0]; ry(1/2*pi) q[0];", "0001"),
    "a quotient of integer variables is whole": sure("const int a = 1; ry(a/2*pi) q[0]; x q[1];", "0010"),
    "a quotient of integers is whole in an index": sure("x q[3/2]; x q[7/2];", "1010"),
    "negative quotients drop their fraction": sure("int a = -7; x q[a/2+3]; x q[a % 4 + 4];", "0011"),
    "powers bind from the right": sure("ry(pi*2**3**0/2) q[0]; x q[2**1];", "0101"),
    "power binds tighter than minus": sure("int a = -2**2; x q[a+4];", "0001"),
    "unsigned numbers wrap": sure("uint[2] k = 3; k += 1; x q[k]; k -= 1; x q[k];", "1001"),
    "signed numbers wrap": sure("int[2] k = 1; k += 1; x q[k+3];", "0010"),
    "a value too large wraps when it is assigned": sure("uint[2] k = 6; x q[k];", "0100"),
    "bits of a signed number": sure("int[4] k = -2; for int i in [0:3] { if (bool(k[i])) x q[i]; }", "1110"),
    "the last bit is bit -1": sure("int[4] k = -8; if (bool(k[-1])) x q[0];", "0001"),
    "shifts drop bits": sure("uint[3] k = 5; k <<= 1; x q[k]; k >>= 1; x q[k];", "0110"),
    "bitwise operators": sure("uint[4] k = 6; x q[k & 3]; x q[k ^ 5]; x q[(k | 1) - 7];", "1101"),
    "complement of a register": sure('bit[2] b = ~"01"; if (b == 2) x q[0];', "10 0001"),
    "an angle wraps": sure("angle[4] a = 3*pi; ry(a) q[0];", "0001"),
    "half of an angle": sure("angle[4] a = pi; ry(a/2) q[0]; ry(a/2) q[0];", "0001"),
    "an angle's bits": sure("angle[4] a = pi; if (bool(a[3])) x q[0]; if (bool(a[2])) x q[1];", "0001"),
    "angles add modulo 2π": sure("angle[8] a = 3*pi/2; a += 3*pi/2; ry(a) q[0];", "0001"),
    "an angle shifts": sure("angle[4] a = pi/2; a <<= 1; ry(a) q[0];", "0001"),
    "a float keeps its turns": sure("float f = 3*pi; ry(f) q[0];", "0001"),
    "a float becomes an integer": sure("float f = 2.9; int k = int(f); x q[k];", "0100"),
    "remainders": sure("x q[7 % 4]; x q[mod(6, 4)];", "1100"),
    "functions of floats": sure(
        "ry(2*arcsin(1)) q[0]; ry(sqrt(4)*pi/2) q[1]; ry(floor(1.9)*pi) q[2];", "0111"
    ),
    "exponential and logarithm": sure("ry(log(exp(pi))) q[0]; ry(ceiling(0.1)*π) q[1];", "0011"),
    "popcount": sure('x q[popcount("0110")]; uint[4] k = 11; x q[popcount(k)];', "1100"),
    "rotations of bits": sure(
        'if (rotl("0010", 1) == "0100") x q[0]; if (rotr("0001", 1) == 8) x q[1];', "0011"
    ),
    "a range counted down": sure("for int i in [2:-1:1] { x q[i]; }", "0110"),
    "a range with a step": sure("for int i in [0:2:3] { x q[i]; }", "0101"),
    "an empty range": sure("for int i in [1:0] { x q[i]; }", "0000"),
    "a set": sure("for int i in {3, 1} { x q[i]; }", "1010"),
    "loops over bits": sure(
        'const bit[3] b = "011"; int k = 0; for bit d in b { if (d) x q[k]; k += 1; }', "0011"
    ),
    "loops over arrays": sure("array[uint[8], 2] a = {3, 1}; for uint[8] k in a { x q[k]; }", "1010"),
    "the loop's variable may change": sure("for int i in [0:1] { x q[i]; i = 3; x q[i]; }", "0011"),
    "a loop's variable hides another": sure("int i = 3; for int i in [0:0] { x q[i]; } x q[i];", "1001"),
    "a block hides names": sure("int k = 1; { int k = 2; x q[k]; k = 0; } x q[k];", "0110"),
    "an outer variable changes in a block": sure("int k = 1; if (true) { k = 2; } x q[k];", "0100"),
    "while over numbers": sure("int k = 0; while (k < 3) { x q[k]; k += 1; }", "0111"),
    "break": sure("for int i in [0:3] { if (i == 2) break; x q[i]; }", "0011"),
    "continue": sure("for int i in [0:3] { if (i == 2) continue; x q[i]; }", "1011"),
    "break leaves the inner loop": sure(
        "for int i in [0:2] { for int j in [0:1] { if (j == 1) break; x q[i+j]; } }", "0111"
    ),
    "end": sure("x q[0]; c = measure q; end; x q[1];", "0001"),
    "switch": sure(
        "int k = 2; switch (k) { case 0, 1 { x q[0]; } case 2 { x q[1]; } default { x q[2]; } }", "0010"
    ),
    "switch without a case": sure("int k = 5; switch (k) { case 0 { x q[0]; } default { x q[2]; } }", "0100"),
    "slices": sure("x q[1:2];", "0110"),
    "slices to the end": sure("x q[0:-1]; x q[-1];", "0111"),
    "reversed slices": sure("let r = q[3:-1:0]; x r[0]; cx r[0], r[3];", "1001"),
    "open slices": sure("x q[:1]; x q[3:];", "1011"),
    "index sets": sure("x q[{0, -1}];", "1001"),
    "joined registers": sure("qubit[2] p; let j = p ++ q; x j[2]; x j[5];", "1001"),
    "alias of an alias": sure("let a = q[1:3]; let b = a[1:2]; x b;", "1100"),
    "alias of a single qubit": sure("let a = q[2]; x a;", "0100"),
    "arrays": sure(
        "array[int[8], 2, 2] a = {{0, 1}, {2, 3}}; a[1, 0] = 1; x q[a[1, 1]]; x q[a[1][0]];", "1010"
    ),
    "array parts": sure("array[int[8], 3] a = {0, 1, 2}; a[0:1] = a[1:2]; x q[a[0]]; x q[a[1]];", "0110"),
    "sizes": sure("array[int[8], 3, 2] a; x q[sizeof(a)]; x q[sizeof(a, 1)];", "1100"),
    "a subroutine": sure(
        "def flip(qubit t, int n) { for int i in [1:n] { x t; } } flip(q[0], 3); flip(q[1], 2);", "0001"
    ),
    "a subroutine's value": sure(
        "def twice(int n) -> int { return 2 * n; } x q[twice(1)]; x q[twice(0) + twice(1) + 1];", "1100"
    ),
    "subroutines within one another": sure(
        "def one(int n) -> int { return n + 1; } def two(int n) -> int { return one(one(n)); } x q[two(0)];",
        "0100",
    ),
    "arguments are copies": sure(
        "def f(int n) -> int { n = 3; return n; } int n = 1; x q[f(n)]; x q[n];", "1010"
    ),
    "return leaves loops": sure(
        "def first(int n) -> int { for int i in [0:9] { if (i * i >= n) { return i; } } return 0; } x q[first(5)];",
        "1000",
    ),
    "arrays by reference": sure(
        "def put(mutable array[int[8], 2] a) { a[0] = 3; } array[int[8], 2] a = {0, 1}; put(a); x q[a[0]];",
        "1000",
    ),
    "a register for a subroutine": sure("def all(qubit[2] t) { x t; } all(q[1:2]);", "0110"),
    "an old call": sure("def all(qubit[2] t) { x t; } all q[0:1];", "0011"),
    "constants within subroutines": sure("const int k = 2; def f(qubit[4] t) { x t[k]; } f(q);", "0100"),
    "constants within gates": sure("const float a = pi; gate g t { ry(a) t; } g q[1];", "0010"),
    "constants of constants": sure("const uint a = 3; const uint b = a - 1; x q[b];", "0100"),
    "hexadecimal, octal and binary numbers": sure("x q[0x2]; x q[0b11]; x q[0o1];", "1110"),
    "underscores": sure("ry(3.141_592_653_589_793) q[0]; x q[0_2];", "0101"),
    "real literals": sure("ry(314159265358979.3e-14) q[0]; ry(.5*2.*pi) q[1];", "0011"),
    "Greek letters": sure("ry(π) q[0]; ry(τ/2) q[1]; gate γ(θ) a { ry(θ) a; } γ(pi) q[2];", "0111"),
    "compound assignments": sure(
        "int k = 5; k *= 2; k /= 3; x q[k]; k %= 2; x q[k]; k **= 2; x q[k + 1];", "1110"
    ),
    "sizes by constants": (
        "const int n = 2; qubit[n] a; bit[n + 1] d; x a[n - 1]; d[n] = measure a[1];",
        "100 0000",
    ),
    "several qubits into one bit": ("x q[1]; c[0] = measure q[0]; c[0] = measure q[1];", "0001"),
    "a bit that is set": ('c = "0110"; c[0] = measure q[1];', "0110"),
    "bits of an integer": ("c = 5; c[1] = true; c[0] = 0;", "0110"),
    "a bit from a bit": ("x q[1]; c[1] = measure q[1]; c[3] = c[1]; c[1] = measure q[0];", "1000"),
    "bits set by slices": ('c[3:-1:2] = "10"; c[0:1] = "10";', "0110"),
    "a register from another": ("x q[0]; bit[2] d; d[0] = measure q[0]; c[1:2] = d;", "01 0010"),
    "a measurement declares": ("x q[2]; bit[2] d = measure q[1:2]; bit e = measure q[2];", "1 10 0000"),
    "old declarations": ("qreg a[2]; creg d[2]; x a[0]; measure a -> d;", "01 0000"),
    "a measurement that nobody keeps": sure("x q[0]; measure q[0]; x q[0];", "0000"),
    "a measurement that nobody keeps loses the phase": (
        "h q[0]; measure q[0]; h q[0]; c[0] = measure q[0];",
        {"0000": 0.5, "0001": 0.5},
    ),
    "timing": sure(
        "duration d = 100ns; stretch s; box[1us] { x q[0]; delay[2*d + s] q; } delay[16dt] q[0]; barrier q;",
        "0001",
    ),
    "durations compare": sure(
        "duration a = 1us; duration b = 500ns; if (b + b == a) x q[0]; if (a / b == 2.0) x q[1];", "0011"
    ),
    "physical qubits": ("x $1; c[0] = measure $1;", "0001"),
    "broadcast": sure("qubit[4] p; x p[1]; x p[2]; cx p, q; x p[0]; cx p[0], q;", "1001"),
    "an input of nothing": sure("x q[0]; nop_ q[1];".replace("nop_", "id"), "0001"),
}

GATES: dict[str, tuple[str, Expected]] = {
    "parameters by position": sure("gate g(theta, phi) a { ry(theta) a; rz(phi) a; } g(pi, 0) q[0];", "0001"),
    "parameters hide constants": sure("const float t = 0; gate g(t) a { ry(t) a; } g(pi) q[0];", "0001"),
    "qubits of a gate hide registers": sure("gate g q, c { x c; } g q[0], q[1];", "0010"),
    "a gate of a library's name": sure("gate h a { x a; } h q[0];", "0001"),
    "a library's gate until it is defined anew": sure(
        "gate y2 a { h a; h a; } gate h a { x a; } y2 q[0]; h q[1];", "0010"
    ),
    "own gate under a control": sure("gate sxdg a { x a; } x q[0]; ctrl @ sxdg q[0], q[1];", "0011"),
    "loops in gates": sure("gate g a, b { for int i in [0:2] { x a; cx a, b; } } g q[0], q[1];", "0001"),
    "gates of gates": sure("gate f(a) t { ry(a) t; } gate g(a) t { f(2*a) t; } g(pi/2) q[0];", "0001"),
    "empty gates": sure("gate nop(a) t { } nop(1) q[0]; ctrl @ nop(1) q[0], q[1]; x q[2];", "0100"),
    "inverse of a sequence": sure("gate g a { h a; t a; h a; } g q[0]; inv @ g q[0]; x q[1];", "0010"),
    "inverse of a power": sure("gate g a { ry(0.7) a; } pow(3) @ g q[0]; inv @ pow(3) @ g q[0];", "0000"),
    "negative powers": sure("gate g a { ry(0.7) a; s a; } pow(-2) @ g q[0]; g q[0]; g q[0];", "0000"),
    "large powers": sure("gate g a { ry(pi/100) a; } pow(100) @ g q[0];", "0001"),
    "a root": sure("pow(1/3) @ x q[0]; pow(1/3) @ x q[0]; pow(1/3) @ x q[0];", "0001"),
    "a root of a swap": sure("x q[0]; pow(0.5) @ swap q[0], q[1]; pow(0.5) @ swap q[0], q[1];", "0010"),
    "a root under a control": sure(
        "h q[0]; x q[1]; ctrl @ pow(0.25) @ z q[0], q[1]; tdg q[0]; h q[0];", "0010"
    ),
    "a power of a controlled gate": sure(
        "x q[0]; pow(0.5) @ cx q[0], q[1]; pow(0.5) @ cx q[0], q[1];", "0011"
    ),
    "controls at 0": sure("negctrl @ x q[0], q[1]; negctrl(2) @ x q[2], q[3], q[0];", "0011"),
    "controls of both kinds": sure("x q[1]; negctrl @ ctrl @ x q[0], q[1], q[2];", "0110"),
    "many controls": sure(
        "x q[0:2]; ctrl(3) @ x q[0], q[1], q[2], q[3]; ctrl @ ctrl @ ctrl @ x q[0], q[1], q[2], q[3]; ctrl(3) @ x q[0], q[1], q[2], q[3];",
        "1111",
    ),
    "controls by a constant": sure("const int n = 2; x q[0:1]; ctrl(n) @ x q[0], q[1], q[2];", "0111"),
    "a control of a register": sure("x q[0]; qubit[2] p; ctrl @ x q[0:1], p; cx p[0], q[2];", "0101"),
    "the inverse of a controlled cu": sure(
        "x q[0]; h q[1]; ctrl @ cu(0.9, 0.3, 0.7, 2.2) q[0], q[1], q[2]; "
        "inv @ ctrl @ cu(0.9, 0.3, 0.7, 2.2) q[0], q[1], q[2]; h q[1];",
        "0001",
    ),
    "a global phase under a control": sure("h q[0]; ctrl @ gphase(pi) q[0]; h q[0];", "0001"),
    "a global phase under two controls": sure(
        "h q[0]; x q[1]; ctrl(2) @ gphase(pi) q[0], q[1]; h q[0];", "0011"
    ),
    "a global phase under a control at 0": sure("h q[0]; negctrl @ gphase(pi) q[0]; h q[0];", "0001"),
    "inverse of a phase": sure("h q[0]; inv @ ctrl @ gphase(pi/2) q[0]; s q[0]; h q[0];", "0000"),
    "power of a phase": sure("h q[0]; ctrl @ pow(2) @ gphase(pi/2) q[0]; h q[0];", "0001"),
    "U has a phase of its own": (
        "h q[0]; ctrl @ U(pi, 0, pi) q[0], q[1]; cx q[0], q[1]; h q[0]; c[0] = measure q[0];",
        {"0000": 0.5, "0001": 0.5},
    ),
    "U and its phase taken off": sure(
        "h q[0]; gate g a { U(pi, 0, pi) a; gphase(-pi/2); } ctrl @ g q[0], q[1]; cx q[0], q[1]; h q[0];",
        "0000",
    ),
    "u3 under a control is in SU(2)": sure(
        "h q[0]; x q[1]; ctrl @ u3(0, 0, pi) q[0], q[1]; sdg q[0]; h q[0];", "0010"
    ),
    "u2 under a control": sure(
        "h q[0]; ctrl @ u2(0, pi) q[0], q[1]; ctrl @ h q[0], q[1]; s q[0]; h q[0];", "0000"
    ),
    "rz under a control is not p": sure(
        "h q[0]; x q[1]; ctrl @ rz(pi) q[0], q[1]; sdg q[0]; h q[0];", "0010"
    ),
    "p under a control": sure("h q[0]; x q[1]; ctrl @ p(pi) q[0], q[1]; h q[0];", "0011"),
    "cu has a phase on the control": sure("h q[0]; cu(0, 0, 0, pi) q[0], q[1]; h q[0];", "0001"),
    "sx twice under a control": sure(
        "h q[0]; ctrl @ sx q[0], q[1]; ctrl @ sx q[0], q[1]; cx q[0], q[1]; h q[0];", "0000"
    ),
    "s under a control": sure("h q[0]; x q[1]; ctrl @ s q[0], q[1]; ctrl @ s q[0], q[1]; h q[0];", "0011"),
    "modifiers within gates": sure(
        "gate g(a) c, t { ctrl @ rx(a) c, t; negctrl @ x c, t; } x q[0]; g(pi) q[0], q[1];", "0011"
    ),
    "gates with conditions known before the run": sure(
        "const int k = 1; gate g a { if (k == 1) { x a; } } g q[0];", "0001"
    ),
    "U without a library's name": sure("U(pi, 0, pi) q[0];", "0001"),
    "a control inside a power of a sequence": sure(
        "gate g a, b { cx a, b; h a; } x q[0]; g q[0], q[1]; inv @ g q[0], q[1]; pow(2) @ cx q[0], q[1];",
        "0001",
    ),
}
MEASURING: dict[str, tuple[str, Expected]] = {
    "a variable of measured bits": sure(MEASURED + "int k = m; x q[k];", "01 0010"),
    "arithmetic on measured bits": sure(MEASURED + "int k = 2 * m[0] + m[1]; x q[k];", "01 0100"),
    "a variable outlives the bit": sure(
        MEASURED + "int k = m[0]; x p[0]; m[0] = measure p[0]; x q[k];", "00 0010"
    ),
    "two variables outlive their bits": sure(
        MEASURED + "bool a = m[0]; bool b = m[1]; x p; m = measure p; if (a) x q[0]; if (b) x q[1];",
        "10 0001",
    ),
    "a narrow number of a wide register": sure(
        MEASURED + "uint[1] k = m; switch (k) { case 1 { x q[0]; } default { x q[1]; } }", "01 0001"
    ),
    "a signed number of a register": sure(
        MEASURED + "int[2] k = m; if (k == 1) x q[0]; k += 1; if (k < 0) x q[1];", "01 0011"
    ),
    "switch on bits": sure(
        MEASURED + "switch (m) { case 0 { x q[0]; } case 1 { x q[1]; } default { x q[2]; } }", "01 0010"
    ),
    "a case that changes the bits": sure(
        MEASURED
        + "switch (m) { case 1 { x p[0]; m[0] = measure p[0]; } case 0 { x q[0]; } default { x q[1]; } }",
        "00 0000",
    ),
    "variables assigned in both branches": sure(
        MEASURED + "int k; if (m[0]) { k = 2; } else { k = 1; } x q[k];", "01 0100"
    ),
    "variables assigned in one branch": sure(MEASURED + "int k = 3; if (m[1]) { k = 0; } x q[k];", "01 1000"),
    "a branch that overwrites its condition": sure(
        MEASURED + "int k = 0; if (m[0]) { k = 1; x p[0]; m[0] = measure p[0]; } x q[k];", "00 0010"
    ),
    "a branch that ends the program": (
        "x q[0]; c[0] = measure q[0]; if (c[0]) { end; } c[1] = measure q[0];",
        "0001",
    ),
    "break on a measured bit": sure(
        MEASURED + "for int i in [0:3] { if (i == 2 && m[0]) break; x q[i]; }", "01 0011"
    ),
    "continue on a measured bit": sure(
        MEASURED + "for int i in [0:3] { if (m[0]) { if (i == 1) continue; } x q[i]; }", "01 1101"
    ),
    "a measured index": sure(MEASURED + "x q[uint[2](m)]; x q[m[1]];", "01 0011"),
    "a measured angle": sure(
        MEASURED + "angle[2] a = m; a <<= 1; ry(a) q[0]; ry(m[1] * pi) q[1];", "01 0001"
    ),
    "a measured power": sure(MEASURED + "pow(m[0]) @ x q[0]; pow(m[1]) @ x q[1];", "01 0001"),
    "a measured number of rounds": sure(MEASURED + "int n = m; for int i in [0:n] { x q[i]; }", "01 0011"),
    "rounds until a bit is 1": ("while (c[0] == 0) { h q[0]; c[0] = measure q[0]; }", "0001"),
    "rounds without end but for a break": (
        "while (true) { reset q[0]; h q[0]; c[0] = measure q[0]; if (c[0]) break; }",
        "0001",
    ),
    "rounds that are counted": (
        "int n = 0; while (n < 3) { reset q[0]; h q[0]; bit b; b = measure q[0]; if (b) break; n += 1; } if (n == 3) x q[1]; c[1] = measure q[1];",
        {"0000": 0.875, "0010": 0.125},
    ),
    "a counter of measured bits": (
        "uint[2] n = 0; for int i in [0:2] { h q[i]; bit b = measure q[i]; n += b; } if (n == 3) c[3] = 1;",
        {"0000": 0.875, "1000": 0.125},
    ),
    "parity of measured bits": (
        "bit b = 0; for int i in [0:2] { h q[i]; b ^= measure_(q[i]); }".replace(
            "b ^= measure_(q[i]);", "bit d = measure q[i]; b ^= d;"
        )
        + " x q[3];",
        {"0 0000": 0.5, "1 0000": 0.5},
    ),
    "a subroutine that measures": sure(
        "def look(qubit t) -> bit { return measure t; } x q[0]; if (look(q[0])) x q[1]; if (look(q[2])) x q[3];",
        "0011",
    ),
    "a subroutine's register": sure(
        "def look(qubit[2] t) -> bit[2] { bit[2] b; b[1] = measure t[0]; b[0] = measure t[1]; return b; } bit[2] d; x q[0]; d = look(q[0:1]); if (d == 2) x q[3];",
        "10 1001",
    ),
    "calls in one expression": sure(
        "def look(qubit t) -> bit { bit b; b = measure t; return b; } x q[0]; if (look(q[0]) && !look(q[1])) x q[2];",
        "0101",
    ),
    "a subroutine that returns early": sure(
        "def act(qubit t, qubit u) -> int { bit b = measure t; if (b) { return 1; } x u; return 2; } x q[0]; x q[act(q[0], q[3]) + 1];",
        "0101",
    ),
    "bits trade places": sure(
        MEASURED + "bit t; t = m[0]; m[0] = m[1]; m[1] = t; if (m == 2) x q[0];",
        "0 10 0001".replace("0 10", "1 10"),
    ),
    "a bit is inverted": sure(MEASURED + "m[0] = !m[0]; if (m == 0) x q[0];", "00 0001"),
    "a register is inverted": sure(MEASURED + "m = ~m; if (m == 2) x q[0];", "10 0001"),
    "a register is shifted": sure(MEASURED + "m = m << 1; if (m == 2) x q[0];", "10 0001"),
    "registers are compared": sure(
        MEASURED + 'bit[2] d = "01"; if (m == d) x q[0]; if (m != d) x q[1]; if (m > 0) x q[2];', "01 01 0101"
    ),
    "bits of both registers": sure(
        MEASURED
        + "if (m[0] ^ m[1]) x q[0]; if ((m & 1) == 1) x q[1]; if ((m | 2) == 3) x q[2]; if (popcount(m) == 1) x q[3];",
        "01 1111",
    ),
    "an alias of bits": sure(MEASURED + "let n = m[1:-1:0]; if (n == 2) x q[0]; n[0] = 1;", "11 0001"),
    "a bool of a measurement": sure("bool b; x q[0]; b = measure q[0]; if (b) x q[1];", "0011"),
    "an integer of a measurement": sure("uint[2] k; x q[0]; x q[1]; k = measure q[0:1]; x q[k];", "1011"),
    "bits of an integer are measured": sure("uint[2] k = 1; x q[0]; k[1] = measure q[0]; x q[k];", "1001"),
    "a loop over measured bits": sure(
        MEASURED + "int k = 0; for bit b in m { if (b) x q[k]; k += 1; }", "01 0001"
    ),
    "a shadowed bit": sure(
        MEASURED + "{ bit m; x q[0]; m = measure q[0]; if (m) x q[1]; } if (m == 1) x q[2];", "01 0111"
    ),
    "teleportation": (
        "ry(1.2) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0]; bit a = measure q[0]; bit b = measure q[1]; "
        "if (b) x q[2]; if (a) z q[2]; ry(-1.2) q[2]; c[2] = measure q[2];",
        {f"{b} {a} 0000": 0.25 for a in (0, 1) for b in (0, 1)},
    ),
}


def bits(expected: Expected) -> dict[str, float]:
    """The distribution as keys without spaces."""
    given = {expected: 1.0} if isinstance(expected, str) else expected
    return {key.replace(" ", ""): share for key, share in given.items()}
