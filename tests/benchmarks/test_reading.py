"""The reading fuzzer: what it writes is read right, and what is misread it finds and cuts down."""

from __future__ import annotations

from functools import partial

import pytest

from benchmarks._reading_libraries import qiskit_legacy
from benchmarks._reading_trees import shrink
from benchmarks.reading import Tried, attempt, difference, like, write
from qorum.circuits.second_reading.machine import distribution
from qorum.circuits.second_reading.openqasm2 import openqasm2_program
from qorum.circuits.second_reading.openqasm3 import openqasm3_program
from qorum.circuits.second_reading.tokens import Abstains

SECOND = {"openqasm2": openqasm2_program, "openqasm3": openqasm3_program}


@pytest.mark.parametrize("language", SECOND)
def test_no_random_program_is_read_wrongly(language):
    found = [attempt(write(language, seed)) for seed in range(80)]
    assert [tried for tried in found if tried.outcome == "wrong"] == []
    assert sum(tried.outcome == "right" for tried in found) > 74


@pytest.mark.parametrize("language", SECOND)
def test_the_second_reader_reads_random_programs_right_or_abstains(language):
    read = 0
    for seed in range(500, 560):
        program = write(language, seed)
        try:
            found = distribution(SECOND[language](program.text()), 1e6)
        except Abstains:
            continue
        assert difference(program.distribution(1e6), found) < 1e-7, program.text()
        read += 1
    assert read > 54


def test_a_reader_that_goes_by_names_is_found_out_and_its_fault_cut_down():
    """Qiskit's parser with its legacy gates ignores a file's own definitions of these."""
    programs = (write("openqasm2", seed) for seed in range(300))
    wrong = next(program for program in programs if attempt(program, qiskit_legacy).outcome == "wrong")
    least = shrink(wrong, partial(like, Tried("wrong"), read=qiskit_legacy))
    assert attempt(least, qiskit_legacy).outcome == "wrong"
    assert least.size() <= min(9, wrong.size())
    assert "gate " in least.text() or "if (" in least.text()
