"""What is accepted, as what, and at which price."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from mqt.bench import BenchmarkLevel, get_benchmark
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm2, transpile
from qiskit.circuit import Clbit, Gate, Qubit
from qiskit.circuit.library import XGate

from qorum.circuits.digest import circuit_digest
from qorum.circuits.formats import parse_openqasm2, to_openqasm3
from qorum.circuits.intake import accept_batch, accept_text, check_circuit
from qorum.circuits.sandbox import Sandbox
from qorum.errors import CircuitRejected, InputRejected
from tests.qorum.circuits.exact import distribution
from tests.work import at_most

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
CORPUS = {
    "ae": 4, "bv": 5, "cdkm_ripple_carry_adder": 4, "dj": 5, "draper_qft_adder": 4, "full_adder": 4,
    "ghz": 5, "graphstate": 5, "grover": 3, "half_adder": 3, "hhl": 3, "modular_adder": 4, "qaoa": 4,
    "qft": 5, "qftentangled": 5, "qnn": 4, "qpeexact": 4, "qpeinexact": 4, "qwalk": 3, "randomcircuit": 4,
    "vqe_real_amp": 4, "vqe_su2": 4, "vqe_two_local": 4, "wstate": 5, "bmw_quark_copula": 4,
}  # fmt: skip


@cache
def benchmark(name: str) -> QuantumCircuit:
    circuit = get_benchmark(name, BenchmarkLevel.ALG, CORPUS[name], random_parameters=True)
    return transpile(
        circuit, basis_gates=["h", "x", "rx", "ry", "rz", "p", "u", "cx", "cp", "swap"], seed_transpiler=1
    )


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(2) as pool:
        yield pool


def test_real_circuits_are_accepted_in_both_languages_as_the_same(sandbox):
    texts = [
        text
        for name in CORPUS
        for text in ((name, qasm2.dumps(benchmark(name))), (name, to_openqasm3(benchmark(name))))
    ]
    outcomes = accept_batch(texts, sandbox)
    refused = [outcome for outcome in outcomes if isinstance(outcome, InputRejected)]
    assert not refused
    for two, three in zip(outcomes[::2], outcomes[1::2], strict=True):
        assert (two.spec.language, three.spec.language) == ("openqasm2", "openqasm3")
        assert two.spec.digest == three.spec.digest
        assert two.spec.num_qubits == benchmark(two.spec.name).num_qubits


def test_unmeasured_circuits_are_measured_whole_and_say_so():
    accepted = accept_text("plain", TWO + "qreg a[1]; qreg b[2]; creg unused[7]; x b[1];")
    assert accepted.spec.warnings == ("no measurement: all 3 qubits are measured",)
    assert [register.name for register in accepted.circuit.cregs] == ["meas"]
    assert accepted.spec.num_clbits == accepted.circuit.num_clbits == 3
    places = [
        (accepted.circuit.find_bit(step.qubits[0]).index, accepted.circuit.find_bit(step.clbits[0]).index)
        for step in accepted.circuit.data
        if step.name == "measure"
    ]
    assert places == [(0, 0), (1, 1), (2, 2)]


def test_measured_circuits_stay_as_they_are():
    text = TWO + "qreg q[2]; creg c[3]; h q[0]; measure q[0] -> c[2];"
    accepted = accept_text("half", text)
    assert accepted.circuit == parse_openqasm2(text)
    assert accepted.spec.warnings == ()
    assert accepted.spec.source == text
    assert accepted.spec.digest == circuit_digest(accepted.circuit)


def test_a_circuit_without_operations_is_measured_with_two_warnings():
    accepted = accept_text("idle", TWO + "qreg q[2];")
    assert accepted.spec.warnings == (
        "no operation: every shot reads 0",
        "no measurement: all 2 qubits are measured",
    )


@pytest.mark.parametrize("mark", ["\ufeff", b"\xef\xbb\xbf"], ids=["text", "bytes"])
def test_a_byte_order_mark_is_dropped_with_a_warning(mark):
    text = TWO + "qreg q[1]; creg c[1]; measure q -> c;"
    marked = mark + (text.encode() if isinstance(mark, bytes) else text)
    assert accept_text("marked", marked).spec.warnings == ("the byte order mark at the start was ignored",)
    assert accept_text("marked", marked).spec.digest == accept_text("plain", text).spec.digest


def test_line_ends_comments_and_blanks_do_not_count():
    text = TWO + "qreg q[2];\ncreg c[2];\ncx q[0],q[1];\nmeasure q -> c;\n"
    loose = "// Schrödinger {\n" + text.replace(";", " ; // }\n").replace("\n", "\r\n")
    assert accept_text("loose", loose).spec.digest == accept_text("plain", text).spec.digest


LOOPS = {
    "index": ("for int i in [0:2] {h q[i];}", "h q[0]; h q[1]; h q[2];"),
    "steps down": ("for uint i in [3:-2:0] {h q[i];}", "h q[3]; h q[1];"),
    "computed": ("for int[32] i in {0, 2} {cx q[i], q[i+1];}", "cx q[0],q[1]; cx q[2],q[3];"),
    "negative": ("for int i in [-2:-1] {x q[i];}", "x q[2]; x q[3];"),
    "nested": (
        "for int i in [0:1] {\nfor int j in [0:1] {\ncp(0.5*i) q[j], q[i+2];\n}\n}",
        "cp(0) q[0],q[2]; cp(0) q[1],q[2]; cp(0.5) q[0],q[3]; cp(0.5) q[1],q[3];",
    ),
    "inner range": (
        "for int i in [0:1] {for int j in [i:1] {rx(i) q[j];}}",
        "rx(0) q[0]; rx(0) q[1]; rx(1) q[1];",
    ),
    "never": ("for int i in [2:1] {h q[i];} x q[0];", "x q[0];"),
    "with a branch": (
        "bit[2] c; for int i in [0:1] {c[i] = measure q[i]; if (c[i]) {x q[i+1];}}",
        "bit[2] c; c[0] = measure q[0]; if (c[0]) {x q[1];} c[1] = measure q[1]; if (c[1]) {x q[2];}",
    ),
}


@pytest.mark.parametrize(("loop", "flat"), LOOPS.values(), ids=LOOPS.keys())
def test_loops_may_index_registers(loop, flat):
    accepted = [accept_text("loop", THREE + "qubit[4] q;\n" + text) for text in (loop, flat)]
    assert accepted[0].spec.digest == accepted[1].spec.digest


def test_lines_after_a_loop_keep_their_numbers():
    text = THREE + "qubit[4] q; // four\nfor int i in [0:2] {\n h q[i]; // each\n}\nfoo q[0];"
    with pytest.raises(CircuitRejected) as caught:
        accept_text("after", text)
    assert (caught.value.line, "'foo'" in caught.value.reason) == (7, True)


def test_loops_are_unrolled():
    loop = (
        THREE + "qubit[2] q;\nfor int i in [1:2] {\nfor int j in {1, 3, 5} {rx(i) q[0];}\ncx q[0], q[1];\n}"
    )
    flat = THREE + "qubit[2] q;" + "".join(f"rx({i}) q[0];" * 3 + "cx q[0], q[1];" for i in (1, 2))
    assert accept_text("loop", loop).spec.digest == accept_text("flat", flat).spec.digest


@pytest.mark.parametrize(
    ("body", "dynamic"),
    [
        ("h q[0]; measure q -> c;", False),
        ("reset q[0]; h q[0]; measure q[0] -> c[0]; x q[1]; measure q[1] -> c[1];", False),
        ("measure q[0] -> c[0]; barrier q; measure q[1] -> c[1];", False),
        ("measure q[0] -> c[0]; x q[0]; measure q[0] -> c[1];", True),
        ("h q[0]; reset q[0]; measure q -> c;", True),
        ("measure q[0] -> c[0]; if(c==1) x q[1]; measure q[1] -> c[1];", True),
    ],
)
def test_dynamic_means_what_a_static_simulator_cannot_do(body, dynamic):
    assert accept_text("c", TWO + "qreg q[2]; creg c[2];" + body).spec.dynamic is dynamic


def test_a_qubit_measured_again_into_its_bit_is_warned_of():
    accepted = accept_text("again", TWO + "qreg q[1]; creg c[1]; measure q -> c; h q; measure q -> c;")
    assert accepted.spec.warnings == ("classical bit 0 is measured more than once: its last result counts",)


def test_a_bit_that_was_read_may_take_another_qubits_result():
    text = "qreg q[2]; creg c[1]; measure q[0] -> c[0]; if(c==1) x q[1]; measure q[1] -> c[0];"
    assert accept_text("reuse", TWO + text).spec.warnings == ()


def test_scalar_bits_get_a_place_in_the_key():
    bits = "qubit[2] q; bit a; bit[2] d; bit b; a = measure q[0]; b = measure q[1]; d[0] = measure q[1];"
    circuit = accept_text("scalars", THREE + bits).circuit
    assert [bit for register in circuit.cregs for bit in register] == circuit.clbits
    assert circuit.num_clbits == 4


def test_registers_that_share_bits_are_one_place_in_the_key():
    bits = [Clbit(), Clbit()]
    circuit = QuantumCircuit([Qubit()], bits, ClassicalRegister(bits=bits), ClassicalRegister(bits=bits[:1]))
    circuit.x(0)
    circuit.measure(0, 1)
    accepted = check_circuit("shared", circuit, source="", language="qiskit")
    assert [len(register) for register in accepted.circuit.cregs] == [2]
    assert distribution(accepted.circuit) == {"10": 1.0}


def test_two_qubits_measured_into_one_bit_leave_the_last_result_and_a_warning():
    text = TWO + "qreg q[2]; creg c[1]; x q[1]; measure q[0] -> c[0]; measure q[1] -> c[0];"
    accepted = accept_text("lost", text)
    assert distribution(accepted.circuit) == {"1": 1.0}
    assert accepted.spec.warnings == (
        "classical bit 0 is measured more than once, from qubits 0, 1: its last result counts",
    )


def test_objects_pass_the_same_checks():
    circuit = QuantumCircuit(QuantumRegister(2, "q"))
    circuit.rx(float("nan"), 0)
    with pytest.raises(CircuitRejected, match="finite"):
        check_circuit("nan", circuit, source="", language="qiskit")
    gate: Gate = XGate()
    for depth in range(30):
        twice = QuantumCircuit(1)
        for _ in range(2):
            twice.append(gate, [0], copy=False)
        gate = Gate(f"g{depth}", 1, [])
        gate.definition = twice
    doubling = QuantumCircuit(1)
    doubling.append(gate, [0], copy=False)
    with at_most(calls=10_000_000), pytest.raises(CircuitRejected, match="100,000 operations"):
        check_circuit("doubling", doubling, source="", language="qiskit")


def test_what_the_sandbox_accepts_is_what_this_process_accepts(sandbox):
    texts = [(name, qasm2.dumps(benchmark(name))) for name in ("ghz", "qft", "wstate")]
    seen: list[int] = []
    outcomes = accept_batch(texts, sandbox, seen.append)
    for (name, text), outcome in zip(texts, outcomes, strict=True):
        alone = accept_text(name, text)
        assert replace(outcome.spec, readings=()) == alone.spec
        assert len(outcome.spec.readings) == 2
        assert outcome.circuit == alone.circuit
    assert seen == [1, 2, 3]


def test_intake_of_small_circuits_costs_little_beside_their_parsing():
    text = qasm2.dumps(benchmark("vqe_su2"))

    accept_text("vqe", text)  # what is read once is read by now
    with at_most(calls=100_000) as parsing:
        parse_openqasm2(text)
    with at_most(calls=4 * parsing.made):
        accept_text("vqe", text)


def test_a_file_near_the_limit_is_read_in_time(sandbox):
    text = TWO + "qreg q[2];\n" + "rx(0.12345678901) q[0]; // one of very many\n" * 90_000
    (outcome,) = accept_batch([("large", text)], sandbox)
    assert not isinstance(outcome, InputRejected)
    assert outcome.circuit.size() == 90_002
