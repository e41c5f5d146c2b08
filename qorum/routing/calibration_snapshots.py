"""What a device's calibration said when it was looked at: taken of a backend's profile, stored, read back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from statistics import median
from typing import TypeGuard
from urllib.parse import quote

from pydantic import Field
from qiskit.transpiler import Target

from qorum.backends import BackendProfile
from qorum.circuits.sealing import seal, unseal
from qorum.errors import QorumError
from qorum.findings import Report
from qorum.routing.calibration import Placed, is_noiseless, properties_of, working

MAGIC = b"qorum calibration 1\n"
ROOM = "calibrations/"
LONGEST_PART = 200
"""Of a key, in bytes: stores take 255."""

TIME = "%Y%m%dT%H%M%S%fZ"


class Spread(Report):
    """An error probability over a device: of what works, gate by gate and place by place."""

    median: float
    best: float
    worst: float


class Snapshot(Report):
    """A device's calibration as a backend told it; None and missing places are what it does not tell.

    Attributes:
        backend: as it is named in runs.
        device, provider: see `BackendProfile`.
        calibration_id: the vendor's name for it, or a hash of it.
        calibrated_at: when it was made.
        taken_at: when it was asked for.
        num_qubits: of the device.
        one_qubit, two_qubit, readout: errors.
        one_qubit_seconds, two_qubit_seconds, readout_seconds: median lengths.
        t1, t2: medians in seconds.
        readout_errors, t1s, t2s: by qubit, e.g. `3`; T1 and T2 in seconds.
        pair_errors: of the best two-qubit gate, in either direction, by pair, e.g. `3-4`; 1 is out of use.
    """

    backend: str
    device: str
    provider: str
    calibration_id: str | None
    calibrated_at: datetime | None
    taken_at: datetime
    num_qubits: int
    one_qubit: Spread | None
    two_qubit: Spread | None
    readout: Spread | None
    one_qubit_seconds: float | None
    two_qubit_seconds: float | None
    readout_seconds: float | None
    t1: float | None
    t2: float | None
    readout_errors: Mapping[str, float] = Field(default_factory=dict[str, float])
    t1s: Mapping[str, float] = Field(default_factory=dict[str, float])
    t2s: Mapping[str, float] = Field(default_factory=dict[str, float])
    pair_errors: Mapping[str, float] = Field(default_factory=dict[str, float])

    @property
    def at(self) -> datetime:
        """When it was made; where that is not told, when it was asked for."""
        return self.calibrated_at or self.taken_at

    def is_same(self, other: Snapshot) -> bool:
        """Whether both are of one calibration: by id and time, or by all figures where neither is told."""
        mine, theirs = (self.calibration_id, self.calibrated_at), (other.calibration_id, other.calibrated_at)
        if mine == theirs == (None, None):
            return self.model_copy(update={"taken_at": other.taken_at}) == other
        return mine == theirs

    @property
    def summary(self) -> Snapshot:
        """It without what it tells of single qubits and pairs."""
        return self.model_copy(update={"readout_errors": {}, "t1s": {}, "t2s": {}, "pair_errors": {}})


def has_calibration(profile: BackendProfile) -> bool:
    """Whether there is one to tell of: it has an id or a time, or a device tells its errors without."""
    if profile.calibration_id is not None or profile.calibrated_at is not None:
        return True
    return profile.pool == "qpu" and profile.noisy and not is_noiseless(profile.target)


def snapshot(profile: BackendProfile, taken_at: datetime) -> Snapshot:
    """The calibration of a backend that has one.

    Args:
        profile: what the backend tells of itself.
        taken_at: when it told it, with its zone.
    """
    target = profile.target
    found = working(target)
    qubits = dict(enumerate(target.qubit_properties or ()))
    t1s = _told((str(place), qubit.t1) for place, qubit in qubits.items() if qubit and qubit.t1)
    t2s = _told((str(place), qubit.t2) for place, qubit in qubits.items() if qubit and qubit.t2)
    return Snapshot(
        backend=profile.name,
        device=profile.device,
        provider=profile.provider,
        calibration_id=profile.calibration_id,
        calibrated_at=None if profile.calibrated_at is None else in_utc(profile.calibrated_at),
        taken_at=in_utc(taken_at),
        num_qubits=target.num_qubits or profile.num_qubits,
        one_qubit=_spread(found.one_qubit),
        two_qubit=_spread(found.two_qubit),
        readout=_spread(found.readout),
        one_qubit_seconds=_length(found.one_qubit),
        two_qubit_seconds=_length(found.two_qubit),
        readout_seconds=_length(found.readout),
        t1=median(t1s.values()) if t1s else None,
        t2=median(t2s.values()) if t2s else None,
        readout_errors=_told((str(place[0]), known.error) for place, known in _placed(target, "measure")),
        t1s=t1s,
        t2s=t2s,
        pair_errors=_pairs(target),
    )


def in_utc(when: datetime) -> datetime:
    """A time in UTC; one without a zone is taken to be."""
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def room(backend: str) -> str:
    """Where the snapshots of a backend are; a name too long for a key is cut, and told by its hash."""
    part = quote(backend, safe="")
    if len(part) > LONGEST_PART:
        part = f"{part[: LONGEST_PART - 17]}-{sha256(backend.encode()).hexdigest()[:16]}"
    return f"{ROOM}{part}/"


def place(taken: Snapshot) -> str:
    """Where a snapshot is; the last in order of names is the newest."""
    return f"{room(taken.backend)}{taken.taken_at:{TIME}}.json"


def by_room(places: Iterable[str]) -> dict[str, list[str]]:
    """Keys of snapshots, oldest first, by room."""
    rooms: dict[str, list[str]] = {}
    for key in sorted(places):
        rooms.setdefault(key[: key.rindex("/") + 1], []).append(key)
    return rooms


def places_since(places: Sequence[str], when: datetime) -> list[str]:
    """Of one room's keys, oldest first, those of what held then, or came later.

    What held is the last one taken by then; where there is none, the first one.
    """
    moment = f"{in_utc(when):{TIME}}.json"
    before = [key for key in places if key.rpartition("/")[2] <= moment]
    return list(places[max(0, len(before) - 1) :])


def distinct(taken: Iterable[Snapshot]) -> list[Snapshot]:
    """Without those of the same calibration as the one before: two that ask at once may both store it."""
    found: list[Snapshot] = []
    for one in taken:
        if not found or not found[-1].is_same(one):
            found.append(one)
    return found


def encode(taken: Snapshot, key: str) -> bytes:
    """A snapshot as it is stored under a key."""
    return seal(MAGIC, taken.model_dump(mode="json"), b"", key)


def decode(data: bytes, key: str) -> Snapshot:
    """The inverse of `encode`.

    Raises:
        QorumError: it is damaged, or lay under another key.
    """
    try:
        header, _ = unseal(MAGIC, data, key)
        return Snapshot.model_validate_json(json.dumps(header))
    except (QorumError, ValueError) as error:
        raise QorumError(f"the calibration {key} cannot be read: delete it from the store") from error


def _spread(found: Sequence[Placed]) -> Spread | None:
    errors = [known.error for _, known in found if _is_told(known.error)]
    return Spread(median=median(errors), best=min(errors), worst=max(errors)) if errors else None


def _length(found: Sequence[Placed]) -> float | None:
    lengths = [known.duration for _, known in found if _is_told(known.duration)]
    return median(lengths) if lengths else None


def _pairs(target: Target) -> dict[str, float]:
    """The least error of each pair: one gate may be told for both directions, or several gates."""
    told: dict[str, float] = {}
    for name in target.operation_names:
        for at, known in _placed(target, name):
            if len(at) == 2 and _is_told(known.error):
                pair = f"{min(at)}-{max(at)}"
                told[pair] = min(float(known.error), told.get(pair, math.inf))
    return told


def _placed(target: Target, name: str) -> list[Placed]:
    known = properties_of(target, name) if name in target.operation_names else {}
    return [(at, found) for at, found in known.items() if at is not None and found is not None]


def _told(values: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    return {where: float(value) for where, value in values if _is_told(value)}


def _is_told(value: float | None) -> TypeGuard[float]:
    """JSON has neither NaN nor infinity; no vendor means anything by them."""
    return value is not None and math.isfinite(value)
