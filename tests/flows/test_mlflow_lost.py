"""A real MLflow server that is there when work starts, and gone before it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import run as main
from tests.commands import vqe
from tests.failing_backends import CALLS, ENTERED, LEAVE, WAIT_SECONDS
from tests.processes import ROOT, answers, free_port, kill_all, wait_until

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]


class Mlflow:
    """The server; whoever asks it once it is lost finds nobody."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--port", str(self.port), "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db"),
                *("--default-artifact-root", str(folder / "artifacts")),
            ],
            cwd=folder,
            env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def lose(self) -> None:
        """Kill it and its workers."""
        if self._process.poll() is None:
            kill_all(self._process.pid)
            self._process.wait()


@pytest.fixture
def mlflow(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mlflow]:
    server = Mlflow(tmp_path_factory.mktemp("mlflow"))
    try:
        wait_until(lambda: answers(f"http://{server.address}/health"), 300)
        yield server
    finally:
        server.lose()


@pytest.fixture(autouse=True)
def asked_with_a_password(mlflow: Mlflow, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.failing_backends")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:hunter2@{mlflow.address}")
    for event in (ENTERED, LEAVE):
        event.clear()
    CALLS.clear()
    yield
    LEAVE.set()


def refused_line(told: str, mlflow: Mlflow) -> str:
    """The one line about MLflow."""
    assert "hunter2" not in told
    (line,) = {line[line.index("not recorded: ") :] for line in told.splitlines() if "not recorded: " in line}
    assert f"http://{mlflow.address}" in line
    return line


def test_the_verdict_decides_the_exit_status_and_a_line_says_where_the_report_is(
    home: Path, mlflow: Mlflow, capfd: pytest.CaptureFixture[str]
):
    def lose_meanwhile() -> None:
        assert ENTERED.wait(WAIT_SECONDS)
        mlflow.lose()
        LEAVE.set()

    thread = threading.Thread(target=lose_meanwhile)
    thread.start()
    circuits = ("template:bell", str(ROOT / "examples/broken.qasm"), "--experiment-id", "kept")
    backends = ("--backends", "failing?fault=waits,torch", "--replicas", "2", "--dispatch", "inline")
    status = main([*circuits, *backends])
    thread.join()
    assert status == 1, "of the broken circuit"
    told = capfd.readouterr()
    assert "2 circuits: 1 agreed, 1 rejected" in told.out
    line = refused_line(told.out, mlflow)
    results = home / "store/results/kept"
    assert f"the report is stored in {results.as_uri()}" in line
    assert "the same again with experiment id kept records it" in line
    assert (results / "report.json").exists()


def test_a_training_is_done_and_shown(
    home: Path, mlflow: Mlflow, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    bill = home / "bill"
    os.mkfifo(bill)  # whoever opens it waits for the other side: each batch for the thread below

    def lose_meanwhile() -> None:
        with bill.open() as batch:
            batch.readline()
        mlflow.lose()
        left = os.open(bill, os.O_RDWR)  # the other batches pass
        done.wait()
        os.close(left)

    done = threading.Event()
    thread = threading.Thread(target=lose_meanwhile)
    thread.start()
    asked = ("--ansatz", "hardware-efficient?layers=1", "--optimizer", "spsa", "--max-steps", "2")
    status = vqe(["h2:0.735", *asked, "--backend", f"failing?bill={bill}", "--training-id", "kept"])
    done.set()
    thread.join()
    assert status == 0
    told = capfd.readouterr()
    assert "above the reference" in told.out
    line = refused_line(caplog.text, mlflow)
    results = home / "store/results/kept"
    assert f"all is stored in {results.as_uri()}" in line
    assert "the same training id again records it" in line
    assert (results / "report.json").exists()
