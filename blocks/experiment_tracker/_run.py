"""What is to be recorded of one run, without a word of MLflow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Literal


@dataclass(frozen=True)
class TrackedRun:
    """What is to be recorded of one run.

    Attributes:
        name: the run's name in the UI.
        params: what it was run with.
        metrics: what it measured: a number, or a series whose index is the step.
        tags: what to find it by, e.g. `circuit.ghz-5` to a digest.
        description: Markdown on the run's page; cut after 8,000 characters.
        tables: table name to rows (column to value; columns may be missing in a row).
        files: relative path, e.g. `plots/ghz-5.png`, to content.
        experiment: the MLflow experiment; None for the tracker's own.
        resume_key: identifies the run for good: recorded again, it updates what was recorded.
        status: how it ended, or RUNNING.
        started_at: when it began; None for now.
    """

    name: str
    params: Mapping[str, object] = field(default_factory=dict)
    metrics: Mapping[str, float | Sequence[float]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    tables: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    experiment: str | None = None
    resume_key: str | None = None
    status: Literal["FINISHED", "FAILED", "KILLED", "RUNNING"] = "FINISHED"
    started_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.resume_key is not None and not re.fullmatch(r"[\w.:/@+-]{1,250}", self.resume_key):
            raise ValueError(
                f"a resume key of letters, digits and ._:/@+- was expected, found {self.resume_key!r}"
            )
        for path in (*self.files, *self.tables):
            if not path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(f"a relative path without '..' was expected, found {path!r}")
