"""`python -m flows.train_vqe` and its kin: exit status, JSON, words for bad input, and SIGTERM."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from prefect.logging.handlers import PrefectConsoleHandler
from prefect.settings import get_current_settings
from rich.console import Console

from flows.asked_trainings import with_layers
from tests.commands import clean, migrate, qaoa, qnn, vqe
from tests.processes import ROOT

KEYS = {"training_id", "energy", "reference", "steps", "evaluations", "parameters", "backend", "history"}
QUICK = ("--ansatz", "hardware-efficient?layers=1", "--max-steps", "3")


def status(command: Callable[[Sequence[str]], int], *arguments: str) -> int:
    """Exit status, also where argparse itself ends the process."""
    try:
        return command(arguments)
    except SystemExit as left:
        return int(left.code or 0)


def test_the_json_has_what_was_found_and_the_plot_is_a_picture(home: Path, tmp_path: Path):
    file, plot = tmp_path / "told.json", tmp_path / "energy.png"
    h2 = str(ROOT / "examples/hamiltonians/h2_0.735.json")
    assert vqe([h2, "--training-id", "h2", "--json", str(file), "--plot", str(plot)]) == 0
    report = json.loads(file.read_text())
    assert set(report) >= KEYS
    assert report["training_id"] == "h2"
    assert report["energy"] == pytest.approx(report["reference"], abs=1e-6)
    assert report["evaluations"] == len(report["history"])
    assert report["backend"] == "torch"
    assert set(report["history"][0]) >= {"step", "energy", "gradient_norm", "backend"}
    assert plot.read_bytes().startswith(b"\x89PNG")
    stored = json.loads((home / "store/results/h2/report.json").read_text())
    assert {key: report[key] for key in KEYS} == {key: stored[key] for key in KEYS}


def test_an_ansatz_that_grew_is_told_in_the_terminal(home: Path, capsys: pytest.CaptureFixture[str]):
    h2 = str(ROOT / "examples/hamiltonians/h2_0.735.json")
    assert vqe([h2, "--ansatz", "adapt", "--training-id", "grown", "--observable", "spin-z"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"energy +│ -1\.13730", told)
    assert "above the reference" in told
    assert re.search(r"observable spin-z +│ (0|-?\d\.\d+e-\d+) ", told), "a zero is a value"


def test_the_same_id_goes_on_and_is_told_to_clean_and_move(home: Path, capsys: pytest.CaptureFixture[str]):
    assert vqe(["tfim:n=2", *QUICK, "--training-id", "one"]) == 0
    assert vqe(["tfim:n=2", "--layers", "1", "--max-steps", "5", "--training-id", "two"]) == 0
    assert migrate(["one", "aer"]) == 0
    moved = capsys.readouterr().out
    assert re.search(r"from torch \(.*\) to aer \(", moved)
    assert re.search(r"backend +│ aer", moved)
    assert clean(["--older-than", "7d", "--dry-run"]) == 0
    assert "younger" in capsys.readouterr().out


PROBLEMS = {
    "complex.json": '{"num_qubits": 1, "terms": [["X", [0, 1]]]}',
    "empty.json": '{"num_qubits": 1, "terms": []}',
    "nothing.json": "",
    "label.json": '{"num_qubits": 2, "terms": [["XXX", 1.0]]}',
    "particles.json": '{"num_qubits": 2, "terms": [["ZZ", 1.0]], "num_particles": [3, 0]}',
    "gaps.csv": "a,b,label\n1,2,x\n,4,y\n5,6,x\n7,8,y\n",
    "wide.csv": "".join(
        f"{','.join(str(row * 7 % 5 + column) for column in range(40))},{'xy'[row % 2]}\n"
        for row in range(30)
    ),
}


@pytest.mark.parametrize(
    ("command", "arguments", "named"),
    [
        (vqe, ["complex.json"], "Hermitian"),
        (vqe, ["empty.json"], "terms"),
        (vqe, ["nothing.json"], "expected"),
        (vqe, ["label.json"], "XXX"),
        (vqe, ["particles.json"], "particles"),
        (vqe, ["nowhere.json"], "nowhere.json"),
        (vqe, ["tfim:n=0"], "n"),
        (vqe, ["tfim:n=2", "--ansatz", "uccsd"], "uccsd"),
        (vqe, ["tfim:n=2", "--ansatz", "uccs"], "uccsd"),
        (vqe, ["tfim:n=2", "--optimizer", "adm"], "adam"),
        (vqe, ["tfim:n=2", "--optimizer", "adam?learning_rate=-1"], "learning_rate"),
        (vqe, ["tfim:n=2", "--backend", "nowhere"], "nowhere"),
        (vqe, ["tfim:n=2", "--backend", "aer?nois=1"], "no such setting"),
        (vqe, ["tfim:n=2", "--shots", "-1"], "shots"),
        (vqe, ["tfim:n=2", "--max-steps", "many"], "max-steps"),
        (vqe, ["tfim:n=2", "--training-id", "a/b"], "training-id"),
        (vqe, ["tfim:n=2", "--unknown"], "--unknown"),
        (vqe, ["tfim:n=2", "--plot", "curve.gif"], ".svg"),
        (vqe, [], "FILE"),
        (qaoa, ["ring:n=2"], "n"),
        (qnn, ["gaps.csv"], "missing"),
        (qnn, ["wide.csv", "--components", "0"], "1 to 30 expected, found 40"),
        (qnn, ["iris", "--optimizer", "rotosolve"], "frequencies"),
        (migrate, ["nobody", "torch"], "nobody"),
        (clean, ["--older-than", "soon"], "older-than"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_ends_in_one_clear_line_and_stores_no_training(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: Callable[[Sequence[str]], int],
    arguments: list[str],
    named: str,
):
    monkeypatch.chdir(tmp_path)
    for handler in logging.getLogger().handlers:  # as in a process of its own
        if isinstance(handler, PrefectConsoleHandler):
            monkeypatch.setattr(handler, "console", Console(file=sys.stderr, width=200))
    if arguments and arguments[0] in PROBLEMS:
        Path(arguments[0]).write_text(PROBLEMS[arguments[0]])
    assert status(command, *arguments) in (1, 2)
    told = capsys.readouterr()
    assert "Traceback" not in told.err + told.out
    [*_, line] = told.err.strip().splitlines()
    assert line.startswith("python -m flows.")
    assert named in line
    assert not (home / "store/checkpoints").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["tfim:n=2", "--shots", "-1"], 2),
        (["tfim:n=2", "--unknown"], 2),
        (["nowhere.json/nowhere"], 1),
        (["tfim:n=2", "--backend", "nowhere"], 2),
        (["tfim:n=2", "--backup-backends", "aer,nowhere"], 2),
        (["tfim:n=2", "--json", "/nowhere/report.json"], 2),
        (["tfim:n=2", "--plot", "curve.gif"], 2),
        (["tfim:n=2", "--ansatz", "uccsd"], 1),
    ],
)
def test_wrong_usage_exits_with_2_and_what_cannot_be_trained_with_1(
    home: Path, arguments: list[str], expected: int
):
    assert status(vqe, *arguments) == expected


def test_help_shows_examples_and_exit_statuses(capsys: pytest.CaptureFixture[str]):
    for command in (vqe, qaoa, qnn, migrate, clean):
        assert status(command, "--help") == 0
        told = capsys.readouterr().out
        assert "exit status: 0 done, 1 refused or could not go on (the last checkpoint is kept)" in told
        assert "examples:\n  python -m flows." in told


@pytest.mark.server
def test_sigterm_leaves_a_checkpoint_and_the_next_run_goes_on_bit_for_bit(home: Path):
    asked = ["tfim:n=3", "--ansatz", "hardware-efficient?layers=1", "--shots", "32", "--optimizer", "spsa"]
    environment = {
        **os.environ,
        "PREFECT_API_URL": str(get_current_settings().api.url),
        "QORUM_HOME": str(home),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.train_vqe", *asked, "--training-id", "one", "--max-steps", "1000000"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    place = home / "store/checkpoints/one"
    deadline = time.monotonic() + 120
    while not list(place.glob("*/manifest.json")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "asked to end; the same training id goes on from here" in output
    assert json.loads((place / "beat.json").read_text())["status"] == "ended"
    stopped = json.loads((home / "store/results/one/report.json").read_text())
    steps = stopped["steps"] + 5
    asked += ["--max-steps", str(steps), "--json", str(home / "told.json")]
    assert vqe([*asked, "--training-id", "whole"]) == 0
    whole = json.loads((home / "told.json").read_text())
    assert vqe([*asked, "--training-id", "one"]) == 0
    report = json.loads((home / "told.json").read_text())
    assert report["history"] == whole["history"]
    assert report["parameters"] == whole["parameters"]
    assert report["energy"] == whole["energy"]


def test_layers_on_the_command_line_take_the_place_of_those_in_a_reference():
    assert with_layers("qaoa?layers=2&start=random", 3) == "qaoa?layers=3&start=random"
    assert with_layers("uccsd", 1) == "uccsd?layers=1"
