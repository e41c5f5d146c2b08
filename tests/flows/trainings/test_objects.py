"""Problems as objects of other libraries, handed to the flows from Python."""

from __future__ import annotations

import json
from pathlib import Path

import cirq
import networkx
import pennylane as qml
import pytest
from prefect.exceptions import ParameterTypeError
from qiskit.quantum_info import SparsePauliOp

from flows.train_qaoa import train_qaoa
from flows.train_vqe import train_vqe
from qorum.training.molecules import Molecule
from tests.commands import vqe

ANSATZ = {"ansatz": "hardware-efficient?layers=2", "max_steps": 60}


async def test_operators_of_qiskit_and_pennylane_are_trained_like_their_text(home: Path):
    given = SparsePauliOp.from_list([("IZ", 1.0), ("ZI", 0.5), ("XX", 0.3)])
    same = qml.Hamiltonian([1.0, 0.5, 0.3], [qml.Z(0), qml.Z(1), qml.X(0) @ qml.X(1)])
    zero, one = cirq.LineQubit.range(2)
    third = 1.0 * cirq.Z(zero) + 0.5 * cirq.Z(one) + 0.3 * cirq.X(zero) * cirq.X(one)
    reports = [await train_vqe(operator, **ANSATZ) for operator in (given, same, third)]
    assert reports[0]["energy"] == reports[1]["energy"] == reports[2]["energy"]
    assert abs(reports[0]["energy"] - reports[0]["reference"]) < 1e-6


async def test_graphs_of_networkx_are_cut_and_what_is_no_problem_is_refused(home: Path):
    report = await train_qaoa(networkx.cycle_graph(4), ansatz="qaoa?layers=2")
    assert report["energy"] == pytest.approx(-4.0, abs=1e-6)
    with pytest.raises(ParameterTypeError, match="expected"):
        await train_vqe(42)


async def test_a_molecule_is_trained_as_an_object(home: Path):
    given = Molecule(atoms="He 0 0 0; H 0 0 0.9", charge=1)
    report = await train_vqe(given, ansatz="uccsd")
    assert report["name"] == "HHe sto-3g"
    assert report["energy"] == pytest.approx(report["reference"], abs=1e-7)


def test_an_xyz_file_is_trained_from_the_command_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file, told = tmp_path / "hydrogen.xyz", tmp_path / "told.json"
    file.write_text("2\nbond length 0.735\nH 0 0 0\nH 0 0 0.735\n")
    settings = "#mapping=parity,two_qubit_reduction=true"
    assert vqe([f"{file}{settings}", "--json", str(told)]) == 0
    report = json.loads(told.read_text())
    assert (report["name"], report["model"]) == ("hydrogen", "hardware-efficient")
    assert report["reference"] == pytest.approx(-1.13730604, abs=1e-7)
    assert vqe([f"{file}#charge=1"]) == 1
    assert "fits 1 electrons expected, found 0; set charge or spin" in capsys.readouterr().err
