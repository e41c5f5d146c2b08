"""Branches on measured bits, as people and Qiskit write them, mean the same on every dynamic backend."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from mqt.bench import BenchmarkLevel, get_benchmark
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm3
from qiskit.circuit.classical import expr

from blocks.backends import load_backend
from qorum.circuits.compilation import compile_circuit
from qorum.circuits.formats import from_qpy, to_qpy
from qorum.circuits.intake import accept_batch, accept_text, check_circuit
from qorum.circuits.sandbox import Sandbox
from qorum.errors import CircuitRejected, InputRejected

DYNAMIC = ("torch", "aer", "cirq")
START = """OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q; bit[2] c; bit r; bit d;
h q[0]; h q[1];
c[0] = measure q[0]; c[1] = measure q[1]; d = measure q[1];
"""
FLIPS: dict[str, Callable[[int, int], bool]] = {
    "if (c[0] > 0) x q[2];": lambda a, b: a,
    "if (c[0] == 2 || c == -1 || c == 1.5) y q[0]; else x q[2];": lambda a, b: True,
    "if (c[0] + c[1] == 1) x q[2];": lambda a, b: a != b,
    "if (int[2](c) < 0) x q[2];": lambda a, b: b,
    "if (c >> 1 == 1) x q[2];": lambda a, b: b,
    "if (c[0:1] > 1) x q[2];": lambda a, b: b,
    "int k; k = c; if (k == 2) x q[2];": lambda a, b: (a, b) == (0, 1),
    "if (c[0] == 1) x q[2];": lambda a, b: a == 1,
    "if (c[0] == 0) x q[2];": lambda a, b: a == 0,
    "if (c[0] != 0) x q[2];": lambda a, b: a == 1,
    "if (1 == c[1]) x q[2];": lambda a, b: b == 1,
    "if (c[0] == true) x q[2];": lambda a, b: a == 1,
    "if (c[0] == false) x q[2];": lambda a, b: a == 0,
    "if (!c[0]) x q[2];": lambda a, b: a == 0,
    "if (~c[1]) x q[2];": lambda a, b: b == 0,
    "if (!(c[0] == 0)) x q[2];": lambda a, b: a == 1,
    "if (c == 1) x q[2];": lambda a, b: (a, b) == (1, 0),
    'if (c == "10") x q[2];': lambda a, b: (a, b) == (0, 1),
    "if (c == 0b10) x q[2];": lambda a, b: (a, b) == (0, 1),
    "if (c == 5) x q[2];": lambda a, b: False,
    "if (c != 3) x q[2];": lambda a, b: (a, b) != (1, 1),
    "if (c) x q[2];": lambda a, b: (a, b) != (0, 0),
    "if (!c) x q[2];": lambda a, b: (a, b) == (0, 0),
    "if (c > 1) x q[2];": lambda a, b: b == 1,
    "if (1 >= c) x q[2];": lambda a, b: b == 0,
    "if (c < 7) x q[2];": lambda a, b: True,
    "if (c[0:1] == 2) x q[2];": lambda a, b: (a, b) == (0, 1),
    "if (c[{1, 0}] == 2) x q[2];": lambda a, b: (a, b) == (1, 0),
    "if (c[-1]) x q[2];": lambda a, b: b == 1,
    "if (uint[2](c) == 2) x q[2];": lambda a, b: (a, b) == (0, 1),
    "if (int[2](c) == 1) x q[2];": lambda a, b: (a, b) == (1, 0),
    "if (int(c) == 3) x q[2];": lambda a, b: (a, b) == (1, 1),
    "if (bool(c)) x q[2];": lambda a, b: (a, b) != (0, 0),
    "if (c[0] == 1 && c[1] == 0) x q[2];": lambda a, b: (a, b) == (1, 0),
    "if (c[0] && !c[1] || d == 1) x q[2];": lambda a, b: a == 1 or b == 1,
    "if (c[0] || c[1]) x q[2];": lambda a, b: a == 1 or b == 1,
    "if ((c[0] ^ c[1]) == true) x q[2];": lambda a, b: a != b,
    "if ((c[0] ^ 1) == 1) x q[2];": lambda a, b: a == 0,
    "if (c[0] == c[1]) x q[2];": lambda a, b: a == b,
    "if (c[0] != d) x q[2];": lambda a, b: a != b,
    "if (c[0] & c[1]) x q[2];": lambda a, b: a == b == 1,
    "if ((c & 2) == 2) x q[2];": lambda a, b: b == 1,
    "if ((c | 1) == 3) x q[2];": lambda a, b: b == 1,
    "if (~c == 1) x q[2];": lambda a, b: (a, b) == (0, 1),
    "if (c[0] == 1) {x q[2]; h q[1];} else {y q[0];}": lambda a, b: a == 1,
    "if (c[0] == 0) z q[2]; else x q[2];": lambda a, b: a == 1,
    "if (c[0] && c[1]) {} else {x q[2];}": lambda a, b: not (a and b),
    "if (c == 1) z q[2]; else if (c == 2) x q[2]; else y q[1];": lambda a, b: (a, b) == (0, 1),
    "if (c[0] == 1) {\n if (c[1] == 0) {\n  x q[2];\n }\n}": lambda a, b: (a, b) == (1, 0),
    "if (c[0]) {if (c[1] && d) {x q[2];} else {z q[2];}} else {if (c == 2) x q[2];}": lambda a, b: b == 1,
    "if (c[0] == 1) {if (d == 1) {x q[2];}}": lambda a, b: a == b == 1,
    "if (d) {if (d && c[0]) {x q[2];}}": lambda a, b: a == b == 1,
    "if (c[0] == 1) {c[1] = measure q[1]; if (c[1] == 1) {x q[2];}}": lambda a, b: a == b == 1,
    "for int i in [0:1] {if (c[i] == 1) x q[2];}": lambda a, b: a != b,
    "switch (c) {case 0 {x q[2];} case 1, 2 {z q[2];} default {x q[2];}}": lambda a, b: a == b,
    "switch (c[0]) {case 1 {x q[2];}}": lambda a, b: a == 1,
    "int n; n = c; switch (n) {case 3 {x q[2];}}": lambda a, b: a == b == 1,
    "reset q[2]; if (d == 1) x q[2]; delay[100ns] q[2];": lambda a, b: b == 1,
}
REFUSED = {
    "if (q[0]) x q[2];": "measured bits",
    "if (c[2] == 1) x q[2];": "into a register of 2",
    "if (n == 1) x q[2];": "'n'",
    "if (c + 1ns == 2) x q[2];": "durations added",
}


def outcomes(circuit: QuantumCircuit, backend: str, shots: int = 400) -> dict[str, int]:
    """Through QPY before and after compilation, as circuits go from process to process."""
    loaded = load_backend(backend)
    passed = from_qpy(to_qpy(circuit))
    compiled = compile_circuit(passed, loaded.profile().target, optimization_level=1, seed=0)
    (counts,) = loaded.run([from_qpy(to_qpy(compiled))], shots, [7])
    return dict(counts.histogram)


@pytest.mark.parametrize("backend", DYNAMIC)
@pytest.mark.parametrize(("text", "flips"), FLIPS.items(), ids=FLIPS.keys())
def test_a_branch_is_taken_exactly_where_its_condition_holds(
    text: str, flips: Callable[[int, int], bool], backend: str
):
    accepted = accept_text("branch", START + text + "\nr = measure q[2];")
    assert accepted.spec.dynamic
    bits = [(a, b) for a in (0, 1) for b in (0, 1)]
    expected = {f"{b}{int(flips(a, b))}{b}{a}" for a, b in bits}
    assert set(outcomes(accepted.circuit, backend)) == expected


@pytest.mark.parametrize(("text", "words"), REFUSED.items(), ids=REFUSED.keys())
def test_a_condition_that_cannot_be_represented_is_refused_by_line(text: str, words: str):
    with pytest.raises(CircuitRejected) as caught:
        accept_text("branch", START + "\n" + text + "\nr = measure q[2];")
    assert caught.value.line == 7
    assert words in caught.value.reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("c[0] == 1", "c[0]"),
        ("c[0] == 0", "!c[0]"),
        ("c[1] != 1", "c[1] == false"),
        ("!(!c[0])", "c[0]"),
        ("2 == c", 'c == "10"'),
    ],
)
def test_two_spellings_of_a_condition_are_one_circuit(one: str, other: str):
    digests = {
        accept_text("c", START + f"if ({condition}) x q[2];").spec.digest for condition in (one, other)
    }
    assert len(digests) == 1


def test_openqasm_2_branches_on_registers():
    text = (
        'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3]; creg c[2]; creg r[1];\nh q[0]; h q[1];\n'
        "measure q[0]->c[0]; measure q[1]->c[1];\nif(c==2) x q[2];\nmeasure q[2]->r[0];"
    )
    circuit = accept_text("two", text).circuit
    for backend in DYNAMIC:
        assert set(outcomes(circuit, backend)) == {"000", "001", "110", "011"}


def _bits() -> QuantumCircuit:
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(2, "c"), ClassicalRegister(1, "r"))
    circuit.ry(1.0, 0)
    circuit.ry(2.0, 1)
    circuit.measure([0, 1], [0, 1])
    return circuit


def _branching(condition: Callable[[QuantumCircuit], object]) -> QuantumCircuit:
    circuit = _bits()
    with circuit.if_test(condition(circuit)) as otherwise:
        circuit.x(2)
    with otherwise:
        circuit.ry(0.7, 2)
    circuit.measure(2, 2)
    return circuit


def _nested() -> QuantumCircuit:
    circuit = _bits()
    with circuit.if_test((circuit.clbits[0], 0)) as otherwise:
        circuit.z(2)
        with circuit.if_test(expr.logic_not(circuit.clbits[1])):
            circuit.x(2)
    with otherwise:
        circuit.h(2)
    circuit.measure(2, 2)
    return circuit


def _switching() -> QuantumCircuit:
    circuit = _bits()
    with circuit.switch(circuit.cregs[0]) as case:
        with case(0, 3):
            circuit.x(2)
        with case(1):
            circuit.ry(0.4, 2)
        with case(case.DEFAULT):
            circuit.h(2)
    circuit.measure(2, 2)
    return circuit


def _reusing() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 3)
    circuit.ry(1.0, 0)
    circuit.measure(0, 0)
    circuit.reset(0)
    circuit.delay(100, 0, unit="ns")
    circuit.ry(2.0, 0)
    circuit.measure(0, 1)
    circuit.barrier()
    circuit.cx(0, 1)
    circuit.measure(1, 2)
    return circuit


def _teleportation() -> QuantumCircuit:
    sent = [ClassicalRegister(1, "a"), ClassicalRegister(1, "b")]
    circuit = QuantumCircuit(QuantumRegister(3, "q"), *sent, ClassicalRegister(1, "r"))
    circuit.ry(1.2, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((sent[1], 1)):
        circuit.x(2)
    with circuit.if_test((sent[0][0], 1)):
        circuit.z(2)
    circuit.measure(2, 2)
    return circuit


EXPORTED: dict[str, Callable[[], QuantumCircuit]] = {
    "teleportation": _teleportation,
    "reset in mid-circuit": _reusing,
    "register": lambda: _branching(lambda circuit: (circuit.cregs[0], 2)),
    "and": lambda: _branching(lambda circuit: expr.logic_and(*circuit.clbits[:2])),
    "or not": lambda: _branching(
        lambda circuit: expr.logic_or(circuit.clbits[0], expr.logic_not(circuit.clbits[1]))
    ),
    "xor": lambda: _branching(lambda circuit: expr.bit_xor(*circuit.clbits[:2])),
    "greater": lambda: _branching(lambda circuit: expr.greater(circuit.cregs[0], 1)),
    "masked": lambda: _branching(lambda circuit: expr.equal(expr.bit_and(circuit.cregs[0], 2), 2)),
    "nested": _nested,
    "switch": _switching,
    **{
        name: lambda name=name: get_benchmark(name, BenchmarkLevel.ALG, 5)
        for name in ("ghz_dynamic", "iqpe", "dynamic_qft")
    },
}


@pytest.mark.parametrize("build", EXPORTED.values(), ids=EXPORTED.keys())
def test_dynamic_circuits_that_qiskit_exports_come_back_the_same(build: Callable[[], QuantumCircuit]):
    circuit = build()
    back = accept_text("back", qasm3.dumps(circuit)).circuit
    for backend in ("torch", "aer"):
        assert outcomes(back, backend) == _expected(circuit, backend)


def _expected(circuit: QuantumCircuit, backend: str) -> dict[str, int]:
    if "switch_case" not in circuit.count_ops():
        return outcomes(check_circuit("given", circuit, source="", language="qiskit").circuit, backend)
    chain = _bits()
    with chain.if_test(expr.logic_or(expr.equal(chain.cregs[0], 0), expr.equal(chain.cregs[0], 3))) as one:
        chain.x(2)
    with one:
        with chain.if_test((chain.cregs[0], 1)) as two:
            chain.ry(0.4, 2)
        with two:
            chain.h(2)
    chain.measure(2, 2)
    return outcomes(chain, backend)


def test_the_deepest_branches_accepted_survive_every_process_they_pass():
    condition = "~" * 38 + "c"
    text = START + f"if ({condition}) {{" * 15 + "x q[2];" + "}" * 15 + "r = measure q[2];"
    with Sandbox(1) as sandbox:
        good, deep, after = accept_batch([("good", START), ("deep", text), ("good", START)], sandbox)
    assert not isinstance(good, InputRejected)
    assert not isinstance(after, InputRejected)
    if not isinstance(deep, InputRejected):
        assert set(outcomes(deep.circuit, "torch"))
