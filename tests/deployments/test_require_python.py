"""A Python that the lock is not for is told before anything is installed."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

SCRIPT = str(Path(__file__).resolve().parents[2] / "deployments" / "require_python.py")


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 14, 0), (3, 15, 1)])
def test_others_are_refused_with_what_to_do(version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(SystemExit, match=rf"found 3\.{version[1]}; name another: make PYTHON="):
        runpy.run_path(SCRIPT)


@pytest.mark.parametrize("version", [(3, 11, 7), (3, 12, 4), (3, 13, 1)])
def test_ours_are_taken(version: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "version_info", version)
    runpy.run_path(SCRIPT)
