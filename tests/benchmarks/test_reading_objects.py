"""The fuzzer of objects: what it writes is read right, and what is misread it finds and cuts down."""

from __future__ import annotations

from functools import partial

import cirq
import pytest

from benchmarks._reading_objects import made, sampled
from benchmarks._reading_trees import shrink
from benchmarks.reading import FIRST, Tried, attempt, like, write


@pytest.mark.parametrize("library", ["qiskit", "cirq", "pennylane"])
def test_no_random_object_is_read_wrongly_or_disputed(library: str):
    found = [attempt(write(library, seed), FIRST[library]) for seed in range(20)]
    assert [tried for tried in found if tried.outcome == "wrong"] == []
    assert sum(tried.outcome == "right" for tried in found) > 17


def _without_conditions(text: str) -> dict[str, float]:
    circuit = made(text)
    return sampled(cirq.Circuit(step.without_classical_controls() for step in circuit.all_operations()))


def test_a_reader_that_skips_conditions_is_found_out_and_its_fault_cut_down():
    programs = (write("cirq", seed) for seed in range(60))
    wrong = next(program for program in programs if attempt(program, _without_conditions).outcome == "wrong")
    least = shrink(wrong, partial(like, Tried("wrong"), read=_without_conditions), tries=150)
    assert "with_classical_controls" in least.text()
    assert least.size() < wrong.size()
    assert attempt(least, _without_conditions).outcome == "wrong"
    assert attempt(least, FIRST["cirq"]).outcome == "right"
