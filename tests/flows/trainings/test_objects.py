"""Problems as objects of other libraries, handed to the flows from Python."""

from __future__ import annotations

from pathlib import Path

import networkx
import pennylane as qml
import pytest
from prefect.exceptions import ParameterTypeError
from qiskit.quantum_info import SparsePauliOp

from flows.train_qaoa import train_qaoa
from flows.train_vqe import train_vqe

ANSATZ = {"ansatz": "hardware-efficient?layers=2", "max_steps": 60}


async def test_operators_of_qiskit_and_pennylane_are_trained_like_their_text(home: Path):
    given = SparsePauliOp.from_list([("IZ", 1.0), ("ZI", 0.5), ("XX", 0.3)])
    same = qml.Hamiltonian([1.0, 0.5, 0.3], [qml.Z(0), qml.Z(1), qml.X(0) @ qml.X(1)])
    reports = [await train_vqe(operator, **ANSATZ) for operator in (given, same)]
    assert reports[0]["energy"] == reports[1]["energy"]
    assert abs(reports[0]["energy"] - reports[0]["reference"]) < 1e-6


async def test_graphs_of_networkx_are_cut_and_what_is_no_problem_is_refused(home: Path):
    report = await train_qaoa(networkx.cycle_graph(4), ansatz="qaoa?layers=2")
    assert report["energy"] == pytest.approx(-4.0, abs=1e-6)
    with pytest.raises(ParameterTypeError, match="expected"):
        await train_vqe(42)
