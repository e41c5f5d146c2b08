"""Backends that fail, and what the flows say."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.failing_backends import CALLS, CIRCUITS, ENTERED, LEAVE


@pytest.fixture(autouse=True)
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registers `failing?fault=…` beside the real backends."""
    monkeypatch.setenv("QORUM_BACKEND_MODULES", "tests.failing_backends")
    CALLS.clear()
    CIRCUITS.clear()
    ENTERED.clear()
    LEAVE.clear()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """All that the flows have said."""
    loggers = [logging.getLogger(name) for name in ("prefect.flow_runs", "prefect.task_runs")]
    for logger in loggers:
        logger.addHandler(caplog.handler)
    yield lambda: "\n".join(record.getMessage() for record in caplog.records)
    for logger in loggers:
        logger.removeHandler(caplog.handler)
