"""What the environment says, and what replaces it."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.backends import backend_types
from blocks.object_store import open_store
from blocks.settings import Settings, settings, using
from qorum.errors import QorumError


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"QORUM_{name.upper()}", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_without_variables_everything_lies_where_we_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert settings() == Settings(home=tmp_path / ".qorum", circuit_seconds=600.0)
    assert open_store().url == (tmp_path / ".qorum/store").as_uri()


def test_variables_are_read_when_asked_and_an_empty_one_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "one,two.three,")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example")
    monkeypatch.setenv("QORUM_STORE", "")
    found = settings()
    assert (found.backend_modules, found.mlflow_uri) == (("one", "two.three"), "http://mlflow.example")
    assert found.store == ""


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "inf"])
def test_a_variable_that_cannot_be_is_told_by_its_name(seconds: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QORUM_CIRCUIT_SECONDS", seconds)
    with pytest.raises(QorumError, match=r"^QORUM_CIRCUIT_SECONDS: Input should be"):
        settings()


def test_a_replacement_holds_within_its_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("QORUM_STORE", str(tmp_path / "all"))
    with using(Settings(store=str(tmp_path / "ours"), backend_modules=("tests.liars",))):
        assert open_store().url == (tmp_path / "ours").as_uri()
        assert "liar" in backend_types()
    assert open_store().url == (tmp_path / "all").as_uri()
    assert "liar" not in backend_types()
