"""Where runs that wait are on record in the object store, so that whoever watches finds them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from pydantic import ValidationError

from blocks.object_store import ObjectStore
from qorum.errors import QorumError
from qorum.ledger.waiting import WaitingRun

ROOM = "waiting/"


def put_waiting(run: WaitingRun, store: ObjectStore) -> None:
    """Put on record that a run waits; it does so under a new name each time."""
    store.create_only(f"{ROOM}{run.flow_run_id}/{uuid4().hex}.json", run.model_dump_json().encode())


def waiting_places(store: ObjectStore) -> list[str]:
    """Where all runs that wait are on record."""
    return store.list(ROOM)


def read_waiting(places: Sequence[str], store: ObjectStore) -> dict[str, WaitingRun | QorumError]:
    """The runs on record there, by place, or what is wrong with a record."""
    found = store.get_many(places)
    return {place: _decode(data, f"{store.url}/{place}") for place, data in found.items()}


def forget_waiting(place: str, store: ObjectStore) -> None:
    """Take a run off the record: it goes on, or never will."""
    store.delete(place)


def _decode(data: bytes, where: str) -> WaitingRun | QorumError:
    try:
        return WaitingRun.model_validate_json(data)
    except ValidationError:
        return QorumError(f"a waiting run expected in {where}, found something else; delete it")
