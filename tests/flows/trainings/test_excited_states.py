"""Excited states by deflation, against dense diagonalization."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from blocks.object_store import open_store
from blocks.trainings import find_definition, find_report
from flows.migrate_training import migrate_training
from flows.train_vqe import train_vqe
from qorum.errors import InputRejected, NoEligibleBackend, QorumError
from qorum.training.hamiltonian_formats import read_hamiltonian
from tests.commands import vqe
from tests.flows.trainings.asked import CHAIN, sequence

X, Z, ONE = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)
DENSE = -np.kron(Z, Z) - np.kron(X, ONE) - np.kron(ONE, X)
"""The chain of two spins, written out."""

TWO_LAYERS = {"hamiltonian": CHAIN, "ansatz": "hardware-efficient?layers=2"}


async def test_each_level_is_an_eigenvalue_and_has_no_share_in_the_lower_ones(home: Path) -> None:
    report = await train_vqe(**TWO_LAYERS, states=4, training_id="four")
    energies = [one["energy"] for one in report["states"]]
    assert energies == pytest.approx(np.linalg.eigvalsh(DENSE).tolist(), abs=1e-5)
    assert [one["exact"] for one in report["states"]] == pytest.approx(np.linalg.eigvalsh(DENSE).tolist())
    stored = json.loads((home / "store/results/four/report.json").read_text())
    assert stored["states"] == report["states"]
    assert find_report("four", open_store()) == report.report
    last = json.loads((home / f"store/results/{report['states'][-1]['training_id']}/report.json").read_text())
    assert last["figures"]["energy variance"] < 1e-4
    assert max(last["figures"][f"overlap with state {place}"] for place in range(3)) < 1e-4


async def test_levels_of_electrons_are_those_of_their_sector_and_are_gone_on_with(home: Path) -> None:
    asked = {"hamiltonian": "h2:0.735", "ansatz": "uccsd", "states": 2, "training_id": "h2"}
    part = await train_vqe(**asked, max_steps=1)
    whole = await train_vqe(**asked)
    again = await train_vqe(**asked)
    assert again["states"] == whole["states"]
    assert sequence(again) == sequence(whole)
    # Singlet and triplet of two electrons in two orbitals, by PySCF's full interaction.
    assert [one["energy"] for one in whole["states"]] == pytest.approx([-1.13730604, -0.52461556], abs=1e-6)
    moved = [one["states"][1]["training_id"] for one in (part, whole)]
    assert moved[0] != moved[1], "the ground state has changed: what was deflated by it begins anew"


async def test_growing_ansatze_and_penalties_of_their_own_operators(home: Path) -> None:
    report = await train_vqe("tfim:n=3", ansatz="adapt", states=2)
    exact = np.linalg.eigvalsh(_matrix("tfim:n=3"))[:2]
    assert [one["energy"] for one in report["states"]] == pytest.approx(exact.tolist(), abs=1e-5)


def _matrix(text: str) -> np.ndarray:
    import torch

    problem = read_hamiltonian(text)
    return problem.observable.apply(torch.eye(1 << problem.num_qubits, dtype=torch.complex128)).numpy()


async def test_where_overlaps_are_not_exact_several_states_are_refused_before_anything(home: Path) -> None:
    for settings in ({"shots": 64}, {"backend": "aer"}):
        with pytest.raises(NoEligibleBackend, match="torch without noise and shots"):
            await train_vqe(**TWO_LAYERS, **settings, states=2, training_id="one")
    assert not (home / "store/checkpoints/one").exists()
    with pytest.raises(InputRejected, match="at most 4 states"):
        await train_vqe(**TWO_LAYERS, states=5)
    report = await train_vqe(**TWO_LAYERS, states=2, training_id="two", max_steps=2)
    level = report["states"][1]["training_id"]
    with pytest.raises(NoEligibleBackend, match="overlaps are exact"):
        await migrate_training(level, "aer")


async def test_a_training_that_goes_on_by_itself_keeps_the_states_that_were_told_beside_it(
    home: Path,
) -> None:
    asked = {**TWO_LAYERS, "training_id": "two"}
    before = await train_vqe(**asked, states=2, max_steps=2)
    after = await train_vqe(**asked, max_steps=30)
    stored = find_report("two", open_store())
    assert stored == after.report
    assert [one.training_id for one in stored.states] == [one["training_id"] for one in before["states"]]
    ground, excited = stored.states
    assert ground.energy == after["energy"] < before["energy"]
    assert (ground.level, ground.reason) == (0, after["reason"])
    assert excited.model_dump() == before["states"][1]
    (home / "store/results/two/report.json").write_text("{}")
    with pytest.raises(QorumError, match=r"of this release, expected in .*two/report\.json"):
        await train_vqe(**TWO_LAYERS, initial="training:two", max_steps=1)
    again = await train_vqe(**asked, max_steps=30)
    assert find_report("two", open_store()) == again.report


def test_the_command_line_asks_for_states(home: Path) -> None:
    told = home / "told.json"
    asked = [CHAIN, "--layers", "1", "--max-steps", "2", "--training-id", "two", "--json", str(told)]
    assert vqe([*asked[:1], "--ansatz", "hardware-efficient", *asked[1:], "--states", "2"]) == 0
    states = json.loads(told.read_text())["states"]
    assert [one["level"] for one in states] == [0, 1]
    assert len(find_definition(states[1]["training_id"], open_store()).below) <= 1
    assert vqe([CHAIN, "--states", "11"]) == 2
