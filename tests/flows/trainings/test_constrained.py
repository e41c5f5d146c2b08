"""QUBOs with constraints in train_qaoa: the best feasible sample, decoded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.train_qaoa import train_qaoa
from qorum.errors import InputRejected
from tests.commands import qaoa
from tests.qorum.training.test_qubo import KNAPSACK, tried


async def test_the_best_feasible_sample_is_decoded_and_is_the_optimum(home: Path) -> None:
    report = await train_qaoa(KNAPSACK, ansatz="qaoa?layers=2", max_steps=20, training_id="sack")
    value, variables = tried(KNAPSACK)
    figures = report["figures"]
    assert report["reference"] == pytest.approx(-value)
    assert report["energy"] >= report["reference"] - 1e-9
    assert figures["feasible"] == "yes"
    assert figures["objective"] == figures["optimal objective"] == pytest.approx(value)
    assert figures["variables"] == ", ".join(f"{name}={bit}" for name, bit in variables.items())
    assert 0 < figures["feasible share"] < 1
    again = await train_qaoa(KNAPSACK, ansatz="qaoa?layers=2", max_steps=20, training_id="sack")
    assert again["parameters"] == report["parameters"]
    both = [{"linear": {"a": 1, "b": 1}, "sense": "==", "value": value} for value in (0, 2)]
    with pytest.raises(InputRejected, match="found none can"):
        await train_qaoa({**KNAPSACK, "constraints": both})


def test_a_file_of_lines_is_a_problem_on_the_command_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, told = tmp_path / "sack.qubo", tmp_path / "told.json"
    file.write_text("maximize\na 5\nb 4\nc 3\n3 a + 2 b + 2 c <= 5\n")
    assert qaoa([str(file), "--layers", "1", "--max-steps", "5", "--json", str(told)]) == 0
    report = json.loads(told.read_text())
    assert report["name"] == "sack"
    assert report["figures"]["optimal objective"] == 9
    file.write_text("maximize\na five\n")
    assert qaoa([str(file)]) in (1, 2)
    assert "line 2" in capsys.readouterr().err
