"""What is told of calibrations: which were stored when backends were asked, and which are in the store."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from qorum.findings import Report
from qorum.routing.calibration_changes import Comparison, cells
from qorum.routing.calibration_snapshots import Snapshot

Outcome = Literal["stored", "unchanged", "none", "failed"]


class Refreshed(Report):
    """What asking one backend for its calibration brought.

    Attributes:
        backend: as it was named.
        outcome: `stored`; `unchanged`: it was stored before; `none`: the backend has no calibration;
            `failed`: it could not be asked, or stored.
        reason: why it failed and what to do, or why there is none.
        snapshot: what is stored now, without what it tells of single qubits and pairs.
    """

    backend: str
    outcome: Outcome
    reason: str = ""
    snapshot: Snapshot | None = None

    @property
    def row(self) -> dict[str, str]:
        """As a table shows it."""
        told = {} if self.snapshot is None else cells(self.snapshot)
        words = {"none": "no calibration"}
        return {
            **{"backend": self.backend, "calibration": words.get(self.outcome, self.outcome)},
            **{name: told.get(name, "") for name in _REFRESHED},
            "reason": self.reason,
        }


class RefreshReport(Report):
    """All that were asked, in the order in which they were named."""

    asked_at: datetime
    backends: tuple[Refreshed, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Whose calibration could not be had."""
        return tuple(one.backend for one in self.backends if one.outcome == "failed")

    @property
    def is_good(self) -> bool:
        """Whether somebody was asked, and nobody failed."""
        return bool(self.backends) and not self.failed

    @property
    def headline(self) -> str:
        """How many ended how, e.g. `1 stored, 2 unchanged`."""
        words: dict[Outcome, str] = {
            "stored": "stored",
            "unchanged": "unchanged",
            "none": "without calibration",
            "failed": "failed",
        }
        found = [one.outcome for one in self.backends]
        told = [f"{found.count(one)} {word}" for one, word in words.items() if one in found]
        return ", ".join(told) or "nobody was asked: no credentials are given"

    @property
    def rows(self) -> list[dict[str, str]]:
        """As a table shows them."""
        return [one.row for one in self.backends]


class CalibrationsReport(Report):
    """What is stored.

    Attributes:
        snapshots: by backend, the newest of each first; without what they tell of single qubits and pairs.
        comparisons: of the backends that were named, the newest with one before.
        missing: named, but nothing is stored.
        older: how many snapshots are stored that are not among these.
    """

    snapshots: tuple[Snapshot, ...]
    comparisons: tuple[Comparison, ...] = ()
    missing: tuple[str, ...] = ()
    older: int = 0

    @property
    def rows(self) -> list[dict[str, str]]:
        """The snapshots as a table shows them."""
        return [cells(one) for one in self.snapshots]


_REFRESHED = ("calibrated", "id", "qubits", "1-qubit error", "2-qubit error", "readout error", "T1", "T2")
