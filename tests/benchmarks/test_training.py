"""The benchmark of training runs whole, and what does not depend on the machine meets its goals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import SparsePauliOp, Statevector

from benchmarks._training_accuracy import start_energy
from benchmarks._training_lightning import expectation, observables, same_gates_cost
from benchmarks._training_runs import advance, begin, define, hamiltonian
from benchmarks.training import FAMILIES, main
from qorum.statevector.observables import PauliSum
from qorum.statevector.paulis import PauliTerm
from qorum.training.ansatze import build_ansatz


def report(tmp_path: Path, families: str) -> dict[str, dict[str, Any]]:
    main(["--quick", "--only", families, "--json", str(tmp_path / "report.json")])
    return {row["name"]: row for row in json.loads((tmp_path / "report.json").read_text())["rows"]}


def test_trained_energies_and_cuts_meet_their_goals(tmp_path: Path) -> None:
    rows = report(tmp_path, "accuracy,qaoa")
    held = {name: row["met"] for name, row in rows.items() if row["goal"] is not None}
    assert len(held) == 14
    assert all(held.values()), held


def test_every_other_figure_is_taken(tmp_path: Path) -> None:
    rows = report(tmp_path, ",".join(name for name in FAMILIES if name not in ("accuracy", "qaoa", "qnn")))
    assert {name for name, row in rows.items() if row["value"] is None} == set()
    assert {row["unit"] for name, row in rows.items() if name.startswith("VQE step")} == {"x"}
    shares = [row["value"] for name, row in rows.items() if "share of the time" in name]
    assert len(shares) == 2
    assert 0 < shares[0] < shares[1] < 1
    assert (
        rows["after 100 evaluations / checkpoint"]["value"] < rows["after 100 evaluations / store"]["value"]
    )


def test_a_family_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "chemistry"])
    assert "found chemistry" in capsys.readouterr().err


@pytest.mark.parametrize("file", ["h2_0.735", "h4_1.0"])
def test_the_energy_of_the_basis_state_is_that_of_the_unmoved_ansatz(file: str) -> None:
    problem = hamiltonian(file)
    unmoved = advance(begin(define(problem, "uccsd", "lbfgs", max_steps=1)))  # starts at angles of 0
    assert start_energy(problem) == pytest.approx(unmoved, abs=1e-10)


@pytest.mark.parametrize("model", ["uccsd", "hardware-efficient?layers=1"])
def test_lightning_is_given_the_same_energy_and_its_slope(model: str) -> None:
    problem = hamiltonian("h2_0.735")
    ansatz = build_ansatz(model, problem, 0)
    point = np.random.default_rng(1).uniform(-1, 1, ansatz.circuit.num_parameters)
    found = [
        expectation(same_gates_cost(ansatz.circuit, each), point)
        for each in observables(problem.observable, sparse=True).values()
    ]
    expected = energies_around(ansatz.circuit, point, problem.observable)
    for energy, slope in found:
        assert energy == pytest.approx(expected[0], abs=1e-10)
        assert slope == pytest.approx((expected[1::2] - expected[2::2]) / 2e-5, abs=1e-6)


def energies_around(circuit: QuantumCircuit, point: np.ndarray, observable: PauliSum) -> np.ndarray:
    """By Qiskit: at the point, and 1e-5 to both sides along each axis."""
    labels = [letters(term, observable.num_qubits) for term in observable.terms]
    coefficients = [term.coefficient for term in observable.terms]
    operator = SparsePauliOp([*labels, "I" * observable.num_qubits], [*coefficients, observable.constant])
    shifts = [sign * 1e-5 * axis for axis in np.eye(len(point)) for sign in (1, -1)]
    places = [point, *(point + shift for shift in shifts)]
    found = [
        Statevector(circuit.assign_parameters(place)).expectation_value(operator).real for place in places
    ]
    return np.array(found)


def letters(term: PauliTerm, num_qubits: int) -> str:
    """The string with qubit 0 rightmost."""
    places = reversed(range(num_qubits))
    return "".join("IXZY"[(term.x >> place & 1) + 2 * (term.z >> place & 1)] for place in places)
