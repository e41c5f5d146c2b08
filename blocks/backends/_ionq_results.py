"""Histograms from what IonQ answered, kept word for word."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, TypeAdapter

from blocks.backends._frequencies import whole_counts
from blocks.backends._ionq_jobs import JobRecord, WireCircuit
from qorum.backends import derive_seed
from qorum.results.sampling import histogram_of_outcomes, sample_probabilities

SUM_TOLERANCE = 1e-3
"""How far probabilities may sum up to something else than 1."""

_Probabilities = TypeAdapter(dict[str, float])


class RawResults(BaseModel):
    """What `fetch` brings.

    Attributes:
        job_id: whose results they are.
        answers: bodies as sent, by path of the request.
    """

    job_id: str
    answers: dict[str, str] = field(default_factory=dict)

    def record(self, job_id: str) -> JobRecord:
        """A job's or a child's record, which must be of that job."""
        record = JobRecord.model_validate_json(self._answer(job_path(job_id)))
        if record.id != job_id:
            raise ValueError(f"the record of job {job_id} expected, found that of {record.id}")
        return record

    def probabilities(self, job_id: str) -> dict[str, float]:
        """Of a job with one circuit, or of a child: by decimal number whose bit q is qubit q."""
        return _Probabilities.validate_json(self._answer(results_path(job_id)))

    def _answer(self, path: str) -> str:
        if path not in self.answers:
            raise ValueError(f"an answer to GET {path} expected, found none")
        return self.answers[path]


@dataclass(frozen=True)
class Sample:
    """Histogram of one circuit, and the seed where the shots were drawn here."""

    histogram: Mapping[str, int]
    seed: int | None


def job_path(job_id: str) -> str:
    """Where a job's record is."""
    return f"/jobs/{quote(job_id, safe='')}"


def results_path(job_id: str) -> str:
    """Where the probabilities are. IonQ's link to them is not followed: it could lead anywhere."""
    return f"{job_path(job_id)}/results/probabilities"


def results_of(record: JobRecord) -> list[str]:
    """The jobs that hold the results, in the order of the circuits.

    The aggregated answer of a job of several circuits is not used: nothing tells its order.
    """
    return record.child_job_ids or [record.id]


def read_results(
    raw: bytes, job_id: str, device: str, circuits: Sequence[WireCircuit], shots: int
) -> list[Sample]:
    """One histogram for each circuit, in the order given.

    Raises:
        ValueError: the results are damaged, of another job, or not what was asked for.
    """
    found = RawResults.model_validate(json.loads(raw))
    if found.job_id != job_id:
        raise ValueError(f"results of job {job_id} expected, found those of {found.job_id}")
    record = found.record(job_id)
    if record.backend != device:
        raise ValueError(f"results of {device} expected, found those of {record.backend}")
    _check(record, shots)
    holders = results_of(record)
    if len(holders) != len(circuits):
        raise ValueError(f"results of {len(circuits)} circuits expected, found {len(holders)}")
    exact = is_exact(record)
    samples: list[Sample] = []
    for index, (holder, circuit) in enumerate(zip(holders, circuits, strict=True)):
        if holder != job_id:
            child = found.record(holder)
            _check(child, shots)
            if child.parent_job_id != job_id:
                raise ValueError(f"a part of job {job_id} expected, found {holder} of {child.parent_job_id}")
        # Derived from the job: reading the same results again gives the same counts, and no two jobs share
        # their shots.
        seed = derive_seed(0, job_id, index) if exact else None
        outcomes = read_outcomes(found.probabilities(holder), circuit.num_qubits, shots, seed)
        histogram = histogram_of_outcomes(outcomes, circuit.measured, circuit.program.num_clbits)
        samples.append(Sample(histogram, seed))
    return samples


def is_exact(record: JobRecord) -> bool:
    """Whether the probabilities are exact: those of the ideal simulator, which draws no shots.

    Taken as frequencies they would show less scatter than `shots` samples do, and agreement with other
    backends is judged by that scatter. So the shots are drawn here, as other ideal simulators' are.
    """
    return record.backend == "simulator" and (record.noise is None or record.noise.model == "ideal")


def _check(record: JobRecord, shots: int) -> None:
    if record.status != "completed":
        raise ValueError(f"a completed job expected, found {record.id}, which is {record.status}")
    if record.shots != shots:
        raise ValueError(f"{shots} shots expected, found {record.shots}")


def read_outcomes(
    probabilities: Mapping[str, float], num_qubits: int, shots: int, seed: int | None
) -> NDArray[np.int64]:
    """Outcomes of a job from what IonQ tells of them, directly or through others.

    Args:
        probabilities: by decimal number whose bit q is qubit q.
        num_qubits: that were sent.
        shots: that were asked for.
        seed: of the shots that are drawn where the probabilities are exact; None where they were counted.

    Returns:
        [shots] outcomes; bit q is qubit q of those sent.

    Raises:
        ValueError: they are not probabilities of so many qubits, or not those of so many shots.
    """
    chances = {int(key): chance for key, chance in probabilities.items()}
    if wrong := [key for key in chances if not 0 <= key < 2**num_qubits]:
        raise ValueError(f"outcomes of {num_qubits} qubits expected, found {wrong[0]}")
    keys = np.array(sorted(chances), dtype=np.int64)
    weights = np.array([chances[key] for key in keys.tolist()])
    total = float(weights.sum())
    if not (abs(total - 1) <= SUM_TOLERANCE and weights.min() >= 0):
        raise ValueError(f"probabilities that sum to 1 expected, found the sum {total:g}")
    if seed is None:
        return np.repeat(keys, whole_counts(weights, shots))
    return keys[sample_probabilities(weights, shots, np.random.default_rng(seed))]
