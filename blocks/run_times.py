"""Learned run times in the store: every run adds an object of its own, so that none undoes another's."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence

from blocks.object_store import ObjectStore
from qorum.routing.runtimes import Observation, RuntimeModel

PLACE = "aggregated/runtimes/"
SINGLE = "aggregated/runtimes.json"
"""Where releases before kept all of them."""

MOST_OBJECTS = 32
"""From so many on they are joined into one."""


def read_run_times(store: ObjectStore) -> RuntimeModel:
    """What this installation's backends have taken so far."""
    return _model(_stored(store))


def add_run_times(observations: Sequence[Observation], store: ObjectStore) -> None:
    """Add what batches took, once: a run that finds all its results stored teaches nothing new.

    Workers may do so at once; what two of them join at once is counted twice, not lost.
    """
    data = _data(RuntimeModel(observations=tuple(observations)))
    if not observations or any(key.endswith(_ending(data)) for key in store.list(PLACE)):
        return
    store.put(_new_key(data), data)
    stored = _stored(store)
    if len(stored) >= MOST_OBJECTS:
        joined = _data(_model(stored))
        store.put(_new_key(joined), joined)
        for key in stored:
            store.delete(key)


def _stored(store: ObjectStore) -> dict[str, bytes]:
    """Objects by key, the oldest first."""
    return store.get_many([SINGLE, *sorted(store.list(PLACE))])


def _model(stored: Mapping[str, bytes]) -> RuntimeModel:
    return RuntimeModel.fit(
        [seen for data in stored.values() for seen in RuntimeModel.observations_of(json.loads(data))]
    )


def _data(model: RuntimeModel) -> bytes:
    return json.dumps(model.to_json()).encode()


def _new_key(data: bytes) -> str:
    return f"{PLACE}{time.time_ns():020d}{_ending(data)}"


def _ending(data: bytes) -> str:
    return f"-{hashlib.sha256(data).hexdigest()[:16]}.json"
