"""A user's own circuit in the flows: from Python and from a file, with any optimizer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prefect.exceptions import ParameterTypeError
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

from flows.train_qaoa import train_qaoa
from flows.train_vqe import train_vqe
from qorum.errors import QorumError
from tests.commands import vqe
from tests.flows.trainings.asked import CHAIN, EXACT, sequence

FILE = """OPENQASM 3.0;
include "stdgates.inc";
input float a;
input float b;
input float c;
input float d;
qubit[2] q;
ry(a) q[0]; ry(b) q[1];
cx q[0], q[1];
ry(c) q[0]; ry(d) q[1];
"""


def circuit() -> QuantumCircuit:
    angles = ParameterVector("t", 4)
    made = QuantumCircuit(2)
    for qubit in range(2):
        made.ry(angles[qubit], qubit)
    made.cx(0, 1)
    for qubit in range(2):
        made.ry(angles[2 + qubit], qubit)
    return made


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": "lbfgs"},
        {"optimizer": "natural-gradient"},
        {"optimizer": "rotosolve"},
        {"optimizer": "lbfgs", "backend": "aer"},
    ],
    ids=lambda settings: " ".join(settings.values()),
)
async def test_every_kind_of_optimizer_reaches_the_ground_state_with_a_circuit_of_ones_own(
    home: Path, settings: dict[str, str]
) -> None:
    report = await train_vqe(CHAIN, ansatz=circuit(), **settings)
    assert report["energy"] == pytest.approx(EXACT, abs=1e-5)
    assert len(report["parameters"]) == 4


async def test_a_training_of_ones_own_circuit_goes_on_and_another_circuit_is_refused(home: Path) -> None:
    asked = {"ansatz": circuit(), "optimizer": "spsa", "shots": 32, "checkpoint_every": 1}
    whole = await train_vqe(CHAIN, **asked, training_id="whole", max_steps=6)
    await train_vqe(CHAIN, **asked, training_id="part", max_steps=3)
    rest = await train_vqe(CHAIN, **asked, training_id="part", max_steps=6)
    assert rest["parameters"] == whole["parameters"]
    other = circuit()
    other.cz(0, 1)
    with pytest.raises(QorumError, match="another circuit"):
        await train_vqe(CHAIN, **{**asked, "ansatz": other}, training_id="part", max_steps=6)
    cut = await train_qaoa("ring:n=3", ansatz=FILE.replace("qubit[2]", "qubit[3]"), max_steps=1)
    assert cut["reference"] == -2


async def test_a_circuit_that_is_no_ansatz_is_refused(home: Path) -> None:
    made = circuit()
    made.measure_all()
    with pytest.raises(ParameterTypeError, match="remove_final_measurements"):
        await train_vqe(CHAIN, ansatz=made)


def test_a_file_of_openqasm_is_an_ansatz_on_the_command_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, told = tmp_path / "mine.qasm", tmp_path / "told.json"
    file.write_text(FILE)
    asked = [CHAIN, "--ansatz", str(file), "--training-id", "mine", "--json", str(told)]
    assert vqe([*asked, "--max-steps", "2"]) == 0
    assert vqe(asked) == 0
    report = json.loads(told.read_text())
    assert report["model"] == "mine.qasm"
    assert report["energy"] == pytest.approx(EXACT, abs=1e-6)
    assert len(sequence(report)) == report["evaluations"]
    file.write_text(FILE.replace("ry(a) q[0]", "ry(a * a) q[0]"))
    assert vqe(asked) == 2
    assert "linear in them" in capsys.readouterr().err
    assert vqe([CHAIN, "--ansatz", str(tmp_path / "none.qasm")]) == 2
    assert "a readable OpenQASM 3 file expected" in capsys.readouterr().err
