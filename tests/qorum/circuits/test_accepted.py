"""What is kept of an accepted circuit, and when it is read anew."""

from __future__ import annotations

import pytest

from qorum.circuits import accepted
from qorum.circuits.accepted import decode, encode, text_key
from qorum.circuits.intake import accept_text
from qorum.circuits.sizes import CircuitSize
from qorum.errors import QorumError

TEXT = """OPENQASM 3.0; include "stdgates.inc"; qubit[3] q; bit[2] c;
h q[0]; c[0] = measure q[0]; if (c[0]) { cx q[1], q[2]; } c[1] = measure q[2];
"""


def test_an_accepted_circuit_comes_back_equal_under_the_name_it_is_asked_by():
    circuit = accept_text("first", TEXT)
    again = decode(encode(circuit)).called("second")
    assert again.spec.name == "second"
    assert again.called("first").spec == circuit.spec
    assert again.circuit == circuit.circuit
    assert again.gates == circuit.gates == (1, 1)
    assert again.size == circuit.size == CircuitSize(2, 2)


def test_damage_anywhere_is_refused_before_anything_is_read():
    data = encode(accept_text("c", TEXT))
    for position in range(0, len(data), max(1, len(data) // 60)):
        damaged = bytearray(data)
        damaged[position] ^= 1
        with pytest.raises(QorumError):
            decode(bytes(damaged))


def test_another_text_or_another_release_of_intake_is_read_anew(monkeypatch: pytest.MonkeyPatch):
    key = text_key(TEXT)
    assert text_key(TEXT.encode()) == key
    assert text_key(TEXT + " ") != key
    monkeypatch.setattr(accepted, "_rules", lambda: b"another release")
    assert text_key(TEXT) != key
