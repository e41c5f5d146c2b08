"""Whether an end is above its start, and what is called a result: energies against their errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qorum.training.appraisals import Appraisal, Knowledge
from qorum.training.objective import Answer, Request
from qorum.training.units import Units

START, END = np.array([0.0, 0.0]), np.array([1.0, 2.0])


def appraisal(energy: float, variance: float = 0.0, point: Any = END) -> Appraisal:
    return Appraisal(point, energy, variance)


@pytest.mark.parametrize(
    ("end", "start", "above"),
    [
        (appraisal(1.0), appraisal(1.0), False),
        (appraisal(1.0 + 1e-12), appraisal(1.0), True),
        (appraisal(0.9), appraisal(1.0), False),
        (appraisal(2.0, 0.09), appraisal(1.0, 0.16), False),  # two standard deviations, not more
        (appraisal(2.001, 0.09), appraisal(1.0, 0.16), True),
        (appraisal(1.0, 0.09), appraisal(2.001, 0.16), False),
    ],
)
def test_an_energy_is_above_another_where_chance_does_not_explain_it(
    end: Appraisal, start: Appraisal, above: bool
):
    assert end.is_above(start) == above


def told(*energies: tuple[Any, float, float]) -> Knowledge:
    """What is known after (point, energy, variance) were asked for one by one."""
    known = Knowledge(Units())
    for point, energy, variance in energies:
        request = Request(np.array([point]))
        known.remember(request, Answer(np.array([energy]), np.array([variance])))
    return known


def test_an_end_above_its_start_is_told_with_both_energies():
    known = told((END, 3.0, 0.0))
    assert known.above_start(END) is None
    known.start = appraisal(2.0, point=START)
    assert known.above_start(END) == (3.0, 2.0)
    assert known.above_start(START) is None  # what was found there is not the last
    known.start = appraisal(3.0, point=START)
    assert known.above_start(END) is None


def test_of_estimates_the_result_is_the_incumbents_unless_it_is_above_the_start():
    known = told((START, 1.0, 0.01), (END, 3.0, 0.01))
    assert known.result(END)[0] == 3.0  # and not the lowest, which is too low on average
    known.start = appraisal(1.0, 0.01, START)
    energy, point = known.result(END)
    assert (energy, point.tolist()) == (1.0, START.tolist())
    known.start = appraisal(2.9, 0.01, START)
    assert known.result(END)[0] == 3.0


def test_of_exact_energies_the_result_is_the_lowest():
    known = told((START, 1.0, 0.0), (END, 3.0, 0.0))
    energy, point = known.result(END)
    assert (energy, point.tolist()) == (1.0, START.tolist())
    known.know(Request(END[None]), Answer(np.array([0.5]), np.zeros(1)))
    assert known.result(END)[0] == 0.5


def test_of_a_point_that_nothing_is_known_of_the_energy_is_not_a_number():
    energy, point = Knowledge(Units()).result(END)
    assert np.isnan(energy)
    assert point is END


def test_the_best_of_other_numbers_of_parameters_does_not_count():
    known = told((np.array([0.0]), -9.0, 0.0), (END, 3.0, 0.0))
    assert known.best is not None
    assert known.best[0] == 3.0


def test_knowledge_comes_back_as_it_was_and_is_forgotten_whole():
    known = told((START, 1.0, 0.01), (END, 3.0, 0.01))
    known.start = appraisal(1.0, 0.01, START)
    again = Knowledge(Units())
    again.restore(known.state())
    assert again.above_start(END) == known.above_start(END) == (3.0, 1.0)
    assert again.estimates
    again.forget()
    assert again.state() == Knowledge(Units()).state()
    empty = Knowledge(Units())
    empty.restore(again.state())
    assert (empty.best, empty.last, empty.start, empty.estimates) == (None, None, None, False)
