"""Where trainings begin, by `--initial`, and what is told of a problem before they do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.train_qnn import train_qnn
from flows.train_vqe import train_vqe
from qorum.errors import NoEligibleBackend
from tests.commands import vqe

ANSATZ = ("tfim:n=2", "--ansatz", "hardware-efficient?layers=0&rotations=ry")
"""Two angles, one for each qubit: at zeros the energy is that of ZZ, -1."""


def first(file: Path, *arguments: str) -> float:
    """The energy at the start."""
    assert vqe([*ANSATZ, "--max-steps", "1", "--json", str(file), *arguments]) == 0
    return float(json.loads(file.read_text())["history"][0]["energy"])


def test_the_command_line_starts_where_it_is_told(home: Path, tmp_path: Path) -> None:
    told, report = tmp_path / "told.json", tmp_path / "report.json"
    assert first(told, "--initial", "zeros") == pytest.approx(-1.0, abs=1e-12)
    # RY(π/2) turns both spins along X: -1 for each field, and nothing of ZZ.
    assert first(told, "--initial=1.5707963267948966,1.5707963267948966") == pytest.approx(-2.0, abs=1e-12)
    assert first(told, "--initial", "random") != first(told, "--initial", "random", "--seed", "5")
    assert vqe([*ANSATZ, "--training-id", "done", "--json", str(report)]) == 0
    end = json.loads(report.read_text())["energy"]
    assert first(told, "--initial", str(report)) == pytest.approx(end, abs=1e-12)
    assert first(told, "--initial", "training:done") == pytest.approx(end, abs=1e-12)


@pytest.mark.parametrize(
    ("initial", "status", "words"),
    [
        ("one", 2, "zeros, random, numbers such as 0.1,-0.2"),
        ("0.1,nan", 2, "expected, found"),
        ("0.1", 1, "2 parameters, as many as the ansatz has, expected, found 1"),
        ("training:nobody", 1, "no training 'nobody'"),
        ("nowhere.json", 2, "a readable JSON file expected"),
    ],
)
def test_a_start_that_cannot_be_is_refused_in_words(
    home: Path, capsys: pytest.CaptureFixture[str], initial: str, status: int, words: str
) -> None:
    try:
        found = vqe([*ANSATZ, "--initial", initial])
    except SystemExit as left:
        found = int(left.code or 0)
    assert found == status
    assert words in capsys.readouterr().err


async def test_other_electrons_that_lie_lower_are_told(home: Path, told: Callable[[], str]) -> None:
    repelled = {
        "num_qubits": 4,
        "num_particles": [1, 1],
        "terms": [["IIIZ", -0.5], ["IIZI", -0.5], ["IZII", -0.5], ["ZIII", -0.5]],
    }
    settings = {"ansatz": "hardware-efficient?layers=1", "max_steps": 1}
    report = await train_vqe(repelled, **settings)
    (warning,) = report["warnings"]
    # Two of four orbitals are filled: 0; with none it is -2.
    assert "with num_particles [1, 1] is 0.00000000, that of the whole operator -2.00000000" in warning
    assert warning in told()
    fitting = {**repelled, "terms": [["IIIZ", 0.5], ["IIZI", 0.5], ["IZII", -0.5], ["ZIII", -0.5]]}
    assert (await train_vqe(fitting, **settings))["warnings"] == []
    ion = "molecule?atoms=Li 0 0 0; H 0 0 1.6&charge=2&spin=0&electrons=2&orbitals=2&mapping=bravyi-kitaev"
    (warning,) = (await train_vqe(ion, **settings))["warnings"]
    assert "is not the lowest energy of the whole operator" in warning


async def test_a_device_that_is_not_there_is_refused_before_a_classifier_is_begun(home: Path) -> None:
    asked = {"data": "iris", "components": 2, "max_steps": 1, "training_id": "one"}
    for backend, words in (
        ("torch?device=mps&precision=single", "device"),
        ("torch?depolarizing_1q=0.01&method=trajectories", "leave the method out"),
    ):
        with pytest.raises(NoEligibleBackend, match=words):
            await train_qnn(**asked, backend=backend)
    assert not (home / "store/checkpoints/one").exists()
