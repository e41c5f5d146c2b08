"""Where a job stands by its records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from qorum.ledger.records import Duplicate, Ended, Held, Intent, Record, Refusal, Result, Settled, Submitted

SKEW = timedelta(hours=1)
"""By which clocks, the vendor's too, may differ: jobs are looked for from so long before the first intent."""


@dataclass(frozen=True)
class Standing:
    """Where a job stands, by its records, in whatever order they came.

    Attributes:
        records: by name.
    """

    records: Mapping[str, Record] = field(default_factory=dict[str, Record])

    @classmethod
    def of(cls, records: Iterable[Record]) -> Standing:
        """By all that is on record."""
        return cls({record.name: record for record in records})

    def adding(self, record: Record) -> Standing:
        """With one more; where there is one of that name, it stands."""
        return Standing({record.name: record, **self.records})

    @property
    def intents(self) -> list[Intent]:
        """One for each request that was or may have been sent, in their order."""
        intents = (record for record in self.records.values() if isinstance(record, Intent))
        return sorted(intents, key=lambda intent: intent.epoch)

    @property
    def intent(self) -> Intent | None:
        """The one of the latest epoch."""
        return self.intents[-1] if self.intents else None

    @property
    def submitted(self) -> Submitted | None:
        """Which job it is at the vendor."""
        found = self.records.get("submitted")
        return found if isinstance(found, Submitted) else None

    @property
    def refusal(self) -> Refusal | None:
        """That of the latest epoch."""
        found = self.records.get(f"refused-{self.intent.epoch:04d}") if self.intent else None
        return found if isinstance(found, Refusal) else None

    @property
    def held(self) -> Held | None:
        """Why a person has to look, unless the job was found or refused since."""
        found = self.records.get(f"held-{self.intent.epoch:04d}") if self.intent else None
        return found if isinstance(found, Held) and not self.submitted and not self.refusal else None

    @property
    def result(self) -> Result | None:
        """The latest that came."""
        results = (record for record in self.records.values() if isinstance(record, Result))
        return max(results, key=lambda result: result.number, default=None)

    @property
    def ended(self) -> Ended | None:
        """How it ended without results."""
        found = self.records.get("ended")
        return found if isinstance(found, Ended) and not self.result else None

    @property
    def settled(self) -> Settled | None:
        """What it was charged."""
        found = self.records.get("settled")
        return found if isinstance(found, Settled) else None

    @property
    def duplicates(self) -> tuple[str, ...]:
        """Ids of the vendor's further jobs with this token, sorted; they are to be cancelled."""
        if self.submitted is None:
            return ()
        later = (record.job_id for record in self.records.values() if isinstance(record, Duplicate))
        return tuple(sorted({*self.submitted.others, *later} - {self.submitted.job_id}))

    @property
    def since(self) -> datetime:
        """From when on jobs of this token can have been made.

        Raises:
            IndexError: none can, for there is no intent.
        """
        return self.intents[0].made_at - SKEW

    @property
    def is_clear(self) -> bool:
        """Whether one request was sent and its answer named the job: then there is hardly a second one."""
        return self.submitted is not None and self.submitted.answered and len(self.intents) == 1

    @property
    def spent(self) -> Mapping[str, float]:
        """What was charged for it, in USD, by what the purse knows it by: as what was reserved for that."""
        if self.settled is None or self.intent is None:
            return {}
        most = self.intent.most_usd
        share = self.settled.usd / (sum(most.values()) or len(most))
        return {name: share * (usd if any(most.values()) else 1.0) for name, usd in most.items()}

    @property
    def owed(self) -> Mapping[str, float]:
        """What may yet be charged for it, in USD at most, by what the purse knows it by."""
        if self.intent is None or self.settled or (self.refusal and not self.submitted):
            return {}
        return self.intent.most_usd
