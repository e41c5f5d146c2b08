"""What is told of a QUBO beside the energy: a knapsack whose assignments are written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from qorum.training.qubo_figures import qubo_figures
from qorum.training.qubo_formats import read_qubo

# 3a + 2b + 2c <= 5: every pair fits, all three do not. Worth: ab 7.5, ac 8, bc 7, abc 10.5.
KNAPSACK = read_qubo(
    {
        "linear": {"a": 5, "b": 4, "c": 3},
        "quadratic": [["a", "b", -1.5]],
        "maximize": True,
        "constraints": [{"linear": {"a": 3, "b": 2, "c": 2}, "sense": "<=", "value": 5}],
    }
)
NONE = np.array([])


def preparing(*ones: int) -> QuantumCircuit:
    circuit = QuantumCircuit(KNAPSACK.num_qubits)
    for qubit in ones:
        circuit.x(qubit)
    return circuit


def test_an_assignment_is_told_as_the_user_has_it() -> None:
    assert qubo_figures(KNAPSACK, preparing(0, 1), NONE, 0) == {
        "feasible share": 1.0,
        "objective": 7.5,
        "feasible": "yes",
        "variables": "a=1, b=1, c=0",
        "bitstring": "011",
        "optimal objective": 8.0,
    }


def test_where_no_sample_is_feasible_the_best_one_is_told_as_such() -> None:
    figures = qubo_figures(KNAPSACK, preparing(0, 1, 2), NONE, 0)
    assert (figures["feasible share"], figures["objective"]) == (0.0, 10.5)
    assert figures["feasible"] == "no: no sample meets all constraints"


def test_a_feasible_sample_goes_before_a_better_one_that_is_not() -> None:
    """Of b, c and a turned such that it is 1 in a quarter of the samples: bc is told, not abc."""
    angle = Parameter("angle")
    circuit = preparing(1, 2)
    circuit.ry(angle, 0)
    figures = qubo_figures(KNAPSACK, circuit, np.array([np.pi / 3]), 0)
    assert (figures["objective"], figures["bitstring"]) == (7.0, "110")
    assert figures["feasible share"] == pytest.approx(0.75, abs=5 * np.sqrt(0.75 * 0.25 / 1000))
    again, other = (qubo_figures(KNAPSACK, circuit, np.array([np.pi / 3]), seed) for seed in (0, 1))
    assert figures == again != other


def test_the_least_objective_is_sought_where_nothing_is_said() -> None:
    problem = read_qubo({"linear": {"x": 1.0, "y": -2.0}})
    circuit = QuantumCircuit(2)
    circuit.h([0, 1])
    figures = qubo_figures(problem, circuit, NONE, 0)
    assert (figures["objective"], figures["optimal objective"], figures["bitstring"]) == (-2.0, -2.0, "10")


def test_the_optimum_of_many_variables_is_not_known_and_large_circuits_tell_nothing() -> None:
    def found(variables: int) -> dict[str, Any]:
        problem = read_qubo({"linear": {f"v{k}": 1.0 for k in range(variables)}})
        circuit = QuantumCircuit(variables)
        circuit.x(variables - 1)
        return qubo_figures(problem, circuit, NONE, 0)

    assert found(21)["objective"] == 1.0
    assert "optimal objective" not in found(21)
    assert found(23) == {}
