"""QUBOs and their constraints, against trying all assignments."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from qorum.errors import InputRejected
from qorum.training.qubo import Qubo
from qorum.training.qubo_formats import is_qubo, read_qubo

KNAPSACK: dict[str, Any] = {
    "linear": {"a": 5, "b": 4, "c": 3},
    "quadratic": [["a", "b", -1.5]],
    "maximize": True,
    "constraints": [{"linear": {"a": 3, "b": 2, "c": 2}, "sense": "<=", "value": 5}],
}
ASSIGNED: dict[str, Any] = {
    "linear": {"x": 1, "y": 2, "z": -1},
    "constraints": [
        {"linear": {"x": 1, "y": 1, "z": 1}, "sense": "==", "value": 1},
        {"linear": {"x": 1, "y": -1}, "sense": ">=", "value": 0},
        {"linear": {"z": 1}, "sense": "<=", "value": 0},
    ],
}
LARGE: dict[str, Any] = {
    "linear": {"x": 1e-7, "y": -3e-7},
    "constraints": [{"linear": {"x": 300, "y": -200}, "sense": ">=", "value": 100}],
}


def tried(document: dict[str, Any]) -> tuple[float, dict[str, int]]:
    """The best assignment that keeps the constraints, written out anew: value and variables."""
    names = list(document["linear"])
    best: tuple[float, dict[str, int]] | None = None
    for bits in itertools.product((0, 1), repeat=len(names)):
        x = dict(zip(names, bits, strict=True))
        sums = [
            (sum(a * x[name] for name, a in one["linear"].items()), one["sense"], one["value"])
            for one in document["constraints"]
        ]
        holds = [
            total <= value if sense == "<=" else total >= value if sense == ">=" else total == value
            for total, sense, value in sums
        ]
        if not all(holds):
            continue
        value = sum(a * x[name] for name, a in document["linear"].items())
        value += sum(a * x[i] * x[j] for i, j, a in document.get("quadratic", ()))
        better = best is None or (value > best[0] if document.get("maximize") else value < best[0])
        best = (value, x) if better else best
    assert best is not None
    return best


def diagonal(problem: Qubo) -> np.ndarray:
    observable = problem.hamiltonian()
    return (
        observable.apply(torch.eye(1 << problem.num_qubits, dtype=torch.complex128)).diagonal().real.numpy()
    )


@pytest.mark.parametrize("document", [KNAPSACK, ASSIGNED, LARGE], ids=["sack", "assigned", "large"])
def test_the_lowest_state_is_the_best_assignment_that_keeps_the_constraints(document: dict[str, Any]) -> None:
    problem = read_qubo(document)
    value, variables = tried(document)
    energies = diagonal(problem)
    sign = -1 if document.get("maximize") else 1
    assert energies.min() == pytest.approx(sign * value, rel=1e-6)
    lowest = int(energies.argmin())
    bits = {name: lowest >> place & 1 for place, name in enumerate(problem.variables)}
    assert bits == variables
    found = problem.best()
    assert found is not None
    assert found[0] == pytest.approx(sign * value)
    broken = [state for state in range(len(energies)) if not _holds(problem, state)]
    gap = sum(map(abs, document["linear"].values()))
    assert min(energies[broken]) > energies.min() + 1e-3 * gap


def _holds(problem: Qubo, state: int) -> bool:
    bits = np.array([[state >> place & 1 for place in range(len(problem.variables))]])
    return bool(problem.feasible(bits)[0])


def test_matrices_pairs_and_lines_are_one_problem() -> None:
    matrix = np.array([[1.0, 2.0], [0.5, -3.0]])
    pairs = {("x0", "x0"): 1.0, ("x0", "x1"): 2.5, ("x1", "x1"): -3.0}
    lines = "minimize  # x^T Q x\nx0 1\nx1 -3\nx0 x1 2.5\n"
    expected = [float(np.array(x) @ matrix @ np.array(x)) for x in ((0, 0), (1, 0), (0, 1), (1, 1))]
    for source in (matrix, {"matrix": matrix.tolist()}, pairs, lines):
        assert is_qubo(source)
        assert diagonal(read_qubo(source)) == pytest.approx(expected)
    bound = read_qubo("maximize\na 5\nb 4\nc 3\na b -1.5\n3 a + 2 b + 2c <= 5\n")
    assert diagonal(bound) == pytest.approx(diagonal(read_qubo(KNAPSACK)))
    assert not is_qubo('{"edges": [[0, 1]]}')
    again = read_qubo(bound.document)
    assert (again.coefficients, again.constraints) == (bound.coefficients, bound.constraints)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"linear": {}}, "nothing to seek"),
        ({"linear": {"x": "1"}}, "coefficients by variable"),
        ({"matrix": [[1.0, 2.0]]}, "a square matrix"),
        (KNAPSACK | {"constraints": [{"linear": {"a": 0.5}, "sense": "<=", "value": 1}]}, "whole numbers"),
        (KNAPSACK | {"constraints": [{"linear": {"a": 1}, "sense": "<=", "value": -1}]}, "cannot"),
        (KNAPSACK | {"constraints": [{"linear": {"a": 1}, "sense": "<", "value": 1}]}, "<="),
        ({"linear": {f"v{i}": 1 for i in range(31)}}, "at most 30 variables and slack bits"),
        ("minimize\nx 1\nx y\n", "line 3: .* as `x \\+ 2 y <= 2` expected"),
    ],
)
def test_what_is_no_problem_is_refused_in_words(source: Any, words: str) -> None:
    with pytest.raises(InputRejected, match=words):
        read_qubo(source)


def test_constraints_that_exclude_each_other_are_told() -> None:
    both = [{"linear": {"a": 1, "b": 1}, "sense": "==", "value": value} for value in (0, 2)]
    with pytest.raises(InputRejected, match="found none can"):
        read_qubo(KNAPSACK | {"constraints": both}).best()
