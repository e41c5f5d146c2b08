"""MLflow's tables in a new SQLite file."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)
_one_at_a_time = threading.Lock()
"""Alembic, which makes them, keeps what it does in module variables."""


def make_tables(file: Path) -> None:
    """Make `file` with MLflow's tables, unless it exists; the second of two processes waits.

    The tables are made aside and given their name when they are whole: MLflow cannot repair a
    file whose making was interrupted, nor share the work. As nothing is lost then, the hundreds
    of steps need not wait for the disk one by one.
    """
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with (file.parent / ".mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if file.exists():
            return
        logger.info("making MLflow's tables in %s: once, some seconds", file)
        aside = file.with_name(f"{file.name}.unfinished")
        aside.unlink(missing_ok=True)
        with _one_at_a_time:
            _migrate(aside)
        with aside.open("rb") as stream:
            os.fsync(stream.fileno())
        aside.rename(file)


def _migrate(file: Path) -> None:
    from mlflow import MlflowClient
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    def without_waiting(connection: Any, _record: Any) -> None:
        # Other engines of this process may connect meanwhile, to other files: they wait for the disk.
        if type(connection).__module__ == "sqlite3" and _file_of(connection) == file:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA journal_mode = MEMORY")

    # MLflow tells of each of its tables' versions.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    event.listen(Engine, "connect", without_waiting)
    try:
        MlflowClient(tracking_uri=f"sqlite:///{file}").search_experiments(max_results=1)
    finally:
        event.remove(Engine, "connect", without_waiting)


def _file_of(connection: Any) -> Path:
    return Path(connection.execute("PRAGMA database_list").fetchone()[2])
