"""The records of a job in an object store, where each is created once."""

from __future__ import annotations

from datetime import datetime

from blocks.object_store import ObjectStore
from qorum.errors import QorumError
from qorum.ledger.records import Record, Refusal, Submitted, decode, encode, room
from qorum.ledger.standing import Standing


def all_standings(store: ObjectStore, experiment_id: str) -> list[Standing]:
    """Where each job of an experiment stands that a vendor was asked for, by token.

    Results are left unread, for they may be large: by these, a job is submitted at most.

    Raises:
        StorageUnfit: the store cannot be reached.
        QorumError: a record is damaged.
    """
    places = [place for place in store.list(room(experiment_id)) if "/result-" not in place]
    jobs: dict[str, list[Record]] = {}
    for place, data in store.get_many(places).items():
        jobs.setdefault(place.rpartition("/")[0], []).append(decode(data, place))
    return [Standing.of(jobs[place]) for place in sorted(jobs)]


class Records:
    """Records of one job.

    Args:
        store: where they are; it must create an object only once (`ObjectStore.probe`).
        experiment_id: the experiment or training that the job belongs to.
        token: the job.

    Raises, by every method: `StorageUnfit` where the store cannot be reached.
    """

    def __init__(self, store: ObjectStore, experiment_id: str, token: str) -> None:
        self._store, self._room, self.token = store, room(experiment_id, token), token

    def read(self) -> Standing:
        """All that there are: one request, and one for each record.

        Raises:
            QorumError: one is damaged.
        """
        found = self._store.get_many(self._store.list(self._room))
        return Standing.of(decode(data, key) for key, data in found.items())

    def create(self, record: Record) -> bool:
        """Put one on record, unless there is one of its name; returns whether it was."""
        key = self._room + record.name
        return self._store.create_only(key, encode(record, key))

    def adopt(self, job_id: str, at: datetime) -> None:
        """By a person who looked: this is the vendor's job; of a job that is held.

        Raises:
            QorumError: the job is not held.
        """
        self._create(Submitted(job_id, self._held_epoch(), at))

    def free(self, at: datetime, *, again: bool) -> None:
        """By a person who looked: the vendor has no such job. `again`: whether it may be asked for once more.

        Raises:
            QorumError: the job is not held.
        """
        reason = "a person looked and found no such job"
        self._create(Refusal(self._held_epoch(), at, reason, retry_after=0.0 if again else None))

    def _held_epoch(self) -> int:
        if (held := self.read().held) is None:
            raise QorumError(
                f"job {self.token}: a held job expected, found one that is not; nothing to decide"
            )
        return held.epoch

    def _create(self, record: Record) -> None:
        if not self.create(record):
            raise QorumError(f"job {self.token}: it was decided or found meanwhile; look at it again")
