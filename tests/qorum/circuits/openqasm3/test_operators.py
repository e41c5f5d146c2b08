"""Operators by the types of their operands, as the specification has them."""

# ruff: noqa: E501 - a program stands on one line

from __future__ import annotations

import pytest

from qorum.circuits.intake import accept_text
from qorum.errors import CircuitRejected
from tests.qorum.circuits.exact import distance, distribution
from tests.qorum.circuits.openqasm3.programs import END, START, bits


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("angle[4] a = pi; angle[8] b = pi; if (a == b) x q[0]; if (a > pi/2) x q[1];", "0011"),
        ("angle[4] a = 3*pi/2; angle[4] b = pi/2; ry(a ^ b) q[0]; ry(a & ~b) q[1];", "0011"),
        ("angle[4] a = pi/2; ry(2 * a) q[0]; ry(a * 2) q[1];", "0011"),
        ("angle[4] a = pi; angle[4] b = pi/2; x q[int(a / b)];", "0100"),
        ("uint b = 5; int a = 5; if (a == b) x q[0]; if (a >= b) x q[1]; if (a != b) x q[2];", "0011"),
        ("uint[3] k = 3; uint[3] e = 2; x q[k ** e];", "0010"),
        ("float f = 5.5 % 2.0; if (f == 1.5) x q[0]; if (f - 1.0 == 0.5) x q[1];", "0011"),
        ("duration d = 300ns - 100ns; if (d == 200ns) x q[0]; if (d * 2 == 400ns) x q[1];", "0011"),
        ("duration d = 200ns; if (2 * d == 400ns) x q[0]; if (d / 2 == 100ns) x q[1]; x q[int(d / 100ns)];", "0111"),
        ("duration d = 200ns; if (-d < 0ns) x q[0]; if (d + 1us > 1.1us) x q[1];", "0011"),
        ("bit b = 1; int k = -b; x q[k + 3];", "1 0100"),
        ("uint[4] k = 6; bit[2] b = k[1:2]; if (b == 3) x q[0];", "11 0001"),
        ("bool a = true; x q[a ^ false ? 1 : 0];".replace("a ^ false ? 1 : 0", "int(a ^ false)"), "0010"),
        ("uint k = 1; x q[(k << 70) + 1];", "0010"),
        ("array[int[8], 3, 2] a; x q[sizeof(a)]; x q[sizeof(a, 1) - 2];", "1001"),
        ("x q[int(true) + 1]; float f = 1; ry(f * pi) q[0];", "0101"),
    ],
)  # fmt: skip
def test_operators_give_the_values_of_their_types(body: str, expected: str):
    accepted = accept_text("program", START + body + END)
    assert distance(distribution(accepted.circuit), bits(expected)) < 1e-6


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("float f = 1.5; int k = ~f;", "bits or a whole number beside '~'"),
        ("int k = 1.5 & 2;", "found a real number"),
        ("int k = 1 << -1;", "a shift by 0 or more places"),
        ("int k = 1.5 << 1;", "whole numbers on both sides"),
        ("float f = 1.0 / 0.0;", "division by zero"),
        ("float f = 1.5 % 0.0;", "division by zero"),
        ("float f = (-8.0) ** 0.5;", "a real power"),
        ("angle a = pi; int k = 1; a = a & k;", "two angles beside"),
        ("duration d = 1ns; d = d * d;", "durations added, subtracted or scaled"),
        ("const int n = 0; int[n] k;", "a width from 1"),
        ("int[99999] k;", "a width from 1"),
        ("angle a = 1e308 * 10.0;", "finite"),
        ("int k = 1ns;", "found duration"),
        ("angle a = pi; x q[a];", "a whole number expected, found angle"),
        ("int k = {1, 2};", "numbers, names, operators and calls expected"),
        ("array[int[8], 2] a; x q[sizeof(a, 5)];", "a dimension below 1"),
        ("float f = 1.5; x q[f[0]];", "expected"),
        ("int k = 1; int j = k(2);", "a function expected, found 'k'"),
        ("def f(qubit t) { x t; } int k = f(q[0]);", "a function with a result expected"),
        ("def f(qubit t) { x t; } f(q[0], q[1]);", "1 arguments of f expected, found 2"),
        ("def f(qubit t) { x t; } f(q);", "one qubit for t"),
        ("def f(qubit[2] t) { x t; } f(q);", "a register of 2 qubits for t"),
        ("def f(readonly array[int[8], 2] a) { } int k; f(k);", "an array for a"),
        ("def f(qubit t) { return 1; } f(q[0]);", "a def with a type of result"),
        ("array[int[8], 2] a = {1, 2, 3};", "2 elements expected, found 3"),
        ("array[int[8], 2] a; array[int[8], 3] b; a = b;", "an array of the same shape"),
        ("array[int[8], 2] a; a[0, 1] = 1;", "at most 1 indices expected, found 2"),
        ('include "mine.inc";', "include"),
        ("qubit[0] p;", "a whole number from 1 on"),
        ("const bit b = measure q[0];", "expected"),
        ("int k = 1; let a = k;", "expected"),
        ("gate g a, a { x a; }", "different names"),
        ("let a = q ++ c;", "joined by ++"),
        ("qubit p; x p[0];", "a register before the index"),
        ("ctrl(40) @ x q[0];", "expected"),
    ],
)
def test_operands_that_do_not_fit_are_refused_with_their_line(body: str, words: str):
    with pytest.raises(CircuitRejected) as refusal:
        accept_text("program", START + "\n" + body)
    assert words in refusal.value.reason
    assert refusal.value.line == 6
