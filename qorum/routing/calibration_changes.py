"""What became of a device between two calibrations, and how both are told in tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from qorum.findings import Report
from qorum.routing.calibration_snapshots import Snapshot

MOST_NAMED = 5
"""Qubits, and pairs, that a comparison names."""

LEAST = 1e-9
"""A ratio to an error of 0 would be infinite: less than this is told as this."""


class Change(Report):
    """One figure in two calibrations; None where one of them does not tell it.

    Attributes:
        what: `readout error`, `T1`, `T2` or `two-qubit error`.
        where: qubit, e.g. `3`, or pair, e.g. `3-4`; empty: median of the device.
        before, after: an error probability, or seconds.
    """

    what: str
    where: str
    before: float | None
    after: float | None

    @property
    def is_time(self) -> bool:
        """Whether it is in seconds, of which more is better."""
        return self.what in ("T1", "T2")

    @property
    def size(self) -> float:
        """|ln(after/before)|: 0 for no change; infinite where one of the two is not told."""
        if self.before is None or self.after is None:
            return 0.0 if self.before is self.after else math.inf
        return abs(math.log(max(self.after, LEAST) / max(self.before, LEAST)))

    @property
    def is_worse(self) -> bool | None:
        """Whether it got worse; None where it did not change, or one of the two is not told."""
        if self.before is None or self.after is None or self.before == self.after:
            return None
        return (self.after < self.before) is self.is_time

    @property
    def told(self) -> str:
        """In words, e.g. `worse by 12.0 %`."""
        if self.before is None or self.after is None:
            if self.before is self.after:
                return "not told"
            return "not told before" if self.before is None else "not told any more"
        if self.is_worse is None:
            return "unchanged"
        word = "worse" if self.is_worse else "better"
        if not self.before:
            return word
        ratio = self.after / self.before
        return f"{word} by {abs(ratio - 1):.1%}" if ratio < 10 else f"{word}, {ratio:.3g} times"


class Comparison(Report):
    """A backend's calibration against an earlier one.

    Attributes:
        backend: whose.
        earlier, later: when the two were made; where that is not told, when they were asked for.
        medians: over the device.
        qubits, pairs: those that changed most, most first; only what changed.
    """

    backend: str
    earlier: datetime
    later: datetime
    medians: tuple[Change, ...]
    qubits: tuple[Change, ...]
    pairs: tuple[Change, ...]

    @classmethod
    def of(cls, earlier: Snapshot, later: Snapshot) -> Comparison:
        """Of two snapshots of one backend."""
        qubits = [
            *_changes("readout error", earlier.readout_errors, later.readout_errors),
            *_changes("T1", earlier.t1s, later.t1s),
            *_changes("T2", earlier.t2s, later.t2s),
        ]
        return cls(
            backend=later.backend,
            earlier=earlier.at,
            later=later.at,
            medians=tuple(
                Change(what=what, where="", before=before, after=after)
                for (what, before), after in zip(
                    _medians(earlier), dict(_medians(later)).values(), strict=True
                )
            ),
            qubits=_most_changed(qubits),
            pairs=_most_changed(_changes("two-qubit error", earlier.pair_errors, later.pair_errors)),
        )

    @property
    def rows(self) -> list[dict[str, str]]:
        """As a table shows it: the device first, then qubits and pairs."""
        places = {"device": self.medians, "qubit": self.qubits, "pair": self.pairs}
        return [
            {
                "where": f"{kind} {one.where}".strip(),
                "what": one.what if one.where else f"median {one.what}",
                "before": _figure(one, one.before),
                "after": _figure(one, one.after),
                "change": one.told,
            }
            for kind, changes in places.items()
            for one in changes
        ]


def cells(taken: Snapshot) -> dict[str, str]:
    """A snapshot as a table shows it, by heading; errors as median (best to worst)."""
    return {
        "backend": taken.backend,
        "calibrated": "" if taken.calibrated_at is None else f"{taken.calibrated_at:%Y-%m-%d %H:%M}",
        "taken": f"{taken.taken_at:%Y-%m-%d %H:%M}",
        "id": (taken.calibration_id or "")[:25],
        "qubits": str(taken.num_qubits),
        **{
            name: "" if one is None else f"{one.median:.2e} ({one.best:.1e} to {one.worst:.1e})"
            for name, one in (
                ("1-qubit error", taken.one_qubit),
                ("2-qubit error", taken.two_qubit),
                ("readout error", taken.readout),
            )
        },
        "T1": duration(taken.t1),
        "T2": duration(taken.t2),
    }


def duration(seconds: float | None, digits: int = 3) -> str:
    """A time that qubits last, or a gate takes; empty where it is not told."""
    if seconds is None:
        return ""
    unit, size = next((one for one in _UNITS if seconds >= one[1]), _UNITS[-1])
    return f"{seconds / size:.{digits}g} {unit}"


_UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))


def _medians(taken: Snapshot) -> list[tuple[str, float | None]]:
    return [
        ("one-qubit error", taken.one_qubit and taken.one_qubit.median),
        ("two-qubit error", taken.two_qubit and taken.two_qubit.median),
        ("readout error", taken.readout and taken.readout.median),
        ("T1", taken.t1),
        ("T2", taken.t2),
    ]


def _changes(what: str, before: Mapping[str, float], after: Mapping[str, float]) -> list[Change]:
    return [
        Change(what=what, where=where, before=before.get(where), after=after.get(where))
        for where in {**before, **after}
    ]


def _most_changed(changes: Sequence[Change]) -> tuple[Change, ...]:
    changed = [one for one in changes if one.size > 0]
    changed.sort(key=lambda one: (-one.size, one.what, [int(qubit) for qubit in one.where.split("-")]))
    return tuple(changed[:MOST_NAMED])


def _figure(change: Change, value: float | None) -> str:
    if value is None:
        return ""
    return duration(value) if change.is_time else f"{value:.3g}"
