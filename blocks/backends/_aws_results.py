"""Histograms from what Amazon Braket put into the bucket, kept word for word.

Source: amazon-braket-schemas 1.32, braket/task_result.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from blocks.backends._aws_circuits import WireCircuit
from blocks.backends._aws_files import (
    RESULTS,
    Metadata,
    ProgramResult,
    RawResults,
    Samples,
    SetResult,
    Source,
    TaskResult,
    folder_of,
    is_set,
)
from blocks.backends._aws_tasks import TaskRecord
from blocks.backends._frequencies import whole_counts
from qorum.results.sampling import histogram_of


def read_results(
    raw: bytes, job_id: str, device_arn: str, circuits: Sequence[WireCircuit], shots: int
) -> list[dict[str, int]]:
    """One histogram for each circuit, in the order given.

    Raises:
        ValueError: the results are damaged, of another task, or not what was asked for.
    """
    found = RawResults.model_validate(json.loads(raw))
    if found.job_id != job_id:
        raise ValueError(f"results of task {job_id} expected, found those of {found.job_id}")
    record, total = TaskRecord.model_validate_json(found.task), shots * len(circuits)
    if record.status != "COMPLETED":
        raise ValueError(f"a completed task expected, found {record.id}, which is {record.status}")
    _check(record.id, record.device, record.shots, job_id, device_arn, total)
    whole = found.read(RESULTS)
    metadata, parts, sources = _set(found) if is_set(whole) else _single(whole)
    told = metadata.shots if metadata.requested_shots is None else metadata.requested_shots
    _check(metadata.id, metadata.device, told, job_id, device_arn, total)
    if len(parts) != len(circuits):
        raise ValueError(f"results of {len(circuits)} circuits expected, found {len(parts)}")
    _check_order(sources, circuits)
    return [_histogram(part, circuit, shots) for part, circuit in zip(parts, circuits, strict=True)]


def billed_seconds(raw: bytes) -> float | None:
    """What a simulator worked on a task; None where it does not tell."""
    whole = TaskResult.model_validate_json(RawResults.model_validate_json(raw).read(RESULTS))
    simulator = whole.additional.simulator
    return None if simulator is None else simulator.duration / 1000


def _single(whole: str) -> tuple[Metadata, list[Samples], list[str]]:
    found = TaskResult.model_validate_json(whole)
    action = found.additional.action
    return found.task, [found], [action.source if action else ""]


def _set(raw: RawResults) -> tuple[Metadata, list[Samples], list[str]]:
    found = SetResult.model_validate_json(raw.read(RESULTS))
    metadata, parts, sources = found.task, list[Samples](), list[str]()
    if isinstance(metadata, str):
        metadata = Metadata.model_validate_json(raw.read(metadata))
    for number, program in enumerate(found.programs):
        folder = ""
        if isinstance(program, str):
            folder, program = folder_of(program), ProgramResult.model_validate_json(raw.read(program))
        if len(program.executables) != 1:
            raise ValueError(f"one result of circuit {number} expected, found {len(program.executables)}")
        (part,) = program.executables
        parts.append(Samples.model_validate_json(raw.read(folder + part)) if isinstance(part, str) else part)
        action = program.source if isinstance(program.source, Source) else program.additional.action
        sources.append(action.source if action else "")
    return metadata, parts, sources


def _check(task: str, device: str, shots: int | None, job_id: str, device_arn: str, total: int) -> None:
    if task != job_id:
        raise ValueError(f"results of task {job_id} expected, found those of {task}")
    if device != device_arn:
        raise ValueError(f"results of {device_arn} expected, found those of {device}")
    if shots != total:
        raise ValueError(f"{total} shots expected, found {shots}")


def _check_order(sources: Sequence[str], circuits: Sequence[WireCircuit]) -> None:
    """Results that name another of the circuits are at the wrong place; how they are written is Braket's."""
    sent = ["".join(circuit.source.split()) for circuit in circuits]
    for number, source in enumerate(sources):
        text = "".join(source.split())
        if text in sent and text != sent[number]:
            raise ValueError(f"the result of circuit {number} expected, found that of {sent.index(text)}")


def _histogram(found: Samples, circuit: WireCircuit, shots: int) -> dict[str, int]:
    if found.failure:
        raise ValueError(f"a circuit was not carried out: {found.failure.reason}")
    measured = found.measured or []
    if sorted(measured) != list(range(circuit.num_qubits)):
        raise ValueError(
            f"qubits 0 to {circuit.num_qubits - 1} measured once each expected, found {measured}"
        )
    rows = _rows(found, len(measured), shots)
    column = {qubit: place for place, qubit in enumerate(measured)}
    bits = np.zeros((shots, circuit.program.num_clbits), dtype=np.uint8)
    for clbit, qubit in circuit.measured.items():
        bits[:, clbit] = rows[:, column[qubit]]
    return histogram_of(bits)


def _rows(found: Samples, width: int, shots: int) -> NDArray[np.uint8]:
    """[shots, width] of 0 and 1, columns as in `measuredQubits`."""
    if found.measurements:
        lengths = {len(row) for row in found.measurements}
        values = {bit for row in found.measurements for bit in row}
        if lengths != {width} or not values <= {0, 1}:
            raise ValueError(
                f"rows of {width} bits expected, found {sorted(lengths)} of {sorted(values)[:5]}"
            )
        if len(found.measurements) != shots:
            raise ValueError(f"{shots} shots expected, found {len(found.measurements)}")
        return np.array(found.measurements, dtype=np.uint8)
    return _drawn(found.frequencies or {}, width, shots)


def _drawn(frequencies: Mapping[str, float], width: int, shots: int) -> NDArray[np.uint8]:
    if wrong := [key for key in frequencies if len(key) != width or set(key) - {"0", "1"}]:
        raise ValueError(f"outcomes of {width} bits expected, found {wrong[0]!r}")
    if not frequencies:
        raise ValueError("measurements expected, found none")
    weights = np.array(list(frequencies.values()), dtype=np.float64)
    if not (np.isfinite(weights).all() and weights.min() >= 0):
        raise ValueError("frequencies of at least 0 expected, found others")
    keys = np.array([[int(bit) for bit in key] for key in frequencies], dtype=np.uint8)
    return np.repeat(keys, whole_counts(weights, shots), axis=0)
