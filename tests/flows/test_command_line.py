"""`python -m flows.run_circuits`: exit status, table, JSON and the words for wrong usage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.settings import get_current_settings

from tests.commands import run as main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
TWO = ("--backends", "torch,aer", "--replicas", "2", "--shots", "200", "--dispatch", "inline")


def test_agreed_circuits_exit_with_0_and_the_table_says_where_to_look(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["template:bell", str(EXAMPLES / "teleportation.qasm"), "--experiment-id", "two", *TWO]) == 0
    told = capsys.readouterr().out
    assert told.count("│ agreed ") == 2
    assert "2 circuits: 2 agreed; 800 shots" in told
    results = home / "store/results/two"
    assert f"{results.as_uri()}/plots" in told
    assert list((results / "plots").glob("*.png"))
    assert "experiment qorum" in told, "the MLflow run"
    assert "/flow-run/" in told, "the Prefect run"


def test_inputs_are_given_in_the_terminal_and_another_value_is_another_circuit(home: Path):
    found: list[dict[str, int]] = []
    for number, theta in enumerate(("pi", "0", "pi")):
        kept = home / f"{number}.json"
        assert (
            main([str(EXAMPLES / "rabi.qasm"), "--input", f"theta={theta}", "--json", str(kept), *TWO]) == 0
        )
        found += [json.loads(kept.read_text())["circuits"][0]["counts"]]
    assert found == [{"1": 400}, {"0": 400}, {"1": 400}]
    assert main([str(EXAMPLES / "rabi.qasm"), "--json", str(home / "without.json"), *TWO]) == 1
    assert "--input theta=VALUE" in str(
        json.loads((home / "without.json").read_text())["circuits"][0]["error"]
    )


def test_a_broken_circuit_exits_with_1_names_its_line_and_costs_nobody_else(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    arguments = [str(EXAMPLES / "broken.qasm"), "template:bell", *TWO]
    assert main([*arguments, "--experiment-id", "one"]) == 1
    told = capsys.readouterr().out
    assert "line 12" in told
    assert "rejected" in told
    assert "agreed" in told
    assert main([*arguments, "--experiment-id", "one", "--expect-rejected", "broken.qasm"]) == 0
    assert main([*arguments, "--experiment-id", "one", "--expect-rejected", "bell"]) == 1


def test_an_unknown_template_is_wrong_usage_with_the_known_ones(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["template:bel", *TWO]) == 2
    told = capsys.readouterr().err
    assert "'bel'" in told
    assert "teleportation" in told


def test_a_dispute_exits_with_1_and_gives_each_reason(
    home: Path, liars: None, capsys: pytest.CaptureFixture[str]
):
    backends = ("--backends", "liar?lie=zeros,liar?number=2,torch", "--dispatch", "inline")
    assert main(["template:hardware_efficient?num_qubits=5", *backends]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "disputed" in told
    assert "contradict each other" in told
    assert "not liar?lie=zeros" in told
    assert "not torch" in told


def test_one_backend_alone_is_unverified_and_exits_with_0(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["template:bell", "--backends", "torch", "--dispatch", "inline"]) == 0
    told = capsys.readouterr().out
    assert "unverified" in told
    assert "3 replicas asked, 1 backend eligible" in told


def test_names_and_reasons_with_brackets_are_printed_whole(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "x[bold].qasm"
    file.write_text("OPENQASM 2.0;\nqreg q[1];\nU(0,0,0) q[red];\n")
    assert main([str(file), *TWO]) == 1
    assert "x[bold].qasm" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["nowhere.qasm"], "nowhere.qasm: no such file"),
        (["template:bell", "--shots", "0"], "shots"),
        (["template:bell", "--shots", "1.5"], "shots"),
        (["template:bell", "--shots", "many"], "shots"),
        (["template:bell", "--replicas", "9"], "replicas"),
        (["template:bell", "--input", "theta"], "NAME=VALUE"),
        (["template:bell", "--input", "a=1", "--input", "a=2"], "'a=2'"),
        (["template:bell", "--input", "a b=1"], "--input"),
        (["template:bell", "--max-cost-usd", "-1"], "--max-cost-usd"),
        (["template:bell", "--objective", "luck"], "luck"),
        (["template:bell", "--experiment-id", "a/b"], "--experiment-id"),
        (["template:bell", "--shot", "1", "--unknown"], "--unknown"),
        ([], "CIRCUIT"),
    ],
)
def test_wrong_usage_exits_with_2_names_the_culprit_and_stores_no_experiment(
    home: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], named: str
):
    try:
        status = main(wrong)
    except SystemExit as left:
        status = left.code
    assert status == 2
    told = capsys.readouterr()
    assert named in told.err
    assert "Traceback" not in told.err
    assert not told.out
    assert not (home / "store/experiments").exists()


def test_an_id_that_is_taken_by_other_settings_is_wrong_usage(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["template:bell", *TWO, "--experiment-id", "mine"]) == 0
    assert main(["template:bell", *TWO, "--experiment-id", "mine", "--seed", "1"]) == 2
    assert "seed 0 is stored, 1 asked" in capsys.readouterr().err


def test_help_shows_examples_and_exit_statuses(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    told = capsys.readouterr().out
    assert "exit status: 0 all agreed or unverified, 1 some rejected or disputed, 2 wrong usage" in told
    assert "python -m flows.run_circuits examples/ghz.qasm" in told


def test_json_on_standard_output_is_nothing_but_json_and_the_story_goes_elsewhere(home: Path):
    url = get_current_settings().api.url
    done = subprocess.run(
        [sys.executable, "-m", "flows.run_circuits", "template:ghz?num_qubits=3", *TWO, "--json", "-"],
        cwd=ROOT,
        env={**os.environ, "PREFECT_API_URL": str(url), "QORUM_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    [circuit] = report["circuits"]
    assert circuit["status"] == "agreed"
    assert sum(circuit["counts"].values()) == circuit["shots"] == 400
    assert {replica["backend"] for replica in circuit["replicas"]} == {"torch", "aer"}
    assert "ranked by fidelity" in done.stderr
    assert "Finished in state" not in done.stderr


def test_json_in_a_file_is_the_report_that_is_stored(home: Path, tmp_path: Path):
    file = tmp_path / "report.json"
    assert main(["template:bell", *TWO, "--experiment-id", "kept", "--json", str(file)]) == 0
    written, stored = (
        json.loads(path.read_text()) for path in (file, home / "store/results/kept/report.json")
    )
    assert {what: written[what] for what in stored} == stored
