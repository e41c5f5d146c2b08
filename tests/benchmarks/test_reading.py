"""The reading fuzzer: what it writes is read right, and what is misread it finds and cuts down."""

from __future__ import annotations

from functools import partial

import pytest
from qiskit import qasm2

from benchmarks import reading
from benchmarks._reading_trees import shrink
from benchmarks.reading import attempt, difference, like, write
from qorum.circuits.second_reading.circuit_program import circuit_program
from qorum.circuits.second_reading.machine import distribution
from qorum.circuits.second_reading.openqasm2 import openqasm2_program
from qorum.circuits.second_reading.openqasm3 import openqasm3_program
from qorum.circuits.second_reading.tokens import Abstains

SECOND = {"openqasm2": openqasm2_program, "openqasm3": openqasm3_program}


@pytest.mark.parametrize("language", SECOND)
def test_no_random_program_is_read_wrongly(language):
    found = [attempt(write(language, seed)) for seed in range(150)]
    assert [tried for tried in found if tried.outcome == "wrong"] == []
    assert sum(tried.outcome == "right" for tried in found) > 140


@pytest.mark.parametrize("language", SECOND)
def test_the_second_reader_reads_random_programs_right_or_abstains(language):
    read = 0
    for seed in range(500, 600):
        program = write(language, seed)
        try:
            found = distribution(SECOND[language](program.text()), 1e6)
        except Abstains:
            continue
        assert difference(program.distribution(1e6), found) < 1e-7, program.text()
        read += 1
    assert read > 90


def test_a_reader_that_goes_by_names_is_found_out_and_its_fault_cut_down(monkeypatch):
    """Qiskit's parser with its legacy gates ignores a file's own definitions of these."""

    def by_name(program):
        text = program.text()
        try:
            circuit = qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS)
        except qasm2.QASM2ParseError:
            return reading.Tried("refused")
        if not circuit.cregs or "measure" not in circuit.count_ops():
            return reading.Tried("refused")
        gap = difference(program.distribution(), distribution(circuit_program(circuit), 1e6))
        return reading.Tried("wrong" if gap > 1e-7 else "right")

    monkeypatch.setattr(reading, "attempt", by_name)
    wrong = next(
        program
        for program in (write("openqasm2", seed) for seed in range(400))
        if reading.attempt(program).outcome == "wrong"
    )
    least = shrink(wrong, partial(like, reading.Tried("wrong")))
    assert reading.attempt(least).outcome == "wrong"
    assert least.size() <= min(12, wrong.size())
    assert "gate " in least.text() or "if (" in least.text()
