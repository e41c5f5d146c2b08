"""Mistakes in a terminal cost one line: no server is started, nothing is stored or tracked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from flows.run_circuits import run_circuits
from tests.commands import run as main
from tests.commands import vqe
from tests.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:9"


def refused(status: int, home: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that was told, where nothing else has happened."""
    told = capsys.readouterr()
    assert status == 2
    assert not told.out
    assert told.err.count("\n") == 1, told.err
    assert not (home / "mlflow.db").exists()
    assert not (home / "store/experiments").exists()
    return told.err


def test_a_prefect_server_that_is_down(home: Path, capsys: pytest.CaptureFixture[str]):
    with temporary_settings({PREFECT_API_URL: f"{NOWHERE}/api"}):
        told = refused(main(["template:bell"]), home, capsys)
        assert "no Prefect server answers at http://127.0.0.1:9/api" in told
        assert "unset it for a temporary one" in told
        assert "no Prefect server answers" in refused(vqe(["h2:0.735"]), home, capsys)


def test_a_home_of_prefect_that_cannot_be_made(home: Path, capsys: pytest.CaptureFixture[str]):
    (home / "file").write_text("in the way")
    with temporary_settings({PREFECT_HOME: home / "file" / "prefect"}, restore_defaults=[PREFECT_API_URL]):
        told = refused(main(["template:bell"]), home, capsys)
    assert f"PREFECT_HOME {home}/file/prefect cannot be made" in told


@pytest.mark.parametrize("target", ["nowhere/report.json", "."])
def test_a_report_that_could_not_be_written(target: str, home: Path, capsys: pytest.CaptureFixture[str]):
    file = str(home / target)
    assert file in refused(main(["template:bell", "--json", file]), home, capsys)
    assert file in refused(vqe(["h2:0.735", "--json", file]), home, capsys)


def test_an_mlflow_server_that_is_down(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    assert "no MLflow server answers" in refused(main(["template:bell"]), home, capsys)


@pytest.mark.parametrize(
    ("typo", "told"),
    [
        (["template:bel"], "found 'bel'"),
        (["template:ghz?num_qbits=5"], "num_qbits"),
        (["template:bell", "--backends", "torch,aerr"], "aerr: unknown; the backends are aer,"),
        (["template:bell", "--backends", "aer?methd=stabilizer"], "methd: no such setting"),
    ],
)
def test_a_typo_in_a_name_or_setting(
    typo: list[str], told: str, home: Path, capsys: pytest.CaptureFixture[str]
):
    assert told in refused(main(typo), home, capsys)


async def test_an_mlflow_server_that_goes_down_meanwhile_takes_nothing_from_the_result(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", NOWHERE)
    report = await run_circuits(["template:bell"], backends=["torch", "aer"], replicas=2, dispatch="inline")
    assert report["circuits"][0]["status"] == "agreed"
    assert report["links"]["mlflow"].startswith("not recorded: ")
    assert (home / "store/results" / report["experiment_id"] / "report.json").exists()


@pytest.mark.server
@pytest.mark.parametrize("begun", ["", "Starting temporary server", "ranked by"])
def test_ctrl_c_ends_a_command_and_its_server_soon_wherever_it_is(begun: str, tmp_path: Path):
    log = tmp_path / "log"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    with log.open("w") as file:
        started = subprocess.Popen(
            [sys.executable, "-m", "flows.run_circuits", "template:bell"],
            cwd=ROOT,
            env={**inherited, "QORUM_HOME": str(tmp_path), "PREFECT_HOME": str(tmp_path / "prefect")},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    time.sleep(1.5)
    wait_until(lambda: begun in log.read_text(), 120)
    os.killpg(started.pid, signal.SIGINT)
    assert started.wait(timeout=15) == 128 + signal.SIGINT  # after 4 s; the machine may be busy
    told = log.read_text()
    assert "stopping: what is stored stays" in told
    assert begun or "Traceback" not in told, "later, a server that is interrupted tells its own"
    with pytest.raises(ProcessLookupError):
        os.killpg(started.pid, 0)


SWALLOWED = """
import os, signal
from pydantic import BaseModel, model_serializer
from flows.stopping import end_soon_when_told

class Settings(BaseModel):
    @model_serializer
    def told(self) -> dict:
        os.kill(os.getpid(), signal.SIGINT)
        return {}

end_soon_when_told()
Settings().model_dump()
"""


def test_ctrl_c_has_its_exit_status_where_a_library_turns_it_into_an_error_of_its_own():
    ended = subprocess.run(
        [sys.executable, "-c", SWALLOWED], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 128 + signal.SIGINT
    assert "stopping: what is stored stays" in ended.stderr
    assert "Traceback" not in ended.stderr
