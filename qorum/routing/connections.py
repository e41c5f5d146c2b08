"""Whether backends can be asked, and what they are now: one row each, in the UI and in a terminal."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from qorum.backends import BackendProfile, Billed
from qorum.findings import Report

SAMPLE = Billed(shots=1_000, one_qubit_gates=1, two_qubit_gates=1)
"""What a price is told of: a Bell pair. Gates and seconds of others cost more where a vendor counts them."""


class Connection(Report):
    """What asking one backend brought.

    Attributes:
        backend: as it was named.
        is_reachable: whether it answered, to these credentials, and can be used.
        reason: why not, and what to do, in one line; of one that answered, why it takes no jobs now.
        is_online: whether it takes jobs now; None where that is not known.
        qubits: of its largest circuit.
        queue_seconds: expected wait before a job starts; None while it is offline.
        price_usd: of one circuit, a Bell pair, of 1,000 shots; 0 where nothing is ever charged.
        calibrated_at: when its errors were measured; None where that is not told.
        place: where at the vendor its jobs are.
        month: what is left this month of each limit that holds, e.g. `74.21 of ionq=100`.
    """

    backend: str
    is_reachable: bool
    reason: str = ""
    is_online: bool | None = None
    qubits: int | None = None
    queue_seconds: float | None = None
    price_usd: float | None = None
    calibrated_at: datetime | None = None
    place: str = ""
    month: tuple[str, ...] = ()

    @classmethod
    def of(cls, backend: str, profile: BackendProfile, place: str, month: tuple[str, ...] = ()) -> Connection:
        """Of one that answered.

        Args:
            backend: as it was named.
            profile: what it told.
            place: where its jobs are; empty: in this process.
            month: see the attributes.
        """
        is_online = math.isfinite(profile.queue_wait)
        return cls(
            backend=backend,
            is_reachable=True,
            reason="" if is_online else "offline: ask again later, or name another device",
            is_online=is_online,
            qubits=profile.num_qubits,
            queue_seconds=profile.queue_wait if is_online else None,
            price_usd=profile.price.of([SAMPLE]),
            calibrated_at=profile.calibrated_at,
            place=place or "this machine",
            month=month,
        )

    def cells(self, asked_at: datetime) -> dict[str, str]:
        """As a table shows it, by heading; a cell is empty where nothing is known.

        Args:
            asked_at: from which the calibration's age is reckoned.
        """
        online = "" if self.is_online is None else _yes(self.is_online)
        return {
            "backend": self.backend,
            "reachable": _yes(self.is_reachable),
            "online": online,
            "qubits": "" if self.qubits is None else str(self.qubits),
            "queue": "" if self.queue_seconds is None else _duration(self.queue_seconds),
            "1,000 shots": _price(self.price_usd),
            "left this month": ", ".join(self.month),
            "calibrated": "" if self.calibrated_at is None else _dated(self.calibrated_at, asked_at),
            "place": self.place,
            "reason": self.reason,
        }


class ConnectionsReport(Report):
    """All that were asked, in the order in which they were named."""

    asked_at: datetime
    connections: tuple[Connection, ...]

    @property
    def unreachable(self) -> tuple[str, ...]:
        """Who could not be reached."""
        return tuple(one.backend for one in self.connections if not one.is_reachable)

    @property
    def is_good(self) -> bool:
        """Whether somebody was asked, and all of them can be reached."""
        return bool(self.connections) and not self.unreachable

    @property
    def rows(self) -> list[dict[str, str]]:
        """As a table shows them; without what holds for none."""
        rows = [one.cells(self.asked_at) for one in self.connections]
        if not any(one.month for one in self.connections):
            for row in rows:
                del row["left this month"]
        return rows


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _price(usd: float | None) -> str:
    if usd is None:
        return "unknown"
    if not usd:
        return "free"
    return f"{usd:,.2f} USD" if usd >= 0.01 else f"{usd:.1g} USD"  # never 0.00 of what is charged


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _dated(when: datetime, now: datetime) -> str:
    age = now - when
    told = f"{age.days} d" if age >= timedelta(days=2) else _duration(max(0.0, age.total_seconds()))
    return f"{when:%Y-%m-%d %H:%M} ({told} ago)"
