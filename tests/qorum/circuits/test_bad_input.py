"""What breaks today's libraries is refused by name, line and reason, at once and in this process."""

from __future__ import annotations

import pytest

from qorum.circuits.formats import from_qpy, parse_openqasm3, to_qpy
from qorum.circuits.intake import accept_batch, accept_text
from qorum.circuits.sandbox import Sandbox
from qorum.errors import CircuitRejected, InputRejected
from tests.qorum.circuits.exact import distance, distribution
from tests.work import at_most

TWO = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
THREE = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
DOUBLING = "gate g0 a {x a;}\n" + "".join(f"gate g{i} a {{g{i - 1} a; g{i - 1} a;}}\n" for i in range(1, 31))
CHAIN = "gate g0 a {x a;}\n" + "".join(f"gate g{i} a {{g{i - 1} a;}}\n" for i in range(1, 5_001))
NESTED_IF = "qubit q; bit c; c = measure q;\n"

BAD = {
    "register of 10^9 qubits": (TWO + "qreg q[1000000000];", 3, "1,000 qubits"),
    "OpenQASM 3 register of 10^9 qubits": (THREE + "qubit[1_000_000_000] q;", 3, "1,000 qubits"),
    "size over 64 bits": (TWO + "qreg q[1180591620717411303424];", 3, "18 digits"),
    "register of 10^7 qubits": (TWO + "qreg q[10000000];", 3, "1,000 qubits"),
    "register of 10^7 classical bits": (TWO + "qreg q[1];\ncreg c[10000000];", 4, "10,000 classical"),
    "many registers": (TWO + "".join(f"qreg q{i}[100];\n" for i in range(20)), 13, "1,000 qubits"),
    "computed size": (THREE + "qubit[1000*1000*1000] q;", 3, "1,000 qubits"),
    "hexadecimal size": (THREE + "qubit[0x3B9ACA00] q;", 3, "1,000 qubits"),
    "hardware qubit 10^9": (THREE + "h $1000000000;", 3, "1,000 qubits"),
    "30 nested doubling gates": (TWO + DOUBLING + "qreg q[1];\ng30 q[0];", 19, "100,000 operations"),
    "30 nested doubling gates (3)": (THREE + DOUBLING + "qubit q;\ng30 q;", 19, "100,000 operations"),
    "gate chain 5,000 deep": (TWO + CHAIN + "qreg q[1];\ng5000 q[0];", 35, "32 deep"),
    "gate chain 5,000 deep (3)": (THREE + CHAIN + "qubit q;\ng5000 q;", 35, "32 deep"),
    "many broadcasts": (TWO + "qreg q[1000];\n" + "h q;\n" * 200, 104, "100,000 operations"),
    "if 100 deep": (THREE + NESTED_IF + "if(c){\n" * 100 + "x q;" + "}" * 100, 20, "16 deep"),
    "if 100 deep without braces": (THREE + NESTED_IF + "if(c) " * 100 + "x q;", 4, "16 modifiers or"),
    "else if 100 long": (THREE + NESTED_IF + "if(c){x q;}" + "else if(c){x q;}" * 100, 4, "16 deep"),
    "10^4 brackets": (THREE + f"qubit q;\nrx({'(' * 10_000}1{')' * 10_000}) q;", 4, "64 deep"),
    "10^4 brackets (2)": (TWO + f"qreg q[1];\nrx({'(' * 10_000}1{')' * 10_000}) q[0];", 4, "64 deep"),
    "10^5 signs": (TWO + f"qreg q[1];\nrx({'-' * 100_000}1) q[0];", 4, "2,000 characters"),
    "10^5 powers": (TWO + f"qreg q[1];\nrx({'1^' * 100_000}1) q[0];", 4, "2,000 characters"),
    "10^9 controls": (THREE + "qubit[2] q;\nctrl(1000000000) @ x q[0], q[1];", 4, "99 controls"),
    "for to 10^9": (THREE + "qubit q;\nfor int i in [0:1000000000] {h q;}", 4, "100,000 operations"),
    "for to 10^9 over an index": (
        THREE + "qubit[2] q;\nfor int i in [0:1000000000] {h q[i];}",
        4,
        "100,000 operations",
    ),
    "index beyond the register in a loop": (
        THREE + "qubit[2] q;\nh q[0];\nfor int i in [0:2] {h q[i];}",
        5,
        "from -2 to 1",
    ),
    "for in for": (
        THREE + "qubit q;\nfor int i in [0:999] {\nfor int j in [0:999] {x q;}\n}",
        4,
        "100,000 operations",
    ),
    "1e999": (TWO + "qreg q[1];\nrx(1e999) q[0];", 4, "finite"),
    "9^9^9^9": (TWO + "qreg q[1];\nx q[0];\nrx(9^9^9^9) q[0];", 5, "found inf"),
    "inf - inf": (TWO + "qreg q[1];\nrx(1e308*10-1e308*10) q[0];", 4, "found nan"),
    "inf (3)": (THREE + "qubit q;\nx q;\nrx(1e308*10) q;", 5, "found inf"),
    "division by zero": (TWO + "qreg q[1];\nrx(1/0) q[0];", 4, "division by zero"),
    "division by zero (3)": (THREE + "qubit q;\nrx(1/0) q;", 4, "division by zero"),
    "text running backwards in a comment": (TWO + "qreg q[1]; // \u202e hidden\n", 3, "U+202E"),
    "text running backwards (3)": (THREE + "qubit q; /* \u2067 */\n", 3, "U+2067"),
    "empty": ("", None, "empty"),
    "blank": (" \n\t\n", None, "empty"),
    "binary": (bytes(range(128)), 1, "U+0000"),
    "not UTF-8": (TWO.encode() + b"qreg q[1];\n// \xff\xfe", 4, "UTF-8"),
    "no header": ("\nopaque magic a;", 2, "OpenQASM 3 expected"),
    "comments alone": ("// nothing", None, "nothing but comments"),
    "unknown version": ("// new\nOPENQASM 4.0;\nqubit q;", 2, "found 4.0"),
    "header alone": ("OPENQASM 2.0;", None, "at least one qubit"),
    "register of no qubit": (TWO + "qreg q[0];", 3, "from 1 on"),
    "no qubit": (TWO + "creg c[1];", None, "at least one qubit"),
    "include of a file": ('OPENQASM 2.0;\ninclude "/etc/passwd";', 2, 'include "qelib1.inc" expected'),
    "include of a file (3)": ('OPENQASM 3.0;\ninclude "../x.inc";', 2, 'include "stdgates.inc" expected'),
    "include without end": ('OPENQASM 2.0;\ninclude "qelib1.inc;\nqreg q[1];', 2, "qelib1.inc"),
    "unknown gate": (TWO + "qreg q[1];\nfoo q[0];", 4, "'foo'"),
    "unknown gate (3)": (THREE + "qubit q;\nfoo q;", 4, "'foo'"),
    "undeclared register": (TWO + "qreg q[1];\nh r[0];", 4, "'r'"),
    "undeclared register (3)": (THREE + "qubit q;\nh r;", 4, "'r'"),
    "gate defined twice": (TWO + "gate g a{x a;}\ngate g a{x a;}\nqreg q[1];", 4, "second 'g'"),
    "gate within itself": (TWO + "gate g a{\ng a;}\nqreg q[1];", 4, "'g'"),
    "register declared twice": (TWO + "qreg q[1];\nqreg q[1];", 4, "second 'q'"),
    "register declared twice (3)": (THREE + "qubit[2] q;\nqubit[2] q;", 4, "second 'q'"),
    "index too large": (TWO + "qreg q[2];\nh q[2];", 4, "below 2"),
    "index too large (3)": (THREE + "qubit[2] q;\nh q[0];\nh q[2];", 5, "index"),
    "index over 64 bits": (TWO + "qreg q[1];\nh q[99999999999999999999999];", 4, "18 digits"),
    "one qubit twice": (TWO + "qreg q[2];\ncx q[0],q[0];", 4, "different qubits"),
    "one qubit twice (3)": (THREE + "qubit[2] q;\nh q[0];\ncx q[0],q[0];", 5, "different qubits"),
    "registers of two sizes": (THREE + "qubit[2] q; bit[1] c;\nc = measure q;", 4, "make them equal"),
    "operand missing": (TWO + "qreg q[2];\ncx q[0];", 4, "2 quantum operands"),
    "operand missing (3)": (THREE + "qubit[2] q;\ncx q[0];", 4, "2 operands"),
    "parameter missing": (TWO + "qreg q[1];\n\nrx q[0];", 5, "parameters"),
    "parameter unbound": (TWO + "qreg q[1];\nrx(a) q[0];", 4, "'a'"),
    "parameter unbound (3)": (THREE + "input float a;\nqubit q;\nrx(a) q;", 3, "a value for the input a"),
    "gate without definition": (TWO + "opaque foo a;\nqreg q[1];\nfoo q[0];", 5, "'foo'"),
    "semicolon missing": (TWO + "qreg q[1]\nh q[0];", 3, "`;` expected"),
    "semicolon missing (3)": (THREE + "qubit q;\nh q\nx q;", 4, "`;`"),
    "a quote in the middle": (THREE + 'qubit q;\nh "q;', 4, "no part of it"),
    "while without an end": (THREE + "qubit q;\nwhile(true) {}", 4, "shorten its loops"),
    "while over numbers": (
        THREE + "qubit q; int i = 0;\nwhile(i < 100000000) {i += 1;}",
        4,
        "shorten its loops",
    ),
    "a function that calls itself": (
        THREE + "def f(int k) -> int {return f(k);}\nint k = f(1);",
        3,
        "found 'f'",
    ),
    "a huge power": (THREE + "qubit q;\nrx(9**9**9) q;", 4, "64 bits"),
    "a huge power of a real number": (THREE + "qubit q;\nrx(9.0**9.0**9.0) q;", 4, "finite power"),
    "a huge array": (THREE + "qubit q;\narray[int[8], 1000000, 1000000] a;", 4, "4,096 elements"),
    "a huge number of rounds in a gate": (
        THREE + "qubit q;\ngate g a {\nfor int i in [0:1000000000] {x a;}\n}\ng q;",
        5,
        "100,000 operations",
    ),
    "variables that depend on too many bits": (
        THREE + "qubit q; bit[20] c;\nint k = 0;\nfor int i in [0:19] {h q; c[i] = measure q; k += c[i];}",
        5,
        "at most 12 measured bits",
    ),
    "condition without measurement": (
        TWO + "qreg q[1]; creg c[1];\nif(c==1) x q[0];",
        4,
        "nothing is measured",
    ),
    "lines that end in CR LF": ((TWO + "qreg q[1];\nfoo q[0];").replace("\n", "\r\n"), 4, "'foo'"),
    "5 MB": (TWO + "qreg q[1];\n" + "h q[0];\n" * 650_000, None, "4 MiB"),
    "500 kB of OpenQASM 3": (THREE + "qubit q;\n" + "h q;\n" * 100_000, None, "0.375 MiB"),
}


@pytest.mark.parametrize(("text", "line", "words"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_refused_with_its_line_and_reason(text, line, words):
    with at_most(calls=5_000_000), pytest.raises(CircuitRejected) as caught:
        accept_text("bad.qasm", text)
    assert caught.value.source == "bad.qasm"
    assert words in caught.value.reason
    assert caught.value.line == line


def test_no_refusal_shows_what_another_file_holds(tmp_path):
    secret = tmp_path / "secret.inc"
    secret.write_text("topsecret")
    for header, include in (("2.0", secret), ("3.0", secret), ("2.0", f"//{secret}"), ("3.0", f"./{secret}")):
        with pytest.raises(CircuitRejected) as caught:
            accept_text("bad.qasm", f'OPENQASM {header};\ninclude "{include}";\n')
        assert "topsecret" not in str(caught.value)
        assert caught.value.line == 2


def test_bad_texts_do_not_take_the_good_ones_of_their_batch_along():
    good = ("good", TWO + "qreg q[2]; creg c[2]; h q[0]; cx q[0],q[1]; measure q->c;")
    texts = [item for name, (text, _, _) in BAD.items() for item in ((name, text), good)]
    with Sandbox(2) as sandbox:
        outcomes = accept_batch(texts, sandbox)
    for (name, _), outcome in zip(texts, outcomes, strict=True):
        if name == "good":
            assert not isinstance(outcome, InputRejected)
            assert outcome.circuit.count_ops() == {"measure": 2, "h": 1, "cx": 1}
        else:
            assert isinstance(outcome, InputRejected)
            assert outcome.source == name
            assert outcome.line == BAD[name][1]


def test_what_only_a_child_can_survive_is_refused_alone():
    # a range that the OpenQASM 3 parser writes out in memory
    huge = THREE + "qubit q;\nfor int i in [0:0xFFFFFFFFFFFFFFFFFFFFFF] {h q;}"
    good = TWO + "qreg q[1]; h q[0];"
    with Sandbox(1) as sandbox:
        outcomes = accept_batch([("good", good), ("huge", huge), ("also good", good)], sandbox)
    assert [isinstance(outcome, InputRejected) for outcome in outcomes] == [False, True, False]


@pytest.mark.parametrize("header", [TWO + "qreg q[1];", THREE + "qubit[1] q;"], ids=["2", "3"])
def test_an_accepted_circuit_holds_nobody_however_deep_its_gates_are_defined(header: str):
    doublings = header + "\n" + "\n".join(DOUBLING.splitlines()[:13]) + "\ng12 q[0];"
    chain = header + "\n" + "\n".join(CHAIN.splitlines()[:32]) + "\n" + "g31 q[0];\n" * 1_000
    with Sandbox(1) as sandbox:
        accepted = accept_batch([("doublings", doublings), ("chain", chain)], sandbox)
        with at_most(calls=20_000):
            for outcome, operations in zip(accepted, (4_096, 1_000), strict=True):
                assert not isinstance(outcome, InputRejected)
                assert outcome.circuit.count_ops() == {"x": operations, "measure": 1}
                assert from_qpy(to_qpy(outcome.circuit)) == outcome.circuit


def test_the_largest_circuit_accepted_passes_through_this_process_with_less_than_a_call_for_a_gate():
    text = TWO + "qreg q[1000];\n" + "u3(0.1,0.2,0.3) q[0];cx q[0],q[999];\n" * 49_490
    with Sandbox(1) as sandbox, at_most(calls=50_000):
        (outcome,) = accept_batch([("largest", text)], sandbox)
        assert not isinstance(outcome, InputRejected)
        to_qpy(outcome.circuit)


def test_gates_of_ones_own_are_written_out_to_what_they_mean():
    text = (
        "gate twice(a) p,q {rx(a/2) p; cx p,q; rx(a/2) p;}\n"
        "gate both(a) p,q {twice(a) q,p; barrier p; h p;}\nqubit[3] q; bit[3] c;\n"
        "both(0.6) q[2],q[0]; ctrl @ twice(0.4) q[0],q[1],q[2]; inv @ both(0.3) q[0],q[1];"
        "c[0] = measure q[0]; if (c[0] == 1) {both(0.2) q[1],q[2];} c[1] = measure q[1]; c[2] = measure q[2];"
    )
    given = parse_openqasm3(THREE + text)
    written_out = accept_text("own", THREE + text).circuit
    assert not {"twice", "both"} & written_out.count_ops().keys()
    assert distance(distribution(written_out), distribution(given)) < 1e-9
