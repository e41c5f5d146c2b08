"""What consensus takes and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from qorum.counts import Counts

Status = Literal["agreed", "disputed", "unverified"]
Advice = Literal["none", "more_shots", "another_backend"]


@dataclass(frozen=True)
class Replica:
    """One backend's answer to a circuit.

    Attributes:
        counts: what it measured.
        noisy: whether its distribution may deviate from the ideal one.
        success_probability: the estimated probability in [0, 1] that a shot is free of error, where
            it is known; a noiseless replica has 1.
        engine: what it would share a bug with: replicas of one engine have one vote together where
            a result is contested. None: independent of all others.
    """

    counts: Counts
    noisy: bool
    success_probability: float | None = None
    engine: str | None = None

    @property
    def name(self) -> str:
        """The backend's name."""
        return self.counts.backend


@dataclass(frozen=True)
class Rejection:
    """A replica that is not part of the merged distribution, and why, with the numbers."""

    backend: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What the replicas of a circuit agree on.

    Attributes:
        status: `agreed`: a majority shows one distribution; `disputed`: replicas contradict each
            other and no majority may be believed; `unverified`: nothing contradicts, but there is
            one replica only, or too few shots to tell.
        confidence: the least probability, over the pairs accepted, that two are alike enough:
            agreement, not accuracy. 0 with one replica and where disputed.
        merged: bit string to probability, summing to 1; empty where disputed.
        accepted: backends that `merged` is made of, in the order given.
        rejected: the others, in the order given.
        agreement: overlap between replicas i and j as given; None where it cannot be estimated.
        contested: the majority is two and somebody stands aside, so that two backends with the same
            fault could have outvoted a right one: believe it only if no further backend can be had.
        advice: what would settle the matter; `none` where it is settled or nothing would help.
        suggested_shots: shots to add to every replica where the advice is `more_shots`, else 0.
    """

    status: Status
    confidence: float
    merged: Mapping[str, float]
    accepted: tuple[str, ...]
    rejected: tuple[Rejection, ...]
    agreement: tuple[tuple[float | None, ...], ...]
    contested: bool = False
    advice: Advice = "none"
    suggested_shots: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain data; `from_json` reads it back equal."""
        return {
            "status": self.status,
            "confidence": self.confidence,
            "merged": dict(self.merged),
            "accepted": list(self.accepted),
            "rejected": [{"backend": r.backend, "reason": r.reason} for r in self.rejected],
            "agreement": [list(row) for row in self.agreement],
            "contested": self.contested,
            "advice": self.advice,
            "suggested_shots": self.suggested_shots,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """The inverse of `to_json`."""
        return cls(
            status=data["status"],
            confidence=data["confidence"],
            merged=dict(data["merged"]),
            accepted=tuple(data["accepted"]),
            rejected=tuple(Rejection(**rejection) for rejection in data["rejected"]),
            agreement=tuple(tuple(row) for row in data["agreement"]),
            contested=data["contested"],
            advice=data["advice"],
            suggested_shots=data["suggested_shots"],
        )
