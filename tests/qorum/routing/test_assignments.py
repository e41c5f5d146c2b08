"""What routing is asked, and how its answer reads."""

from __future__ import annotations

from dataclasses import replace

import pytest
from qiskit import QuantumCircuit

from qorum.circuits.sizes import CircuitSize
from qorum.circuits.spec import CircuitSpec
from qorum.routing.assignments import Assignment, RouteRequest, Score, is_clifford

SPEC = CircuitSpec("bell", "", "qiskit", 3, 2, True, "d" * 64)
SIZE = CircuitSize(5, 2)


def test_a_request_asks_for_nothing_special_unless_told():
    plain = RouteRequest("d" * 64, "bell", 3, 2, SIZE)
    assert (plain.dynamic, plain.clifford, plain.demanding) == (False, False, False)
    assert (plain.one_qubit_gates, plain.two_qubit_gates, plain.forks) == (0, 0, 0)
    assert (plain.bond, plain.success) == (None, {})
    assert RouteRequest.of(replace(SPEC, dynamic=False), (0, 0), SIZE) == plain


def test_a_request_holds_what_intake_found():
    known = {"clifford": True, "demanding": True, "forks": 3, "bond": 4, "success": {"ibm": 0.5}}
    assert RouteRequest.of(SPEC, (7, 8), SIZE, **known) == RouteRequest(
        "d" * 64, "bell", 3, 2, SIZE, dynamic=True, one_qubit_gates=7, two_qubit_gates=8, **known
    )


def test_clifford_or_not_is_yes_or_no():
    circuit = QuantumCircuit(1)
    circuit.h(0)
    assert is_clifford(circuit) is True
    circuit.t(0)
    assert is_clifford(circuit) is False


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (Score(1.0, 0.012, 0.0), "fidelity 1, 0.012 s, free"),
        (Score(0.98765, 3600.0, 1.5), "fidelity 0.988, 3.6e+03 s, 1.5000 USD"),
    ],
)
def test_a_score_reads_as_fidelity_seconds_and_price(score: Score, text: str):
    assert str(score) == text


CHOSEN = Assignment("d" * 64, "time", ("aer",), (), {"aer": Score(1.0, 2.0, 0.0)}, {})


def test_a_decision_reads_as_one_line():
    ranked = "ranked by time: aer (fidelity 1, 2 s, free)"
    assert CHOSEN.explain() == ranked
    full = replace(CHOSEN, reserve=("cirq", "torch"), excluded={"ibm": "no token"}, note="1 of 3")
    assert full.explain() == f"{ranked}; in reserve: cirq, torch; left out: ibm (no token); 1 of 3"
    assert replace(CHOSEN, chosen=()).explain() == "ranked by time: none"
