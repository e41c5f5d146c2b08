"""Plots of many circuits: each in a child process, and what cannot be drawn costs the others nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qorum.circuits.sandbox import Sandbox
from qorum.errors import QorumError
from qorum.results.consensus import agree
from qorum.runs.drawing import Drawing, draw, draw_all
from tests.qorum.results.answers import answer

PNG = b"\x89PNG\r\n\x1a\n"


def drawing(*names: str) -> Drawing:
    replicas = tuple(answer(name, [60, 40]) for name in names)
    return Drawing("bell", agree(replicas), replicas)


@pytest.mark.parametrize(
    ("names", "plots"), [(("aer",), ["histogram"]), (("aer", "cirq"), ["histogram", "agreement"])]
)
def test_agreement_is_drawn_where_there_are_two_to_agree(names: tuple[str, ...], plots: list[str]):
    found = draw(drawing(*names))
    assert list(found) == plots
    assert all(png.startswith(PNG) for png in found.values())


def test_a_circuit_that_cannot_be_drawn_costs_the_others_nothing():
    good = drawing("aer", "cirq")
    bad = replace(good, replicas=())
    with Sandbox(1) as sandbox:
        found = draw_all({"one": good, "bad": bad, "two": good}, sandbox)
    assert list(found) == ["one", "bad", "two"]
    assert isinstance(found["bad"], QorumError)
    assert found["one"] == found["two"] == draw(good)
