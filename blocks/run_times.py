"""Learned run times in the store: every run adds an object of its own, so that none undoes another's."""

from __future__ import annotations

import json
import time
import uuid
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
    """Add what batches took. Workers may do so at once; what two join at once is counted twice, not lost."""
    if not observations:
        return
    store.put(_new_key(), _data(RuntimeModel(observations=tuple(observations))))
    stored = _stored(store)
    if len(stored) >= MOST_OBJECTS:
        store.put(_new_key(), _data(_model(stored)))
        for key in stored:
            store.delete(key)


def _stored(store: ObjectStore) -> dict[str, bytes]:
    """Objects by key, the oldest first."""
    return store.get_many([SINGLE, *sorted(store.list(PLACE))])


def _model(stored: Mapping[str, bytes]) -> RuntimeModel:
    models = [RuntimeModel.from_json(json.loads(data)) for data in stored.values()]
    return RuntimeModel.fit([seen for model in models for seen in model.observations])


def _data(model: RuntimeModel) -> bytes:
    return json.dumps(model.to_json()).encode()


def _new_key() -> str:
    return f"{PLACE}{time.time_ns():020d}-{uuid.uuid4().hex[:8]}.json"
