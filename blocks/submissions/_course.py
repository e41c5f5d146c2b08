"""A job that is being carried on: what was asked, what is on record, what was learnt."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qiskit import QuantumCircuit

from blocks.submissions._around import Around
from blocks.submissions._asking import Asking
from blocks.submissions._months import Months
from blocks.submissions._records import Records
from qorum.errors import MonthlyLimitReached, QorumError
from qorum.ledger.budget import Purse
from qorum.ledger.records import Record
from qorum.ledger.standing import Standing
from qorum.ledger.submissions import Seen
from qorum.remote import Charge, RemoteBackend


@dataclass(frozen=True)
class Prepared:
    """Circuits as they are sent, bound and compiled, and the hash of the request that they make.

    `calibrations` are those that they were compiled for, by circuit; empty: not known.
    """

    circuits: Sequence[QuantumCircuit]
    request: str
    calibrations: Sequence[str | None] = ()


@dataclass(frozen=True)
class Asked:
    """A job for a vendor.

    Attributes:
        token: its identity.
        backend: the backend's name.
        circuits: keys of the compiled circuits, in order.
        shots: samples of each.
        prepare: circuits by such keys: those on record where the job was asked for before.
        reserved_usd: what was set aside for it, by what the run's purse knows it by; empty: by its token.
    """

    token: str
    backend: str
    circuits: tuple[str, ...]
    shots: int
    prepare: Callable[[tuple[str, ...]], Prepared]
    reserved_usd: Mapping[str, float] = field(default_factory=dict[str, float])


class Course:
    """What one that carries a job on has at hand; see `carry` for the arguments.

    Attributes:
        standing: by the records that were read or made.
        seen: what was learnt besides.
        ended_before: whether the job had ended without results when this began.
        prepared: the circuits of the request that is on record; None before they are needed.
    """

    def __init__(
        self,
        asked: Asked,
        backend: RemoteBackend,
        records: Records,
        purse: Purse,
        months: Months | None,
        around: Around,
    ) -> None:
        self.asked, self.backend, self.purse, self.around = asked, backend, purse, around
        self._months = months
        self._records = records
        self.asking = Asking(asked.token, around)
        self.seen = Seen(uuid.uuid4().hex)
        self.standing = Standing()
        self.ended_before = False
        self.prepared: Prepared | None = None

    def tell(self, line: str) -> None:
        """A line for the log."""
        self.around.tell(f"{self.asked.backend}, job {self.asked.token[:12]}: {line}")

    def read(self) -> None:
        """All records afresh; what they say may be charged is set aside, whatever is left.

        Raises:
            QorumError: one is damaged, or they are of another request or another place.
        """
        self.standing = self._records.read()
        if not (owed := self.standing.owed):
            return
        intent = self.standing.intent
        assert intent is not None
        if intent.place != self.backend.place:
            raise QorumError(
                f"job {self.asked.token} was submitted to {intent.place}, and cannot be found from "
                f"{self.backend.place}: set the backend back until it is done"
            )
        self.purse.owe(self.asked.token, sum(owed.values()))

    def put(self, record: Record) -> bool:
        """Put something on record; where another one was faster, what that one wrote counts."""
        if self._records.create(record):
            self.standing = self.standing.adding(record)
            return True
        self.read()
        return False

    def reserve(self, most: Charge, month: datetime) -> None:
        """Set aside what the job costs at most, of the run's purse and of the month.

        Raises:
            BudgetExceeded, MonthlyLimitReached: that is more than is left.
        """
        token = self.asked.token
        self.release()  # of a request that was refused
        self.purse.reserve(token, most.usd)
        if self._months:
            try:
                self._months.reserve(token, most, month)
            except MonthlyLimitReached:
                self.purse.release(token)
                raise

    def release(self) -> None:
        """Nothing is set aside for the job any more."""
        self.purse.release(self.asked.token)
        if self._months and self.standing.intent:
            self._months.release(self.asked.token, self.standing.intent.made_at)

    def settle(self, charge: Charge) -> None:
        """The job has been charged; what is not the vendor's last word stays set aside for the month."""
        self.purse.owe(self.asked.token, 0.0)
        self.purse.settle(self.asked.token, charge.usd)
        if self._months and self.standing.settled and self.standing.intent:
            self._months.settle(self.asked.token, charge, self.standing.intent.made_at)

    @property
    def ready(self) -> Prepared:
        """The circuits of the request on record, or of the one to be made.

        Raises:
            QorumError: those on record are no longer in the store.
        """
        if self.prepared is None:
            intent = self.standing.intent if self.standing.owed or self.standing.submitted else None
            self.prepared = self.asked.prepare(intent.circuits if intent else self.asked.circuits)
            if intent and intent.request != self.prepared.request:
                raise QorumError(
                    f"job {self.asked.token} was submitted with other circuits, parameters or shots than "
                    "are asked for now, or than the store has under their keys; choose another experiment id"
                )
        return self.prepared
