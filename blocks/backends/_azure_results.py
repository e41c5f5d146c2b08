"""Histograms from what Azure Quantum answered, kept word for word but for what opens things."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from blocks.addresses import HIDDEN
from blocks.backends._azure_jobs import JobRecord, container_of
from blocks.backends._azure_programs import IONQ, RIGETTI, Kind, is_syntax_checker, register
from blocks.backends._azure_workspace import Quiet
from blocks.backends._ionq_jobs import WireCircuit
from blocks.backends._ionq_results import Sample, read_outcomes
from blocks.backends._remote import unsigned
from qorum.backends import derive_seed
from qorum.results.sampling import histogram_of_outcomes

ACCESS_TOKEN = re.compile(r'("access_token"\s*:\s*")[^"]*')
"""Quantinuum's results may hold one."""


class RawResults(Quiet):
    """What `fetch` brings.

    Attributes:
        job_id: whose results they are.
        record: `GET jobs/{id}`, with signatures of links hidden.
        results: the blob, with an access token hidden.
    """

    job_id: str
    record: str
    results: str

    @classmethod
    def of(cls, job_id: str, record: bytes, results: bytes) -> RawResults:
        """Answers as they came; of bytes that are no text a sign is kept, which `parse` refuses."""
        words = (unsigned(one.decode("utf-8", errors="replace")) for one in (record, results))
        job, found = (ACCESS_TOKEN.sub(rf"\1{HIDDEN}", one) for one in words)
        return cls(job_id=job_id, record=job, results=found)


class IonqResults(Quiet):
    """`ionq.quantum-results.v1`: probabilities by decimal number whose bit q is qubit q."""

    histogram: dict[str, float]


class QuantinuumResults(Quiet):
    """`honeywell.quantum-results.v1`: a text for each shot, bit 0 rightmost."""

    c: list[str]


class RigettiResults(Quiet):
    """`rigetti.quil-results.v1`: a row for each shot, bit 0 leftmost."""

    ro: list[list[int]]


def read_results(raw: bytes, job_id: str, target: str, kind: Kind, wire: WireCircuit, shots: int) -> Sample:
    """The histogram of a job's circuit.

    Raises:
        ValueError: the results are damaged, of another job, or not what was asked for.
    """
    found = RawResults.model_validate(json.loads(raw))
    record = JobRecord.model_validate_json(found.record)
    for told in (found.job_id, record.id):
        _expect("results of job", job_id, told)
    _expect("results of target", target, record.target)
    _expect("results in container", container_of(job_id), record.output[0])
    _expect("results in the form", kind.provider.output_format, record.output_data_format)
    _expect("shots:", shots, (record.input_params or {}).get("shots"))
    if record.as_status().state != "done":
        raise ValueError(f"a job that is done expected, found {record.status}")
    # Derived from the job: read again, the results give the same counts; no two jobs share their shots.
    seed = derive_seed(0, job_id) if kind.is_exact else None
    if kind.provider is IONQ:
        histogram = IonqResults.model_validate_json(found.results).histogram
        outcomes, bits = read_outcomes(histogram, wire.num_qubits, shots, seed), wire.measured
    else:
        bits = register(wire)
        outcomes = _rows(_texts(found.results, kind), len(bits), shots)
    if is_syntax_checker(target):
        raise ValueError(f"{target} compiled the circuit; its zeros are no samples: take another target")
    return Sample(histogram_of_outcomes(outcomes, bits, wire.program.num_clbits), seed)


def _texts(results: str, kind: Kind) -> list[str]:
    """A text for each shot, bit 0 rightmost."""
    if kind.provider is RIGETTI:
        rows = RigettiResults.model_validate_json(results).ro
        return ["".join(map(str, reversed(row))) for row in rows]
    return QuantinuumResults.model_validate_json(results).c


def _rows(texts: Sequence[str], width: int, shots: int) -> NDArray[np.int64]:
    """[shots] outcomes; bit b is bit b of the register."""
    _expect("shots:", shots, len(texts))
    lost = sum(not set(text) <= {"0", "1"} for text in texts)
    if lost:
        # Left out, there would be fewer shots than were asked for, and those of another distribution.
        raise ValueError(f"{lost} of {shots} shots lost a qubit: bits other than 0 and 1 are no samples")
    if wrong := [text for text in texts if len(text) != width]:
        raise ValueError(f"{width} bits of each shot expected, found {wrong[0]!r}")
    return np.array([int(text, 2) for text in texts], dtype=np.int64)


def _expect(what: str, expected: object, found: object) -> None:
    if expected != found:
        raise ValueError(f"{what} {expected} expected, found {found}")
