"""A store for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.object_store import LocalFolder


@pytest.fixture
def store(tmp_path: Path) -> LocalFolder:
    return LocalFolder(path=tmp_path)
