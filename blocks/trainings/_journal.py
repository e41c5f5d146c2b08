"""Answers that must not be paid for twice: each stored before it is used, until a checkpoint holds it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict

from blocks.object_store import ObjectStore
from blocks.trainings._catalog import place_of
from qorum.errors import CheckpointCorrupt
from qorum.training.checkpoints import decode, encode
from qorum.training.objective import Answer, Request


class Journal:
    """Answers of one training since its last checkpoint, by what was asked.

    An answer is found again only for the very same request, seed and backend. What is damaged counts as
    missing.
    """

    def __init__(self, store: ObjectStore, training_id: str) -> None:
        self._store = store
        self._place = f"{place_of(training_id)}/journal/"
        self._keys = set(store.list(self._place))

    def find(self, index: int, request: Request, seed: int, backend: str) -> Answer | None:
        """The answer to evaluation `index`, if it is stored."""
        key = self._key(index, request, seed, backend)
        if key not in self._keys:
            return None
        found = self._store.get_many([key])
        seal, _, data = found.get(key, b"").partition(b"\n")
        if hashlib.sha256(data).hexdigest().encode() != seal:
            return None
        try:
            return Answer(**decode(key, data))
        except (CheckpointCorrupt, TypeError):  # of another release: it is asked again
            return None

    def write(self, index: int, request: Request, seed: int, backend: str, answer: Answer) -> None:
        """Store an answer."""
        key = self._key(index, request, seed, backend)
        data = encode(asdict(answer))
        self._store.put(key, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        self._keys.add(key)

    def forget_before(self, index: int) -> None:
        """Delete the answers to evaluations before `index`: a checkpoint holds them."""
        for key in sorted(self._keys):
            if int(key.removeprefix(self._place).partition("-")[0]) < index:
                self._store.delete(key)
                self._keys.discard(key)

    def _key(self, index: int, request: Request, seed: int, backend: str) -> str:
        asked = json.dumps([request.points.shape, request.gradient, request.metric, seed, backend]).encode()
        digest = hashlib.sha256(asked + request.points.tobytes()).hexdigest()
        return f"{self._place}{index:010d}-{digest[:32]}"
