"""What is on record of a job that a vendor is asked for. Each record is created once and never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, get_args

from pydantic import TypeAdapter

from qorum.circuits.compiled import CompiledCircuit
from qorum.circuits.sealing import seal, unseal
from qorum.errors import QorumError
from qorum.ledger.tokens import canonical_json
from qorum.remote import Charge

MAGIC = b"qorum ledger 1\n"

RAW = "raw"
"""The field of bytes, which stand behind a record's JSON."""


@dataclass(frozen=True)
class Intent:
    """That the vendor is about to be asked: on record before anything is sent.

    Attributes:
        token: the job.
        epoch: 1, or one more than that of the intent before.
        owner: who made it, and alone may send the request; drawn anew by each that tries.
        made_at: when.
        request: sha256 (hex) of all that is sent; see `request_hash`.
        circuits: keys of the compiled circuits, in order.
        backend: its name.
        place: region, instance and device, as the vendor knows them.
        most_usd: what the job can cost at most, by what the purse knows it by.
    """

    token: str
    epoch: int
    owner: str
    made_at: datetime
    request: str
    circuits: tuple[str, ...]
    backend: str
    place: str
    most_usd: Mapping[str, float]

    @property
    def name(self) -> str:
        """What it is called among the records of its job."""
        return f"intent-{self.epoch:04d}"


@dataclass(frozen=True)
class Refusal:
    """That the request of an epoch made no job, for certain.

    Attributes:
        epoch: whose request.
        at: when that was known.
        reason: in words.
        retry_after: seconds from then until the same may be asked for again; None: it never may.
    """

    epoch: int
    at: datetime
    reason: str
    retry_after: float | None

    @property
    def name(self) -> str:
        return f"refused-{self.epoch:04d}"


@dataclass(frozen=True)
class Held:
    """That nobody can tell whether the request of an epoch made a job: a person has to look.

    Attributes:
        epoch: whose request.
        since: when that was seen.
        reason: in words.
    """

    epoch: int
    since: datetime
    reason: str

    @property
    def name(self) -> str:
        return f"held-{self.epoch:04d}"


@dataclass(frozen=True)
class Submitted:
    """Which of the vendor's jobs is this one.

    Attributes:
        job_id: what the vendor knows it by.
        epoch: the latest when that was known.
        at: when.
        answered: whether the vendor's answer to the request said so; else the job was found.
        others: further jobs with the token, found with it: duplicates, to be cancelled.
    """

    job_id: str
    epoch: int
    at: datetime
    answered: bool = False
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "submitted"


@dataclass(frozen=True)
class Duplicate:
    """A further job with the token, found when another was the job already.

    Attributes:
        job_id: what the vendor knows it by.
        at: when it was found.
    """

    job_id: str
    at: datetime

    @property
    def name(self) -> str:
        return f"duplicate-{hashlib.sha256(self.job_id.encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Result:
    """What the vendor sent as results.

    Attributes:
        job_id: whose.
        number: 1; 2 where the first could not be read and the vendor then sent other bytes.
        at: when it came.
        sha256: of `raw`, hexadecimal.
        raw: as it came.
    """

    job_id: str
    number: int
    at: datetime
    sha256: str
    raw: bytes = field(repr=False)

    @classmethod
    def of(cls, job_id: str, raw: bytes, at: datetime, number: int = 1) -> Result:
        """The record of these bytes."""
        return cls(job_id, number, at, hashlib.sha256(raw).hexdigest(), raw)

    @property
    def name(self) -> str:
        return f"result-{self.number}"


@dataclass(frozen=True)
class Ended:
    """That the job ended at the vendor without results.

    Attributes:
        job_id: which.
        state: how.
        at: when that was seen.
        reason: in words.
        retryable: whether a new attempt, under a token of its own, may well succeed.
    """

    job_id: str
    state: Literal["failed", "cancelled"]
    at: datetime
    reason: str
    retryable: bool

    @property
    def name(self) -> str:
        return "ended"


@dataclass(frozen=True)
class Settled:
    """What was charged, by the vendor's last word.

    Attributes:
        at: when that was asked.
        charge: for the job.
        others: for its duplicates, by their ids.
    """

    at: datetime
    charge: Charge
    others: Mapping[str, Charge] = field(default_factory=dict[str, Charge])

    @property
    def name(self) -> str:
        return "settled"

    @property
    def usd(self) -> float:
        """All of it, in dollars."""
        return self.charge.usd + sum(charge.usd for charge in self.others.values())

    @property
    def total(self) -> Charge:
        """All of it, also in what the vendor counts."""
        alike = (charge.amount for charge in self.others.values() if charge.unit == self.charge.unit)
        return replace(self.charge, usd=self.usd, amount=self.charge.amount + sum(alike))


def request_hash(circuits: Sequence[CompiledCircuit], values: Sequence[tuple[float, ...]], shots: int) -> str:
    """sha256 (hex) of all that is sent to a vendor.

    Args:
        circuits: compiled, in order.
        values: of the free parameters of each; empty where none has any.
        shots: samples of each.
    """
    digests = [hashlib.sha256(circuit.qpy).hexdigest() for circuit in circuits]
    exact = [[value.hex() for value in row] for row in values]
    fields = {"circuits": digests, "values": exact, "shots": shots}
    return hashlib.sha256(canonical_json(fields)).hexdigest()


Record = Intent | Refusal | Held | Submitted | Duplicate | Result | Ended | Settled

_KINDS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(Record)}


def room(experiment_id: str, token: str = "") -> str:
    """How the keys of a job's records begin; without a token those of all jobs of an experiment."""
    return f"ledger/{experiment_id}/{token}/" if token else f"ledger/{experiment_id}/"


def encode(record: Record, key: str) -> bytes:
    """A record as it is stored under a key: JSON, then bytes, sealed."""
    kind = type(record).__name__
    fields = _KINDS[kind].dump_python(record, mode="json", exclude={RAW})
    return seal(MAGIC, {kind: fields}, record.raw if isinstance(record, Result) else b"", key)


def decode(data: bytes, key: str) -> Record:
    """The inverse of `encode`.

    Raises:
        QorumError: it is damaged, lay under another key, or is none of this release.
    """
    advice = "nothing is submitted; look the job up at its vendor, and restore the record from a copy"
    try:
        header, raw = unseal(MAGIC, data, key)
        ((kind, fields),) = header.items()
        body = {RAW: raw} if kind == Result.__name__ else {}
        record: Record = _KINDS[kind].validate_python({**fields, **body})
    except (QorumError, ValueError, KeyError, TypeError) as error:
        raise QorumError(f"the ledger's record {key} cannot be read: {advice}") from error
    if not key.endswith(f"/{record.name}"):
        raise QorumError(f"the ledger's record {key} is a {record.name} inside: {advice}")
    return record
