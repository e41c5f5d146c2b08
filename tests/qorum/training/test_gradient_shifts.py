"""Gradients by shifts of gates and of whole parameters."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qorum.errors import InputRejected
from qorum.statevector.shift import ShiftPlan, plan_shifts
from qorum.training.ansatze import build_ansatz
from qorum.training.engine_objective import EngineObjective
from qorum.training.gradient_shifts import plan_gradient
from qorum.training.hamiltonian_formats import read_hamiltonian
from qorum.training.objective import Request

from .problems import ansatz, asymmetric, entangled_rotations, points

H4 = read_hamiltonian(json.loads(Path("examples/hamiltonians/h4_1.0.json").read_text()), name="h4")


def gradient_by(shifts: ShiftPlan, observable, point) -> np.ndarray:
    energies = EngineObjective(shifts.circuit, observable)
    return shifts.coefficients @ energies.evaluate(Request(shifts.bindings(point))).values


@pytest.mark.parametrize(("model", "by_gates", "whole"), [("uccsd", 320, 104), ("k-upccgsd?k=1", 144, 72)])
def test_excitations_shifted_as_a_whole_give_the_gradient_from_fewer_energies(model, by_gates, whole) -> None:
    made = build_ansatz(model, H4, 0)
    point = points(made.circuit)[0]
    exact = EngineObjective(made.circuit, H4.observable).evaluate(Request(point[None], gradient=True))
    for frequencies, count in ((None, by_gates), (made.frequencies, whole)):
        shifts = plan_gradient(made.circuit, frequencies)
        assert len(shifts.moves) == count
        np.testing.assert_allclose(
            gradient_by(shifts, H4.observable, point), exact.gradient, rtol=0, atol=1e-9
        )


def test_parameters_that_share_a_gate_are_shifted_gate_by_gate() -> None:
    """The last two share a controlled rotation; the first two do not, but gain nothing by its gates."""
    circuit = entangled_rotations()
    shifts = plan_gradient(circuit, ((1.0, 2.0), (2.0, 4.0, 6.0), (1.0,), (1.0,)))
    plan = plan_shifts(circuit)
    assert len(shifts.moves) == len(plan.moves)
    point = points(circuit)[0]
    exact = EngineObjective(circuit, asymmetric(3)).evaluate(Request(point[None], gradient=True))
    np.testing.assert_allclose(gradient_by(shifts, asymmetric(3), point), exact.gradient, atol=1e-9)
    assert (shifts.bindings(point) == plan.bindings(point)).all()


def test_a_parameter_without_frequencies_costs_nothing() -> None:
    circuit = ansatz(2, 1)
    shifts = plan_gradient(circuit, ((1.0,), (), (1.0,), ()))
    assert (shifts.coefficients[[1, 3]] == 0).all()
    assert len(shifts.moves) == 4


def test_frequencies_of_other_parameters_are_refused() -> None:
    with pytest.raises(InputRejected, match="of 4 parameters expected, found 3"):
        plan_gradient(ansatz(2, 1), ((1.0,),) * 3)
