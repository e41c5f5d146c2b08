"""`make ui` before it starts anything."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from deployments.serve import main
from tests.processes import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize("variable", ["PREFECT_SERVER_API_PORT", "MLFLOW_PORT"])
def test_a_taken_port_of_either_server_is_one_line_and_nothing_is_started(
    variable: str, taken: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PREFECT_SERVER_API_PORT", str(free_port()))
    monkeypatch.setenv("MLFLOW_PORT", str(free_port()))
    monkeypatch.setenv(variable, str(taken))
    assert main() == 2
    told = capsys.readouterr()
    assert not told.out
    assert told.err.count("\n") == 1
    assert f"port {taken} cannot be had" in told.err
    assert f"set {variable}" in told.err


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", ""])
def test_a_port_that_is_none_is_told(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PREFECT_SERVER_API_PORT", str(free_port()))
    monkeypatch.setenv("MLFLOW_PORT", port)
    assert main() == 2
    assert f"MLFLOW_PORT: a port from 1 to 65535 expected, found {port!r}" in capsys.readouterr().err
