"""Observables of the final state, beside the energy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from qiskit.quantum_info import SparsePauliOp, Statevector

from flows.train_qaoa import train_qaoa
from flows.train_vqe import train_vqe
from qorum.errors import InputRejected
from qorum.training.ansatze import build_ansatz
from qorum.training.hamiltonian_formats import read_hamiltonian
from tests.commands import vqe
from tests.flows.trainings.asked import CHAIN, SMALL

MAGNETIZATION = SparsePauliOp(["IZ", "ZI"], [0.5, 0.5])


async def test_a_doublet_has_three_electrons_and_its_spin(home: Path) -> None:
    asked = ["particles", "spin-z", "spin-squared"]
    text = "molecule?atoms=H 0 0 0; H 0 0 1; H 0 0 2&spin=1"
    figures = (await train_vqe(text, observables=asked))["figures"]
    found = [figures[f"observable {name}"] for name in asked]
    assert found == pytest.approx([3, 0.5, 0.75], abs=1e-6)
    assert "observable particles ideal" not in figures


async def test_estimates_come_with_their_standard_errors_and_the_ideal_value(home: Path) -> None:
    asked = {**SMALL, "shots": 4096, "optimizer": "spsa", "max_steps": 2, "backend": "aer"}
    report = await train_vqe(**asked, observables={"m": MAGNETIZATION, "x": "XX"})
    circuit = build_ansatz(SMALL["ansatz"], read_hamiltonian(CHAIN), 0).circuit
    state = Statevector(circuit.assign_parameters(report["parameters"]))
    for name, operator in (("m", MAGNETIZATION), ("x", SparsePauliOp("XX"))):
        value, error, ideal = (
            report["figures"][f"observable {name}{what}"] for what in ("", " standard error", " ideal")
        )
        assert ideal == pytest.approx(float(np.real(state.expectation_value(operator))), abs=1e-9)
        assert 0 < error < 0.03
        assert abs(value - ideal) < 5 * error


async def test_observables_may_be_asked_for_when_a_training_is_done_and_wrong_ones_before(
    home: Path,
) -> None:
    first = await train_vqe(**SMALL, training_id="one")
    again = await train_vqe(**SMALL, training_id="one", observables=["zz=ZZ"])
    assert again["parameters"] == first["parameters"]
    assert -1 <= again["figures"]["observable zz"] <= 1
    with pytest.raises(InputRejected, match="strings of 2 letters"):
        await train_vqe(**SMALL, training_id="two", observables=["ZZZ"])
    assert not (home / "store/checkpoints/two").exists()
    cut = await train_qaoa("ring:n=4", max_steps=1, observables=["IIZZ"])
    assert -1 <= cut["figures"]["observable IIZZ"] <= 1


def test_the_command_line_takes_observables(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = home / "told.json"
    asked = ["h2:0.735", "--max-steps", "3", "--json", str(told)]
    assert vqe([*asked, "--observable", "spin-squared", "--observable", "last=ZIII"]) == 0
    assert {"observable spin-squared", "observable last"} <= set(json.loads(told.read_text())["figures"])
    assert vqe([*asked, "--observable", "spin-cubed"]) == 2
    assert "NAME=0.5*IZ + 0.5*ZI" in capsys.readouterr().err
