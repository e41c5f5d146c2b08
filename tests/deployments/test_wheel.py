"""The installed package and a project with folders called as ours."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from deployments.wheel import moved

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("flows", "tasks", "blocks", "deployments")

THEIRS_AND_OURS = """
import flows, tasks, blocks
import qorum.flows.run_circuits, qorum.deployments.setup
from qorum.blocks.backends import backend_types, load_backend
from qorum.flows.run_circuits import run_circuits
print(flows.THEIRS, tasks.THEIRS, blocks.THEIRS, run_circuits.name, *backend_types(), sep=",")
print(load_backend("aer").profile().name)
import sys
print([name for name in sys.modules if name.startswith(("flows.", "tasks.", "blocks.", "deployments"))])
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installer does."""
    folder = tmp_path_factory.mktemp("wheel")
    command = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_has_one_top_level_package(site: Path):
    assert {path.name for path in site.iterdir() if path.suffix != ".dist-info"} == {"qorum"}
    assert "entrypoint: qorum.flows.run_circuits.run_circuits" in (site / "qorum/prefect.yaml").read_text()


def test_no_module_of_the_wheel_uses_a_name_that_it_has_not(site: Path):
    """As one does that imports a room by its bare name, which is no top-level one there."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "check",
        "--isolated",
        "--select",
        "F821,F401",
        str(site / "qorum"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_project_with_folders_of_the_same_names_uses_the_installed_package_beside_its_own(
    site: Path, tmp_path: Path
):
    for room in ROOMS:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("THEIRS = 'theirs'\n")
    (tmp_path / "script.py").write_text(THEIRS_AND_OURS)
    environment = {**os.environ, "PYTHONPATH": str(site), "QORUM_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first.startswith("theirs,theirs,theirs,run-circuits,aer,")
    assert second == "aer"
    assert third == "[]", "an import of ours went to one of theirs"


def test_imports_and_commands_are_rewritten_and_nothing_else():
    source = "from flows.x import y\n    import blocks\nimport blocks.x\nfrom tasks import z\n"
    source += "from tasksets import q\n"
    source += 'run("python -m flows.run_circuits"); text = "from flows to tasks: `make ui`, `make worker`"\n'
    assert moved(source) == (
        "from qorum.flows.x import y\n    import qorum.blocks as blocks\nimport qorum.blocks.x\n"
        "from qorum.tasks import z\nfrom tasksets import q\n"
        'run("python -m qorum.flows.run_circuits"); '
        'text = "from flows to tasks: `qorum ui`, `prefect worker start --pool cpu`"\n'
    )


def test_one_command_runs_the_installed_flows_from_anywhere(site: Path, tmp_path: Path):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/__init__.py").write_text("raise ImportError('theirs')\n")
    environment = {**os.environ, "PYTHONPATH": str(site), "QORUM_HOME": str(tmp_path / "home")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "qorum", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    listed = run("--help").stdout
    assert "train vqe" in listed
    assert "deploy" in listed
    assert run("train", "vqe", "--help").stdout.startswith("usage: qorum train vqe ")
    wrong = run("run", "template:bell", "--shots", "0")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("qorum run: --shots: Input should be greater than or equal to 1")
    unknown = run("tarin")
    assert (unknown.returncode, unknown.stderr) == (
        2,
        "qorum: no command 'tarin'; `qorum --help` lists them\n",
    )


ALL_FLOWS = """
from qorum.flows.commands import COMMANDS
from qorum.flows.front import runner_of
from qorum.flows.training_command_line import flow_of
for command in COMMANDS.values():
    print(command.name, callable(runner_of(command)), command.name == "predict" or flow_of(command).name)
"""


def test_each_command_finds_its_flow_in_the_wheel(site: Path, tmp_path: Path):
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows/__init__.py").write_text("raise ImportError('theirs')\n")
    done = subprocess.run(
        [sys.executable, "-c", ALL_FLOWS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site), "QORUM_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "watch_jobs True watch-jobs" in done.stdout
    assert "check_connections True check-connections" in done.stdout
    assert "train_qnn True train-qnn" in done.stdout
