"""The second readers: they know what a text means, or say that they do not."""

from __future__ import annotations

import math

import pytest
from qiskit.circuit.library import get_standard_gate_name_mapping, standard_gates

from qorum.circuits.second_reading.gates import QELIB1, STDGATES
from qorum.circuits.second_reading.machine import distribution
from qorum.circuits.second_reading.openqasm2 import openqasm2_program
from qorum.circuits.second_reading.openqasm3 import openqasm3_program
from qorum.circuits.second_reading.tokens import Abstains

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
RIGHT = {
    "the file's own sx": (TWO + "gate sx a { h a; t a; h a; } qreg q[1]; creg c[1]; sx q[0]; sx q[0];"
                          "measure q -> c;", {"0": 0.5, "1": 0.5}),
    "a condition is read once": (TWO + "qreg q[2]; creg c[2]; x q; if (c == 0) measure q -> c;", {"11": 1}),
    "power before sign": (TWO + "qreg q[1]; creg c[1]; ry(-pi^1*2^2/4) q[0]; measure q -> c;", {"1": 1}),
    "parameters in the order given": (THREE + "gate g(b, a) q { ry(b) q; rz(a) q; } qubit q; bit c;"
                                      "g(pi, 0.0) q; c = measure q;", {"1": 1}),
    "u2 under control": (THREE + "qubit[2] q; bit[2] c; h q[0]; ctrl @ u2(pi, pi) q[0], q[1];"
                         "ctrl @ inv @ u2(pi, pi) q[0], q[1]; ctrl @ gphase(pi) q[0]; h q[0];"
                         "c = measure q;", {"01": 1}),
    "a reversed slice": (THREE + "qubit[3] q; bit[3] c; let a = q[2:-1:0]; x a[0]; c = measure q;",
                         {"100": 1}),
    "whole numbers divide without fraction": (THREE + "qubit q; bit c; int i = 3; ry(i / 2 * pi) q;"
                                              "c = measure q;", {"1": 1}),
    "comparison before &": (THREE + "qubit q; bit c; bit[2] d = \"10\"; if (d[0] & d[1] == 0) x q;"
                            "c = measure q;", {"100": 1}),
    "int[4] wraps with its sign": (THREE + "qubit q; bit c; int[4] n = 7; n += 1; if (n == -8) x q;"
                                   "c = measure q;", {"1": 1}),
    "a shadow ends with its block": (THREE + "qubit q; bit c; int n = 1; if (true) { int n = 2; n = 3; }"
                                     "if (n == 1) x q; c = measure q;", {"1": 1}),
    "only one case of a switch runs": (THREE + "qubit[2] q; bit f; bit o; int s = int(f);"
                                       "switch (s) { case 0 { x q[0]; f = measure q[0]; s = 1; }"
                                       " case 1 { x q[1]; } } o = measure q[1];", {"01": 1}),
    "a subroutine": (THREE + "def f(qubit a, int n) -> bit { for int i in [1:n] { x a; } return measure a; }"
                     "qubit q; bit c; c = f(q, 3);", {"1": 1}),
    "break, continue and while": (THREE + "qubit q; bit c; int n = 0; while (n < 9) { n += 1;"
                                  "if (n == 2) continue; if (n == 5) break; x q; } c = measure q;", {"1": 1}),
    "end": (THREE + "qubit q; bit c; c = measure q; if (c == 0) { end; } x q; c = measure q;", {"0": 1}),
}  # fmt: skip


@pytest.mark.parametrize("what", RIGHT)
def test_texts_mean_what_the_specification_says(what):
    text, right = RIGHT[what]
    program = openqasm2_program if text.startswith(TWO) else openqasm3_program
    found = distribution(program(text))
    assert found == pytest.approx(right)


@pytest.mark.parametrize("library", [QELIB1, STDGATES], ids=["qelib1", "stdgates"])
def test_library_gates_are_those_that_qiskit_has_under_the_name(library):
    kinds = {name: type(gate) for name, gate in get_standard_gate_name_mapping().items()}
    names = [name for name in standard_gates.__all__ if name.endswith("Gate")]
    kinds |= {name.removesuffix("Gate").lower(): getattr(standard_gates, name) for name in names}
    phases = {"u2": (0.2 + 0.3) / 2, "u3": (0.3 + 0.4) / 2} if library is STDGATES else {}
    compared = 0
    for name, gate in library.items():
        if name not in kinds:
            continue
        angles = [0.2, 0.3, 0.4, 0.5][: gate.num_params]
        matrix = kinds[name](*angles).to_matrix() * complex(
            math.cos(phases.get(name, 0)), -math.sin(phases.get(name, 0))
        )
        assert abs(gate.matrix(*angles) - matrix).max() < 1e-12, name
        compared += 1
    assert compared > 20


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (TWO + "opaque magic a; qreg q[1]; magic q[0];", "magic"),
        ('OPENQASM 2.0;\ninclude "mine.inc";\nqreg q[1];', "mine.inc"),
        (THREE + "extern f(int) -> int;", "extern"),
        (THREE + "#pragma braket result probability\nqubit q;", "pragma"),
        (THREE + "qubit[2] q; x q[2];", "line 3: the index 2"),
        (THREE + "int a = -1; uint b = 1; qubit q; if (a < b) x q;", "negative"),
        (THREE + "qubit q; int n; if (n == 0) x q;", "no value yet"),
        (THREE + "angle a = pi; qubit q; rx(a + a) q;", "angles"),
        (THREE + "qubit q; CX q, q;", "CX"),
    ],
)
def test_what_they_do_not_know_they_name(text, about):
    program = openqasm2_program if text.startswith("OPENQASM 2") else openqasm3_program
    with pytest.raises(Abstains, match=about):
        distribution(program(text))
