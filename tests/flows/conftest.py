"""One Prefect server and one empty home for each test of the flows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness

from blocks.backends import _http, _ibm_api
from tests.faults.vendors.internet import Internet, internet


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[None]:
    """Prefect's own server on a database of its own."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home: no stored results, no learned run times, no MLflow runs."""
    monkeypatch.setenv("QORUM_HOME", str(tmp_path))
    monkeypatch.delenv("QORUM_STORE", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.fixture
def liars(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers `liar?lie=…` beside the real backends."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.liars")


@pytest.fixture
def vendors(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    """The vendors at their own addresses, and their accounts in the environment."""
    monkeypatch.setattr(_ibm_api, "_tokens", _ibm_api._Tokens())
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    with internet() as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        _http._certificates.cache_clear()
        yield made
    _http._certificates.cache_clear()
