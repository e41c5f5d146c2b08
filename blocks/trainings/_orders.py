"""What a running training is told from outside, and what it lets others know: by objects in its store."""

from __future__ import annotations

import time
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from blocks.object_store import ObjectStore
from blocks.trainings._catalog import place_of
from qorum.errors import CheckpointCorrupt

SILENT_SECONDS = 30.0
"""A training that has said nothing for so long is not running."""


class MoveOrder(BaseModel):
    """To go on with another backend.

    Attributes:
        backend: where to.
        reason: in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    backend: str
    reason: str


class Outcome(BaseModel):
    """What came of an order.

    Attributes:
        backend: where the training runs from then on.
        evaluations: how far it was.
        refusal: why it has not moved; empty where it has, or was there already.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    backend: str
    evaluations: int
    refusal: str = ""


class Beat(BaseModel):
    """A sign of life.

    Attributes:
        epoch: of the process.
        status: whether it goes on.
        at: seconds since 1970 (UTC), by the clock of that process.
        flow_run_id: of the flow run in Prefect.
        evaluations: how far it is.
        backend: where it runs.
        orders: how many it has dealt with.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    epoch: int
    status: Literal["running", "ended"]
    at: float
    flow_run_id: str
    evaluations: int
    backend: str
    orders: int

    @property
    def is_live(self) -> bool:
        """Whether that process most likely still runs."""
        return self.status == "running" and time.time() - self.at < SILENT_SECONDS


class Orders:
    """Orders to one training, numbered from 0 on and carried out one after the other."""

    def __init__(self, store: ObjectStore, training_id: str) -> None:
        self._store = store
        self._place = place_of(training_id)

    def give(self, order: MoveOrder) -> int:
        """Add an order.

        Returns:
            Its number.
        """
        number = len(self._store.list(f"{self._place}/moves/"))
        while not self._store.create_only(self._key(number), order.model_dump_json().encode()):
            number += 1
        return number

    def next(self, done: int) -> MoveOrder | None:
        """The order number `done`, if it has been given.

        Raises:
            CheckpointCorrupt: it cannot be read.
        """
        key = self._key(done)
        found = self._store.get_many([key])
        if key not in found:
            return None
        try:
            return MoveOrder.model_validate_json(found[key])
        except ValidationError as error:
            raise CheckpointCorrupt(key, f"an order of this release expected, found: {error}") from None

    def settle(self, number: int, outcome: Outcome) -> None:
        """Tell what came of an order, once: what was told first stands."""
        self._store.create_only(self._outcome_key(number), outcome.model_dump_json().encode())

    def outcome(self, number: int) -> Outcome | None:
        """What came of an order; None while that is open.

        Raises:
            CheckpointCorrupt: it cannot be read.
        """
        key = self._outcome_key(number)
        found = self._store.get_many([key])
        try:
            return Outcome.model_validate_json(found[key]) if key in found else None
        except ValidationError as error:
            raise CheckpointCorrupt(key, f"an outcome of this release expected, found: {error}") from None

    def beat(self, sign: Beat) -> None:
        """Give a sign of life, unless a later process has; it need not survive a power cut."""
        last = self.last_beat()
        if last is not None and last.epoch > sign.epoch:
            return
        self._store.put_cache({f"{self._place}/beat.json": sign.model_dump_json().encode()})

    def last_beat(self) -> Beat | None:
        """The last sign of life; None if there was none, or none that can be read."""
        key = f"{self._place}/beat.json"
        found = self._store.get_many([key])
        try:
            return Beat.model_validate_json(found[key]) if key in found else None
        except ValidationError:
            return None

    def _key(self, number: int) -> str:
        return f"{self._place}/moves/{number:04d}.json"

    def _outcome_key(self, number: int) -> str:
        return f"{self._place}/outcomes/{number:04d}.json"
