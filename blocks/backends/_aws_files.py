"""The files that Amazon Braket puts into the bucket for a task, and which of them belong together.

Source: amazon-braket-schemas 1.32, braket/task_result; amazon-braket-sdk 1.127, braket/tasks, for where the
parts of a program set's results are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from pydantic import BaseModel, Field

RESULTS = "results.json"
"""Of a task, in its folder; of a program of a set, in the program's folder."""

_PATH = re.compile(r"[0-9A-Za-z_-][0-9A-Za-z_.-]*(/[0-9A-Za-z_-][0-9A-Za-z_.-]*)*")

MOST_FILES = 1_000
"""Of a task, of which a program set has up to three for each circuit."""


class Schema(BaseModel):
    """What a result says it is."""

    name: str


class SimulatorMetadata(BaseModel):
    """Milliseconds that are billed."""

    duration: float = Field(alias="executionDuration", ge=0, allow_inf_nan=False)


class Source(BaseModel):
    """A program as it was carried out."""

    source: str


class AdditionalMetadata(BaseModel):
    """What else is told of a task."""

    action: Source | None = None
    simulator: SimulatorMetadata | None = Field(default=None, alias="simulatorMetadata")


class Metadata(BaseModel):
    """Whose results they are; `requested_shots` are those of all circuits of a program set."""

    id: str
    device: str = Field(alias="deviceId")
    shots: int | None = None
    requested_shots: int | None = Field(default=None, alias="requestedShots")


class Failure(BaseModel):
    """Why a circuit of a set was not carried out."""

    reason: str = Field(alias="failureReason")


class Samples(BaseModel):
    """What one circuit showed: shots as rows, or frequencies by bit string; qubits as in `measured`."""

    measurements: list[list[int]] | None = None
    frequencies: dict[str, float] | None = Field(default=None, alias="measurementProbabilities")
    measured: list[int] | None = Field(default=None, alias="measuredQubits")
    failure: Failure | None = Field(default=None, alias="failureMetadata")


class TaskResult(Samples):
    """`results.json` of a task of one program."""

    header: Schema = Field(alias="braketSchemaHeader")
    task: Metadata = Field(alias="taskMetadata")
    additional: AdditionalMetadata = Field(default=AdditionalMetadata(), alias="additionalMetadata")


class ProgramResult(BaseModel):
    """Of one program of a set, whose parts may stand in files of their own."""

    executables: list[str | Samples] = Field(alias="executableResults")
    source: str | Source
    additional: AdditionalMetadata = Field(default=AdditionalMetadata(), alias="additionalMetadata")


class SetResult(BaseModel):
    """`results.json` of a task of a program set, whose parts may stand in files of their own."""

    header: Schema = Field(alias="braketSchemaHeader")
    programs: list[str | ProgramResult] = Field(alias="programResults")
    task: str | Metadata = Field(alias="taskMetadata")


class RawResults(BaseModel):
    """What `fetch` brings.

    Attributes:
        job_id: whose results they are.
        task: the answer to `GET /quantum-task/{arn}`, as sent.
        files: of the task's folder, as they are, by path.
    """

    job_id: str
    task: str
    files: dict[str, str] = Field(default_factory=dict[str, str])

    def read(self, path: str) -> str:
        """A file of the folder."""
        if path not in self.files:
            raise ValueError(f"the file {path} expected, found none")
        return self.files[path]


def gather(read: Callable[[str], str]) -> dict[str, str]:
    """All files of a task's folder that belong to its results, by path.

    Args:
        read: a file by its path in the folder.

    Raises:
        ValueError: a path leads out of the folder, or there are too many.
    """
    files: dict[str, str] = {}

    def take(path: str, folder: str = "") -> str:
        path = folder + _checked(path)
        if len(files) >= MOST_FILES:
            raise ValueError(f"at most {MOST_FILES} files of results expected, found more")
        files[path] = read(path)
        return files[path]

    whole = take(RESULTS)
    if not is_set(whole):  # damaged ones are kept, too: `read_results` tells
        return files
    found = SetResult.model_validate_json(whole)
    if isinstance(found.task, str):
        take(found.task)
    for program in found.programs:
        if isinstance(program, str):
            parts = ProgramResult.model_validate_json(take(program)).executables
            for part in parts:
                if isinstance(part, str):
                    take(part, folder_of(program))
    return files


def is_set(whole: str) -> bool:
    """Whether a `results.json` is of a program set."""
    try:
        found: object = json.loads(whole)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "programResults" in found


def folder_of(path: str) -> str:
    """Where the parts of a program's results are, from that of the task on: beside its own file."""
    return path.removesuffix(RESULTS) if path.endswith(f"/{RESULTS}") else f"{path}/"


def _checked(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"a path within the task's folder expected, found {path!r}")
    return path
