"""What Amazon Braket puts into the bucket for a task, as Amazon's own schemas have it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.faults.vendors.aws_circuits import sample
from tests.faults.vendors.aws_devices import header


@dataclass
class Style:
    """How results are written, which the schemas leave open.

    Attributes:
        frequencies: by bit string, instead of every shot.
        backwards: columns in the reverse order, named so.
        in_files: parts of a program set in files of their own.
    """

    frequencies: bool = False
    backwards: bool = False
    in_files: bool = False


def files(
    task: Mapping[str, Any], programs: Sequence[dict[str, Any]], style: Style, generator: np.random.Generator
) -> dict[str, str]:
    """Files of the task's folder, by path."""
    each = task["shots"] // len(programs)
    samples = [_samples(program["source"], each, style, generator) for program in programs]
    whose = {"id": task["quantumTaskArn"], "deviceId": task["deviceArn"]}
    if "programs" not in json.loads(task["body"]["action"]):
        metadata = {"braketSchemaHeader": header("task_result.task_metadata"), "shots": each, **whose}
        told = {"action": programs[0]}
        if "simulator" in task["deviceArn"]:
            head = header("task_result.simulator_metadata")
            told["simulatorMetadata"] = {"braketSchemaHeader": head, "executionDuration": task["millis"]}
        whole = {
            "braketSchemaHeader": header("task_result.gate_model_task_result"),
            "taskMetadata": metadata,
            "additionalMetadata": told,
            **samples[0],
        }
        return {"results.json": json.dumps(whole)}
    return _set(task["shots"], whose, programs, samples, style)


def _set(
    shots: int,
    whose: Mapping[str, Any],
    programs: Sequence[dict[str, Any]],
    samples: Sequence[dict[str, Any]],
    style: Style,
) -> dict[str, str]:
    found: dict[str, str] = {}
    results: list[Any] = []
    for number, (program, one) in enumerate(zip(programs, samples, strict=True)):
        head = header("task_result.program_set_executable_result")
        part: Any = {"braketSchemaHeader": head, "inputsIndex": 0, **one}
        source: Any = program
        folder = f"programs/{number}"
        if style.in_files:
            found[f"{folder}/executables/0.json"], part = json.dumps(part), "executables/0.json"
            found[f"{folder}/program.json"], source = json.dumps(program), "program.json"
        result: Any = {
            "braketSchemaHeader": header("task_result.program_result"),
            "executableResults": [part],
            "source": source,
            "additionalMetadata": {},
        }
        if style.in_files:
            found[f"{folder}/results.json"], result = json.dumps(result), f"{folder}/results.json"
        results.append(result)
    metadata: Any = {
        "braketSchemaHeader": header("task_result.program_set_task_metadata"),
        "requestedShots": shots,
        "successfulShots": shots,
        "programMetadata": [{"executables": [{}]} for _ in programs],
        "totalFailedExecutables": 0,
        **whose,
    }
    if style.in_files:
        found["metadata.json"], metadata = json.dumps(metadata), "metadata.json"
    head = header("task_result.program_set_task_result")
    whole = {"braketSchemaHeader": head, "programResults": results, "taskMetadata": metadata}
    return {"results.json": json.dumps(whole), **found}


def _samples(source: str, shots: int, style: Style, generator: np.random.Generator) -> dict[str, Any]:
    rows, columns = sample(source, shots, generator)
    if style.backwards:
        rows, columns = rows[:, ::-1], columns[::-1]
    if not style.frequencies:
        return {"measurements": rows.tolist(), "measuredQubits": columns}
    seen = Counter("".join(map(str, row)) for row in rows.tolist())
    told = {key: number / shots for key, number in seen.items()}
    return {"measurementProbabilities": told, "measuredQubits": columns}
